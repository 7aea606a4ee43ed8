"""The tagger as a component of a spaCy pipeline (extra `[spacy]`)."""

from chainrule.spacy.component import TaggerPipe as TaggerPipe
from chainrule.spacy.factory import make_tagger as make_tagger
