"""A named-entity tagger: features, encoders and decoders; training, evaluation and storage."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from chainrule.ner.calibration import Calibration as Calibration
from chainrule.ner.decode import decode as decode
from chainrule.ner.entity import Entity as Entity
from chainrule.ner.errors import ModelError as ModelError
from chainrule.ner.features import Gazetteer as Gazetteer
from chainrule.ner.features import GazetteerError as GazetteerError
from chainrule.ner.features import Lexicon as Lexicon
from chainrule.ner.features import read_gazetteer as read_gazetteer
from chainrule.ner.model_store import load as load
from chainrule.ner.model_store import save as save
from chainrule.ner.moved_vectors import FineTuning as FineTuning
from chainrule.ner.moved_vectors import fine_tuning as fine_tuning
from chainrule.ner.network import TaggerNetwork as TaggerNetwork
from chainrule.ner.settings import Settings as Settings
from chainrule.ner.settings import recommended as recommended
from chainrule.ner.tagger import Tagger as Tagger
from chainrule.ner.type_warning import TypesWarning as TypesWarning
from chainrule.text import Score as Score
from chainrule.text import TypeScore as TypeScore
from chainrule.text import score as score

if _TYPE_CHECKING:
    from chainrule.ner.advice import Advice as Advice
    from chainrule.ner.advice import advise as advise
    from chainrule.ner.analysis import ErrorAnalysis as ErrorAnalysis
    from chainrule.ner.analysis import error_analysis as error_analysis
    from chainrule.ner.confidence import Reliability as Reliability
    from chainrule.ner.confidence import ReliabilityBin as ReliabilityBin
    from chainrule.ner.confidence import calibrate as calibrate
    from chainrule.ner.confidence import draw_reliability as draw_reliability
    from chainrule.ner.confidence import reliability as reliability
    from chainrule.ner.encoder_folder import open_encoder as open_encoder
    from chainrule.ner.explaining import Explanation as Explanation
    from chainrule.ner.explaining import Flip as Flip
    from chainrule.ner.explaining import Part as Part
    from chainrule.ner.explaining import Route as Route
    from chainrule.ner.explaining import WordContribution as WordContribution
    from chainrule.ner.explaining import explain as explain
    from chainrule.ner.extension import extended as extended
    from chainrule.ner.training import Epoch as Epoch
    from chainrule.ner.training import train as train

_LATER = {
    "Advice": "advice",
    "advise": "advice",
    "calibrate": "confidence",
    "draw_reliability": "confidence",
    "Epoch": "training",
    "error_analysis": "analysis",
    "ErrorAnalysis": "analysis",
    "explain": "explaining",
    "Explanation": "explaining",
    "extended": "extension",
    "Flip": "explaining",
    "open_encoder": "encoder_folder",
    "Part": "explaining",
    "reliability": "confidence",
    "Reliability": "confidence",
    "ReliabilityBin": "confidence",
    "Route": "explaining",
    "train": "training",
    "WordContribution": "explaining",
}

if not _TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what tagging does not need when it is first used."""
        if name not in _LATER:
            raise AttributeError(f"module 'chainrule.ner' has no attribute {name!r}")
        module = _import_module(f"chainrule.ner.{_LATER[name]}")
        return globals().setdefault(name, getattr(module, name))


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
