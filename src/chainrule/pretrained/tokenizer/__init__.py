"""Tokenizers of pretrained networks: from text to the ids that a network was trained on."""

from chainrule.pretrained.tokenizer.opening import open_tokenizer as open_tokenizer
from chainrule.pretrained.tokenizer.protocol import Encoded as Encoded
from chainrule.pretrained.tokenizer.protocol import Tokenizer as Tokenizer
