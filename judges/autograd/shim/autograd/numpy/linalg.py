"""NumPy's `linalg`."""

from numpy.linalg import *  # noqa: F403
