"""Modules, layers, initialisers and losses; saving, loading and summaries of models."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from chainrule.graph import ForeignNameError as _ForeignNameError
from chainrule.nn import initial as initial
from chainrule.nn.attention import MultiHeadAttention as MultiHeadAttention
from chainrule.nn.batch_norm import BatchNorm as BatchNorm
from chainrule.nn.cell import Cell as Cell
from chainrule.nn.convolution import Conv1d as Conv1d
from chainrule.nn.convolution import Conv2d as Conv2d
from chainrule.nn.dropout import Dropout as Dropout
from chainrule.nn.embedding import Embedding as Embedding
from chainrule.nn.embedding_dropout import EmbeddingDropout as EmbeddingDropout
from chainrule.nn.flatten import Flatten as Flatten
from chainrule.nn.gru import GRU as GRU
from chainrule.nn.gru import GRUCell as GRUCell
from chainrule.nn.layer_norm import LayerNorm as LayerNorm
from chainrule.nn.lengths import sequence_mask as sequence_mask
from chainrule.nn.linear import Linear as Linear
from chainrule.nn.local_response_norm import LocalResponseNorm as LocalResponseNorm
from chainrule.nn.locked_dropout import LockedDropout as LockedDropout
from chainrule.nn.lora import LoRA as LoRA
from chainrule.nn.lora_layers import add_lora as add_lora
from chainrule.nn.lora_layers import lora_merged as lora_merged
from chainrule.nn.lora_layers import merge_lora as merge_lora
from chainrule.nn.lstm import LSTM as LSTM
from chainrule.nn.lstm import LSTMCell as LSTMCell
from chainrule.nn.maxout import Maxout as Maxout
from chainrule.nn.module.compiled_module import compile as compile
from chainrule.nn.module.foreign_layers import HERE
from chainrule.nn.module.functional_call import functional_call as functional_call
from chainrule.nn.module.module import Module as Module
from chainrule.nn.penalties import l1 as l1
from chainrule.nn.penalties import l2 as l2
from chainrule.nn.pooling import AveragePool1d as AveragePool1d
from chainrule.nn.pooling import AveragePool2d as AveragePool2d
from chainrule.nn.pooling import GlobalAveragePool as GlobalAveragePool
from chainrule.nn.pooling import MaxPool1d as MaxPool1d
from chainrule.nn.pooling import MaxPool2d as MaxPool2d
from chainrule.nn.positions import LearnedPositions as LearnedPositions
from chainrule.nn.positions import SinusoidalPositions as SinusoidalPositions
from chainrule.nn.positions import sinusoidal_positions as sinusoidal_positions
from chainrule.nn.prelu import PReLU as PReLU
from chainrule.nn.recurrent import Recurrent as Recurrent
from chainrule.nn.rnn import RNN as RNN
from chainrule.nn.rnn import RNNCell as RNNCell
from chainrule.nn.sequential import Sequential as Sequential
from chainrule.nn.transformer import TransformerEncoder as TransformerEncoder
from chainrule.nn.transformer import TransformerEncoderLayer as TransformerEncoderLayer
from chainrule.nn.weight_drop import WeightDrop as WeightDrop
from chainrule.ops.exports.layers import *  # noqa: F403
from chainrule.ops.exports.losses import *  # noqa: F403

if TYPE_CHECKING:
    from chainrule.nn.module.saving import load as load
    from chainrule.nn.module.saving import save as save
    from chainrule.nn.module.summary import Summary as Summary
    from chainrule.nn.module.summary import summary as summary

_LOADED_WHEN_USED = {
    "Summary": "summary",
    "load": "saving",
    "save": "saving",
    "summary": "summary",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what is not needed to build a graph when it is first used.

        Raises an error with the equivalent of a name of PyTorch or Keras.
        """
        if name in _LOADED_WHEN_USED:
            part = _import_module(f"chainrule.nn.module.{_LOADED_WHEN_USED[name]}")
            return globals().setdefault(name, getattr(part, name))
        hint = f" Here it is {HERE[name]}; docs/layers.md has a table." if name in HERE else ""
        kind = _ForeignNameError if name in HERE else AttributeError
        raise kind(f"chainrule.nn has no {name!r}.{hint}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOADED_WHEN_USED})
