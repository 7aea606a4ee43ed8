"""Pretrained networks: loaded from the files of the field, called, saved."""

from chainrule.pretrained.attention_maps import AttentionMap as AttentionMap
from chainrule.pretrained.attention_maps import attention_map as attention_map
from chainrule.pretrained.body.batch import Batch as Batch
from chainrule.pretrained.body.output import Output as Output
from chainrule.pretrained.errors import PretrainedError as PretrainedError
from chainrule.pretrained.explained.token_contributions import (
    TokenContributions as TokenContributions,
)
from chainrule.pretrained.fresh import fresh as fresh
from chainrule.pretrained.generation.next_token_loss import next_token_loss as next_token_loss
from chainrule.pretrained.gpt2 import Gpt2Network as Gpt2Network
from chainrule.pretrained.loading import load as load
from chainrule.pretrained.network import PretrainedNetwork as PretrainedNetwork
from chainrule.pretrained.transformer_xl import Memory as Memory
from chainrule.pretrained.transformer_xl import TransformerXLNetwork as TransformerXLNetwork
from chainrule.pretrained.transformer_xl import XLOutput as XLOutput
from chainrule.pretrained.word_encoder import WordEncoder as WordEncoder
