"""Random numbers as functions of a key; `Stream(seed).key()` returns a new key per draw."""

from chainrule.ops import Stream as Stream
from chainrule.ops import bernoulli as bernoulli
from chainrule.ops import random_bits as bits
from chainrule.ops import uniform as uniform
from chainrule.ops.distributions import categorical as categorical
from chainrule.ops.distributions import cauchy as cauchy
from chainrule.ops.distributions import exponential as exponential
from chainrule.ops.distributions import gumbel as gumbel
from chainrule.ops.distributions import laplace as laplace
from chainrule.ops.distributions import logistic as logistic
from chainrule.ops.distributions import normal as normal
from chainrule.ops.distributions import permutation as permutation
from chainrule.ops.distributions import randint as randint
from chainrule.ops.distributions import truncated_normal as truncated_normal
from chainrule.ops.random_numbers import split as split

__all__ = [
    "Stream",
    "bernoulli",
    "bits",
    "categorical",
    "cauchy",
    "exponential",
    "gumbel",
    "laplace",
    "logistic",
    "normal",
    "permutation",
    "randint",
    "split",
    "truncated_normal",
    "uniform",
]
