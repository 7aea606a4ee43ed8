"""NumPy's `fft`."""

from numpy.fft import *  # noqa: F403
