"""Character language models of Flair: read, trained, as encoders of words; its sequence tagger."""

from chainrule.pretrained.flair.characters import CharacterTable as CharacterTable
from chainrule.pretrained.flair.language_model import (
    CharacterLanguageModel as CharacterLanguageModel,
)
from chainrule.pretrained.flair.sequence_tagger import FlairTagger as FlairTagger
from chainrule.pretrained.flair.settings import LanguageModelSettings as LanguageModelSettings
