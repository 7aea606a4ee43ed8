"""Stanza, once StanfordNLP: its tagger of named entities."""

from chainrule.pretrained.stanza.batch import StanzaBatch as StanzaBatch
from chainrule.pretrained.stanza.crf import crf_loss as crf_loss
from chainrule.pretrained.stanza.language_model import (
    CharacterLanguageModel as CharacterLanguageModel,
)
from chainrule.pretrained.stanza.tagger import StanzaOutput as StanzaOutput
from chainrule.pretrained.stanza.tagger import StanzaTagger as StanzaTagger
