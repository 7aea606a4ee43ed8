"""Functions of layers: names of `chainrule` and of `chainrule.nn`.

One line per function; the packages, `chainrule.__all__` and the reference follow.
"""

from chainrule.ops.activations import celu as celu
from chainrule.ops.activations import elu as elu
from chainrule.ops.activations import gelu as gelu
from chainrule.ops.activations import glu as glu
from chainrule.ops.activations import leaky_relu as leaky_relu
from chainrule.ops.activations import log_sigmoid as log_sigmoid
from chainrule.ops.activations import maxout as maxout
from chainrule.ops.activations import mish as mish
from chainrule.ops.activations import prelu as prelu
from chainrule.ops.activations import relu as relu
from chainrule.ops.activations import selu as selu
from chainrule.ops.activations import sigmoid as sigmoid
from chainrule.ops.activations import silu as silu
from chainrule.ops.activations import softplus as softplus
from chainrule.ops.activations import softsign as softsign
from chainrule.ops.batch_norm import batch_norm as batch_norm
from chainrule.ops.convolving import average_pool as average_pool
from chainrule.ops.convolving import convolve as convolve
from chainrule.ops.convolving import max_pool as max_pool
from chainrule.ops.elementary import tanh as tanh
from chainrule.ops.hard_activations import hard_shrink as hard_shrink
from chainrule.ops.hard_activations import hard_sigmoid as hard_sigmoid
from chainrule.ops.hard_activations import hard_swish as hard_swish
from chainrule.ops.hard_activations import hard_tanh as hard_tanh
from chainrule.ops.hard_activations import relu6 as relu6
from chainrule.ops.hard_activations import soft_shrink as soft_shrink
from chainrule.ops.local_response_norm import local_response_norm as local_response_norm
from chainrule.ops.normalising import layer_norm as layer_norm
from chainrule.ops.normalising import log_softmax as log_softmax
from chainrule.ops.normalising import softmax as softmax
