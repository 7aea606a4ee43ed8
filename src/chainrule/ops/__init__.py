"""Primitives, and the composite functions made of them.

Public functions are listed in `chainrule.ops.exports`; the names below are for the framework.
"""

from chainrule.ops.batch_norm import batch_moments as batch_moments
from chainrule.ops.exports.functions import *  # noqa: F403
from chainrule.ops.exports.losses import *  # noqa: F403
from chainrule.ops.gates import OWN_BACKWARD as OWN_BACKWARD
from chainrule.ops.gates import NamedGate as NamedGate
from chainrule.ops.idle_adam import idle_adam as idle_adam
from chainrule.ops.ids import comparable as comparable
from chainrule.ops.index_positions import COUNT_FROM_FRONT as COUNT_FROM_FRONT
from chainrule.ops.index_positions import TRUE_POSITIONS as TRUE_POSITIONS
from chainrule.ops.loss_reduction import Reduction as Reduction
from chainrule.ops.namespace_info import namespace_info as namespace_info
from chainrule.ops.numpy_names import call_of as call_of
from chainrule.ops.padding import Padding as Padding
from chainrule.ops.random_numbers import Stream as Stream
from chainrule.ops.random_numbers import bernoulli as bernoulli
from chainrule.ops.random_numbers import philox as philox
from chainrule.ops.random_numbers import random_bits as random_bits
from chainrule.ops.random_numbers import shifted_keys as shifted_keys
from chainrule.ops.random_numbers import uniform as uniform
from chainrule.ops.recurrent_activations import gating_sigmoid as gating_sigmoid
from chainrule.ops.recurrent_activations import gating_tanh as gating_tanh
from chainrule.ops.rows import ADD_ROWS as ADD_ROWS
from chainrule.ops.rows import sum_row_gradients as sum_row_gradients
from chainrule.ops.rows import take_stored as take_stored
from chainrule.ops.scan_body import MadeBefore as MadeBefore
from chainrule.ops.scan_body import branch_of as branch_of
from chainrule.ops.scan_body import closed_body as closed_body
from chainrule.ops.scan_body import run_scan as run_scan
from chainrule.ops.scan_body import scan_branch as scan_branch
from chainrule.ops.scan_body import scan_infer as scan_infer
from chainrule.ops.slice_gradients import slice_of as slice_of
from chainrule.ops.slice_gradients import sum_slice_gradients as sum_slice_gradients
from chainrule.ops.windows import per_axis as per_axis
