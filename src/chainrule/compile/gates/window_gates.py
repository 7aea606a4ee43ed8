"""Primitives that only the compiler makes: a product, or a maximum, with the windows it reads.

Windows repeat what they read, nine times for 3x3 windows. Kernels that read windows in place need
no memory for them. These primitives are not in the table of primitives: users write the gates
apart, and the rules in `rewrite/folded_windows.py` replace them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from chainrule.graph import PRIMITIVES, Array, Shape, Tensor
from chainrule.graph.inner_primitives import inner_primitive
from chainrule.ops.long_sums import total

_WINDOWS = PRIMITIVES["windows"]
_ADD_WINDOWS = PRIMITIVES["add_windows"]


@dataclass(frozen=True)
class Unfolding:
    """How windows are taken from an array, as in the attributes of `windows`.

    extents    the last axes of the array
    positions  the number of windows along each axis; these axes come first in the result
    size       the extents of a window
    padding    zeros before and after each axis of the array; below zero, elements left out
    """

    extents: Shape
    positions: Shape
    size: Shape
    stride: Shape
    dilation: Shape
    padding: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        return "x".join(map(str, self.positions)) + " windows"

    @property
    def is_whole(self) -> bool:
        """Whether the windows are the array itself: one position, at which all of it is read."""
        is_padded = any(n for pair in self.padding for n in pair)
        return math.prod(self.positions) == 1 and self.size == self.extents and not is_padded

    def of(self, x: Array) -> Array:
        """Return the windows of an array."""
        steps = {"size": self.size, "stride": self.stride, "dilation": self.dilation}
        return np.asarray(_WINDOWS.numpy(self._padded(x), **steps))

    def added(self, w: Array) -> Array:
        """Return the sums of windows at the positions they were taken from, without the padding."""
        steps = {"size": self.size, "stride": self.stride, "dilation": self.dilation}
        pairs = zip(self.extents, self.padding, strict=True)
        extents = tuple(extent + before + after for extent, (before, after) in pairs)
        padded = np.asarray(_ADD_WINDOWS.numpy(w, extents=extents, **steps))
        around = tuple((-before, -after) for before, after in self.padding)
        return replace(self, extents=extents, padding=around)._padded(padded)

    def _padded(self, x: Array) -> Array:
        """Return an array with the zeros around it, without the elements that are left out."""
        around = [(max(0, before), max(0, after)) for before, after in self.padding]
        padded = np.pad(x, [(0, 0)] * (x.ndim - len(around)) + around)
        ends = zip(padded.shape[-len(around) :], self.padding, strict=True)
        kept = [slice(max(0, -before), n - max(0, -after)) for n, (before, after) in ends]
        index: Any = (..., *kept)
        return np.asarray(padded[index])


_declared = partial(inner_primitive, family="windows", says="is made by the compiler")


def _columns(unfolding: Unfolding, x: Array, groups: int) -> Array:
    """Return the windows of images, a matrix per group of channels: (images, groups, k, n)."""
    rows = x.shape[1] // groups * math.prod(unfolding.positions)
    return unfolding.of(x).reshape(len(x), groups, rows, math.prod(unfolding.size))


def _by_group(a: Array, groups: int) -> Array:
    """Return a matrix, or a batch of matrices, with its rows in groups."""
    return a.reshape(*a.shape[:-2], groups, a.shape[-2] // groups, a.shape[-1])


def _product(a: Array, x: Array, *, unfolding: Unfolding, groups: int) -> Array:
    """Return A columns for every image."""
    products = _by_group(a, groups) @ _columns(unfolding, x, groups)
    return products.reshape(len(x), len(a), -1)


WINDOWS_PRODUCT = _declared(
    "windows product",
    lambda a, x, *, unfolding, groups: (
        (x.shape[0], a.shape[0], math.prod(unfolding.size)),
        a.dtype,
    ),
    _product,
)
"""out[i] = A columns of image i; A (m, k), images (n, channels, *extents).

In groups, each range of m / groups rows of A meets the columns of its own range of channels.
"""


def _by_windows(g: Array, x: Array, *, unfolding: Unfolding, parts: int, groups: int) -> Array:
    """Return G columnsᵀ, summed over the images of each part."""
    columns = _columns(unfolding, x, groups).swapaxes(2, 3)
    products = _by_group(g, groups) @ columns
    ranges = total(products.reshape(parts // groups, -1, *products.shape[1:]), (1,))
    return ranges.reshape(parts, *products.shape[2:])


PRODUCT_BY_WINDOWS = _declared(
    "product by windows",
    lambda g, x, *, unfolding, parts, groups: (
        (parts, g.shape[1] // groups, x.shape[1] // groups * math.prod(unfolding.positions)),
        g.dtype,
    ),
    _by_windows,
)
"""out[p] = the sum of G[i] (columns of image i)ᵀ over the images of a part; all parts are equal.

In groups, there is one part per group, over all images.
"""


def _added_up(a: Array, g: Array, *, unfolding: Unfolding, channels: int, groups: int) -> Array:
    """Return the images to which the windows Aᵀ G are added."""
    columns = _by_group(a, groups).swapaxes(1, 2) @ _by_group(g, groups)
    return unfolding.added(columns.reshape(len(g), channels, *unfolding.positions, *unfolding.size))


ADD_WINDOWS_PRODUCT = _declared(
    "add windows product",
    lambda a, g, *, unfolding, channels, groups: (
        (g.shape[0], channels, *unfolding.extents),
        a.dtype,
    ),
    _added_up,
)
"""out[i] = the columns Aᵀ G[i], added up to an image; in groups as in `windows product`."""

EXTREME_OF_WINDOWS = _declared(
    "extreme of windows",
    lambda x, *, unfolding, which: (
        (*x.shape[: x.ndim - len(unfolding.size)], *unfolding.size),
        x.dtype,
    ),
    lambda x, *, unfolding, which: (np.max if which == "gt" else np.min)(
        unfolding.of(x), axis=tuple(range(x.ndim - len(unfolding.size), x.ndim))
    ),
)
"""out[..., p] = the largest ("gt") or smallest ("lt") of what the positions hold at place p."""


def _to_winners(g: Array, x: Array, *, unfolding: Unfolding, which: str) -> Array:
    """Return zeros with g at the positions of the extremes."""
    cut = unfolding.of(x)
    lead, count = x.shape[: x.ndim - len(unfolding.size)], math.prod(unfolding.positions)
    flat = cut.reshape(math.prod(lead), count, -1)
    winner = (np.argmax if which == "gt" else np.argmin)(flat, axis=1, keepdims=True)
    routed = np.zeros_like(flat)
    np.put_along_axis(routed, winner, g.reshape(winner.shape), 1)
    return unfolding.added(routed.reshape(cut.shape))


TO_WINNERS = _declared(
    "to winners", lambda g, x, *, unfolding, which: (x.shape, x.dtype), _to_winners
)
"""out = zeros like x, with g added where the first of the largest, or smallest, of its place is."""


def unfolding_of(node: Tensor) -> Unfolding | None:
    """Return how `node` takes windows or adds them, None if it does neither."""
    if node.primitive not in (_WINDOWS, _ADD_WINDOWS):
        return None
    folded, cut = (node.inputs[0], node) if node.primitive is _WINDOWS else (node, node.inputs[0])
    n = len(node.attributes["size"])
    positions = cut.shape[cut.ndim - 2 * n : cut.ndim - n]
    size, stride, dilation = (node.attributes[each] for each in ("size", "stride", "dilation"))
    extents = folded.shape[folded.ndim - n :]
    return Unfolding(extents, positions, size, stride, dilation, ((0, 0),) * n)
