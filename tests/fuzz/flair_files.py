"""Readers of the files of Flair, and of the folders of character language models."""

from pathlib import Path

import numpy as np

from chainrule.pretrained import load
from chainrule.pretrained.flair import CharacterLanguageModel, FlairTagger
from chainrule.pretrained.flair.family import FLAIR
from chainrule.pretrained.stored_family import LoadRequest

from .flair_writer import language_model_file, tagger_file
from .mutations import in_bytes, in_json
from .pretrained_files import in_pickle
from .reader import Reader


def _model(folder: Path) -> None:
    (folder / "model.pt").write_bytes(language_model_file())


def _tagger(folder: Path) -> None:
    (folder / "model.pt").write_bytes(tagger_file())


def _folder(folder: Path) -> None:
    (folder / "model.pt").write_bytes(language_model_file())
    load(folder / "model.pt").save(folder)
    (folder / "model.pt").unlink()


def _read(path: Path) -> None:
    """Load as a file of Flair, whether it is recognised or not, and use it."""
    FLAIR.recognises(path)
    net = FLAIR.load(path, LoadRequest(None, None, None, np.random.default_rng(0)))
    models = net.encoders if isinstance(net, FlairTagger) else [net]
    for each in models:
        assert isinstance(each, CharacterLanguageModel)
        ids = each.characters.ids("ab \n")[:, None]
        assert each(ids)[0].shape == (4, 1, each.width)
    if isinstance(net, FlairTagger):
        vectors = np.ones((2, 1, sum(each.width for each in models)), np.float32)
        scores = net(vectors, np.array([2]))
        assert scores.shape == (2, 1, len(net.settings.tags))


def _read_file(folder: Path) -> None:
    _read(folder / "model.pt")


FLAIR_FILES = {
    "pretrained, Flair's language model": Reader(_model, "model.pt", in_pickle, _read_file),
    "pretrained, Flair's tagger": Reader(_tagger, "model.pt", in_pickle, _read_file),
    "pretrained, language model, config.json": Reader(_folder, "config.json", in_json, _read),
    "pretrained, language model, weights": Reader(_folder, "model.safetensors", in_bytes, _read),
}
