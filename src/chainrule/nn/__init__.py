"""How a model is written: modules, initialisers, activations, losses."""

from chainrule.nn import initial as initial
from chainrule.nn.dropout import Dropout as Dropout
from chainrule.nn.embedding import Embedding as Embedding
from chainrule.nn.flatten import Flatten as Flatten
from chainrule.nn.linear import Linear as Linear
from chainrule.nn.module import Module as Module
from chainrule.nn.sequential import Sequential as Sequential
from chainrule.ops import cross_entropy as cross_entropy
from chainrule.ops import elu as elu
from chainrule.ops import gelu as gelu
from chainrule.ops import hard_tanh as hard_tanh
from chainrule.ops import hinge as hinge
from chainrule.ops import layer_norm as layer_norm
from chainrule.ops import leaky_relu as leaky_relu
from chainrule.ops import log_sigmoid as log_sigmoid
from chainrule.ops import log_softmax as log_softmax
from chainrule.ops import max_margin as max_margin
from chainrule.ops import maxout as maxout
from chainrule.ops import prelu as prelu
from chainrule.ops import relu as relu
from chainrule.ops import sigmoid as sigmoid
from chainrule.ops import silu as silu
from chainrule.ops import softmax as softmax
from chainrule.ops import softplus as softplus
from chainrule.ops import squared_error as squared_error
from chainrule.ops import tanh as tanh
