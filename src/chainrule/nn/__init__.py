"""How a model is written, saved and loaded: modules, initialisers, activations, losses."""

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
from chainrule.nn.flatten import Flatten as Flatten
from chainrule.nn.gru import GRU as GRU
from chainrule.nn.gru import GRUCell as GRUCell
from chainrule.nn.layer_norm import LayerNorm as LayerNorm
from chainrule.nn.lengths import sequence_mask as sequence_mask
from chainrule.nn.linear import Linear as Linear
from chainrule.nn.local_response_norm import LocalResponseNorm as LocalResponseNorm
from chainrule.nn.lstm import LSTM as LSTM
from chainrule.nn.lstm import LSTMCell as LSTMCell
from chainrule.nn.maxout import Maxout as Maxout
from chainrule.nn.module.compiled_module import compile as compile
from chainrule.nn.module.foreign_layers import HERE
from chainrule.nn.module.module import Module as Module
from chainrule.nn.module.saving import load as load
from chainrule.nn.module.saving import save as save
from chainrule.nn.module.summary import Summary as Summary
from chainrule.nn.module.summary import summary as summary
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
from chainrule.ops import absolute_error as absolute_error
from chainrule.ops import average_pool as average_pool
from chainrule.ops import batch_norm as batch_norm
from chainrule.ops import binary_cross_entropy as binary_cross_entropy
from chainrule.ops import celu as celu
from chainrule.ops import convolve as convolve
from chainrule.ops import cross_entropy as cross_entropy
from chainrule.ops import elu as elu
from chainrule.ops import gelu as gelu
from chainrule.ops import glu as glu
from chainrule.ops import hard_shrink as hard_shrink
from chainrule.ops import hard_sigmoid as hard_sigmoid
from chainrule.ops import hard_swish as hard_swish
from chainrule.ops import hard_tanh as hard_tanh
from chainrule.ops import hinge as hinge
from chainrule.ops import huber as huber
from chainrule.ops import kl_divergence as kl_divergence
from chainrule.ops import layer_norm as layer_norm
from chainrule.ops import leaky_relu as leaky_relu
from chainrule.ops import local_response_norm as local_response_norm
from chainrule.ops import log_sigmoid as log_sigmoid
from chainrule.ops import log_softmax as log_softmax
from chainrule.ops import max_margin as max_margin
from chainrule.ops import max_pool as max_pool
from chainrule.ops import maxout as maxout
from chainrule.ops import mish as mish
from chainrule.ops import negative_log_likelihood as negative_log_likelihood
from chainrule.ops import prelu as prelu
from chainrule.ops import relu as relu
from chainrule.ops import relu6 as relu6
from chainrule.ops import selu as selu
from chainrule.ops import sigmoid as sigmoid
from chainrule.ops import silu as silu
from chainrule.ops import soft_shrink as soft_shrink
from chainrule.ops import softmax as softmax
from chainrule.ops import softplus as softplus
from chainrule.ops import softsign as softsign
from chainrule.ops import squared_error as squared_error
from chainrule.ops import tanh as tanh

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Say what a name of PyTorch or Keras is here."""
        hint = f" Here it is {HERE[name]}; docs/layers.md has a table." if name in HERE else ""
        kind = _ForeignNameError if name in HERE else AttributeError
        raise kind(f"chainrule.nn has no {name!r}.{hint}")
