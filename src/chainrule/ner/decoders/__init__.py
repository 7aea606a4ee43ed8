"""Decoders: from the scores of tags to a loss, and to the tags of a sentence."""

from chainrule.ner.decoders.crf import CRF as CRF
from chainrule.ner.decoders.softmax import PADDED as PADDED
from chainrule.ner.decoders.softmax import Softmax as Softmax
