"""Handwritten digits: the 1,797 pictures of 8 x 8 pixels that scikit-learn has, enlarged."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from chainrule.graph import Array
from chainrule.zoo.errors import MissingPackageError

_HELD_OUT = 360


@dataclass(frozen=True)
class Digits:
    """Pictures float32 (samples, 1, extent, extent) and labels int64 (samples,)."""

    training: tuple[Array, Array]
    held_out: tuple[Array, Array]


def digits(times: int) -> Digits:
    """Return the digits, every side `times` as long, with 360 of them held out; always the same.

    Pixels have mean 0 and deviation 1, and are interpolated linearly. Raises MissingPackageError
    without scikit-learn. Alpaydin, Kaynak: Optical recognition of handwritten digits (1998).
    """
    if find_spec("sklearn") is None:
        raise MissingPackageError(
            "The digits come with scikit-learn, which is not installed. Install it: "
            "pip install 'chainrule[sklearn]'."
        )
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    pictures, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    scaled = (pictures - pictures.mean()) / pictures.std()
    small = scaled.reshape(-1, 8, 8)[order].astype("float32")
    large = zoom(small, (1, times, times), order=1, grid_mode=True, mode="nearest")
    x, y = large[:, None], labels[order].astype("int64")
    return Digits((x[_HELD_OUT:], y[_HELD_OUT:]), (x[:_HELD_OUT], y[:_HELD_OUT]))
