"""A word-window named-entity tagger: training, evaluation, storage and tagging."""

from chainrule.ner.decode import decode as decode
from chainrule.ner.errors import ModelError as ModelError
from chainrule.ner.model_store import load as load
from chainrule.ner.model_store import save as save
from chainrule.ner.network import TaggerNetwork as TaggerNetwork
from chainrule.ner.settings import Settings as Settings
from chainrule.ner.settings import recommended as recommended
from chainrule.ner.tagger import Tagger as Tagger
from chainrule.ner.training import Epoch as Epoch
from chainrule.ner.training import train as train
from chainrule.ner.type_warning import TypesWarning as TypesWarning
from chainrule.text import Score as Score
from chainrule.text import TypeScore as TypeScore
from chainrule.text import score as score
