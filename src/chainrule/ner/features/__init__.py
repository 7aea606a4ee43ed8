"""The features of words: what the network knows about a word, and its tables."""

from chainrule.ner.features.affixes import Affixes as Affixes
from chainrule.ner.features.characters import Characters as Characters
from chainrule.ner.features.contextual import ContextualVectors as ContextualVectors
from chainrule.ner.features.form_features import FormFeatures as FormFeatures
from chainrule.ner.features.form_features import Lexicon as Lexicon
from chainrule.ner.features.gazetteer import Gazetteer as Gazetteer
from chainrule.ner.features.gazetteer import GazetteerError as GazetteerError
from chainrule.ner.features.gazetteer import read_gazetteer as read_gazetteer
