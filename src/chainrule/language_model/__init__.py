"""Character language models trained on text, whose vectors of words are features of a tagger."""

from chainrule.language_model.perplexity import perplexity as perplexity
from chainrule.language_model.settings import Settings as Settings
from chainrule.language_model.text import read_text as read_text
from chainrule.language_model.training import Epoch as Epoch
from chainrule.language_model.training import train_language_model as train_language_model
