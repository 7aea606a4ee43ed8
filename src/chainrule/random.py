"""Random numbers as functions of a key; `Stream(seed).key()` returns a new key per draw."""

from chainrule.ops import Stream as Stream
from chainrule.ops import bernoulli as bernoulli
from chainrule.ops import random_bits as bits
from chainrule.ops import uniform as uniform

__all__ = ["Stream", "bernoulli", "bits", "uniform"]
