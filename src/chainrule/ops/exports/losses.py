"""Losses: names of `chainrule.nn`.

One line per function; the package and the reference follow.
"""

from chainrule.ops.cross_entropy import cross_entropy as cross_entropy
from chainrule.ops.cross_entropy import negative_log_likelihood as negative_log_likelihood
from chainrule.ops.losses import absolute_error as absolute_error
from chainrule.ops.losses import binary_cross_entropy as binary_cross_entropy
from chainrule.ops.losses import hinge as hinge
from chainrule.ops.losses import huber as huber
from chainrule.ops.losses import kl_divergence as kl_divergence
from chainrule.ops.losses import max_margin as max_margin
from chainrule.ops.losses import squared_error as squared_error
