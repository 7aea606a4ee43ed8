"""Products of a matrix with windows of images, as the kernel of such products reads them.

The product itself, and the gradient of images, which is a product with windows of the upstream
gradient: an element of an image receives the upstream gradients at the places whose windows hold
it, each times its weight. If windows are several elements apart, elements with different residues
are in different windows, so that each residue is a product of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from chainrule.compile.gates.strided_copies import StridedPart, simplified, strides_of
from chainrule.compile.gates.window_gates import Unfolding
from chainrule.compile.kernels.padded_images import PaddedImage, sums_of
from chainrule.graph import Array, Shape, Tensor


@dataclass(frozen=True, eq=False)
class WindowSums:
    """Sums over the elements of windows, for some places.

    weights  the distance of every weight from the first weight of its row
    offsets  the distance of every element of a window from its place
    places   the distance of every place from the first element of the padded image
    target   the copy of the sums to the output, None if they are the output
    """

    weights: Array
    offsets: Array
    places: Array
    target: StridedPart | None = None


def sums_of_product(image: PaddedImage) -> WindowSums:
    """Return the sums of a product with the windows of an image."""
    offsets = image.offsets()
    return WindowSums(np.arange(len(offsets)), offsets, image.places())


@dataclass(frozen=True)
class _Axis:
    """The elements of images with one residue, along one axis.

    elements  the elements of a window that they can be
    reach     for each of these, how many places before its own the upstream gradient is
    first     the first element, in steps of the stride
    count     the number of elements
    start     the first element, in the image
    """

    elements: list[int]
    reach: list[int]
    first: int
    count: int
    start: int


def sums_of_gradient(
    g: Tensor, unfolding: Unfolding, channels: int, groups: int
) -> tuple[PaddedImage, list[WindowSums]]:
    """Return the upstream gradient as a padded image, and the sums for the gradient of images."""
    axes = [list(_residues(unfolding, axis)) for axis in range(len(unfolding.size))]
    before = tuple(max([0, *(max(e.reach) - e.first for e in each)]) for each in axes)
    extents = tuple(
        max([1, *(e.first + e.count + b for e in each)])
        for each, b in zip(axes, before, strict=True)
    )
    image = _padded(g, groups, unfolding.size, before, extents)
    return image, [_sums(image, unfolding, channels, each, before) for each in product(*axes)]


def _residues(unfolding: Unfolding, axis: int) -> Iterator[_Axis]:
    """Yield the residues along an axis that are in windows."""
    step, apart = unfolding.dilation[axis], unfolding.stride[axis]
    extent, before = unfolding.extents[axis], unfolding.padding[axis][0]
    for residue in range(step):
        found = [i for i in range(unfolding.positions[axis]) if apart * i % step == residue]
        reach = [apart * i // step for i in found]
        first = max(0, -((residue - before) // step))
        last = (extent - 1 + before - residue) // step
        count = min(last, unfolding.size[axis] - 1 + max(reach, default=0)) - first + 1
        if found and count > 0:
            yield _Axis(found, reach, first, count, step * first + residue - before)


def _padded(g: Tensor, groups: int, places: Shape, before: Shape, extents: Shape) -> PaddedImage:
    """Return the upstream gradient with zeros before it, and after it up to `extents`."""
    one = (1,) * len(places)
    after = (whole - n - b for whole, n, b in zip(extents, places, before, strict=True))
    padding = tuple(zip(before, after, strict=True))
    return PaddedImage(g, Unfolding(places, one, extents, one, one, padding), groups)


def _sums(
    image: PaddedImage,
    unfolding: Unfolding,
    channels: int,
    axes: Sequence[_Axis],
    before: Shape,
) -> WindowSums:
    """Return the sums for the elements of one residue per axis."""
    kernels, steps = image.channels, strides_of(image.extents)
    taps = strides_of(unfolding.positions)
    row = channels * math.prod(unfolding.positions)
    weights = [np.array(each.elements) * tap for each, tap in zip(axes, taps, strict=True)]
    offsets = [
        (b - np.array(each.reach)) * step for each, b, step in zip(axes, before, steps, strict=True)
    ]
    places = [
        (each.first + np.arange(each.count)) * step for each, step in zip(axes, steps, strict=True)
    ]
    area = math.prod(image.extents)
    return WindowSums(
        sums_of([np.arange(kernels) * row, *weights]),
        sums_of([np.arange(kernels) * area, *offsets]),
        sums_of(places),
        _target(image.images, unfolding, channels, axes),
    )


def _target(
    g: Tensor, unfolding: Unfolding, channels: int, axes: Sequence[_Axis]
) -> StridedPart | None:
    """Return the copy to the elements of one residue per axis; None if these are all."""
    counts = tuple(each.count for each in axes)
    if counts == unfolding.extents:
        return None
    shape, target = (channels, *counts), strides_of((channels, *unfolding.extents))
    apart = [s * step for s, step in zip(target[1:], unfolding.dilation, strict=True)]
    first = sum(each.start * step for each, step in zip(axes, target[1:], strict=True))
    write = (target[0], *apart)
    return simplified(StridedPart(g, shape, strides_of(shape), write, 0, first))
