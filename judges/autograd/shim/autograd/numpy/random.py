"""NumPy's `random`."""

from numpy.random import *  # noqa: F403
