"""Transformer-XL: a language model that remembers the segments before."""

from chainrule.pretrained.transformer_xl.memory import Memory as Memory
from chainrule.pretrained.transformer_xl.network import (
    TransformerXLNetwork as TransformerXLNetwork,
)
from chainrule.pretrained.transformer_xl.network import XLOutput as XLOutput
