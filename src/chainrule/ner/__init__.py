"""The application: a word-window named-entity tagger."""

from chainrule.ner.decode import decode as decode
from chainrule.ner.errors import ModelError as ModelError
from chainrule.ner.network import WindowNetwork as WindowNetwork
from chainrule.ner.settings import Settings as Settings
from chainrule.ner.store import load as load
from chainrule.ner.store import save as save
from chainrule.ner.tagger import Tagger as Tagger
from chainrule.ner.train import Epoch as Epoch
from chainrule.ner.train import epochs as epochs
from chainrule.ner.types import TypesWarning as TypesWarning
from chainrule.text import Score as Score
from chainrule.text import TypeScore as TypeScore
from chainrule.text import score as score
