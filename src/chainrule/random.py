"""Random numbers as functions of a key: `Stream(seed).key()` deals keys, one per draw."""

from chainrule.ops import Stream as Stream
from chainrule.ops import bernoulli as bernoulli
from chainrule.ops import random_bits as bits
from chainrule.ops import uniform as uniform

__all__ = ["Stream", "bernoulli", "bits", "uniform"]
