"""Images of convolutions in scratch memory, from which kernels read windows in place.

An image is copied with its padding, so that the elements of windows at adjacent places are
adjacent, and an element of a window is at a fixed distance from its place. If windows are several
elements apart, elements are sorted by their index modulo that step: windows of every residue are
adjacent again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product

import numpy as np

from chainrule.compile.gates.strided_copies import StridedPart, simplified, strides_of
from chainrule.compile.gates.window_gates import Unfolding
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.strided_loops import StridedLoops
from chainrule.compile.kernels.tile_sums import lanes_of
from chainrule.graph import Array, DType, Shape, Tensor
from chainrule.ops.scalars import type_of

_KNOWN = 64  # the widest image whose rows are copied without a loop


@dataclass(frozen=True)
class PaddedImage:
    """The image of one group of channels in scratch memory.

    images  the tensor of images (batch, channels, *extents)
    """

    images: Tensor
    unfolding: Unfolding
    groups: int

    @property
    def channels(self) -> int:
        """The channels of a group."""
        return self.images.shape[1] // self.groups

    @property
    def elements(self) -> int:
        """The elements of a group of channels of one image."""
        return self.channels * math.prod(self.unfolding.extents)

    @cached_property
    def residues(self) -> list[list[int]]:
        """The residues of the elements of a window, along each axis."""
        cut = self.unfolding
        return [
            sorted({apart * i % step for i in range(count)})
            for count, apart, step in zip(cut.positions, cut.stride, cut.dilation, strict=True)
        ]

    @property
    def extents(self) -> Shape:
        """The extents of the elements of one residue."""
        cut = self.unfolding
        return tuple(
            places + apart * (count - 1) // step
            for places, count, apart, step in zip(
                cut.size, cut.positions, cut.stride, cut.dilation, strict=True
            )
        )

    @property
    def shape(self) -> Shape:
        """The axes in memory: channels, residues, elements."""
        return (self.channels, *map(len, self.residues), *self.extents)

    @property
    def room(self) -> int:
        """The elements of memory, in whole vectors; vectors that begin inside may end in it."""
        lanes = lanes_of(self.images.dtype)
        return (-(-math.prod(self.shape) // lanes) + 1) * lanes

    def places(self) -> Array:
        """Return the distance of every place from the first one."""
        cut = self.unfolding
        steps = zip(cut.size, strides_of(self.extents), strict=True)
        return sums_of([np.arange(count) * step for count, step in steps])

    def offsets(self) -> Array:
        """Return the distance of every element of a window from its place: of rows of windows."""
        cut, strides, n = self.unfolding, strides_of(self.shape), len(self.extents)
        axes = [np.arange(self.channels) * strides[0]]
        for axis, residues in enumerate(self.residues):
            at = np.arange(cut.positions[axis]) * cut.stride[axis]
            number = np.searchsorted(residues, at % cut.dilation[axis])
            within = at // cut.dilation[axis]
            axes.append(number * strides[1 + axis] + within * strides[1 + n + axis])
        return sums_of(axes)

    @cached_property
    def parts(self) -> list[StridedPart]:
        """The copies from an image to memory, one per residue that has elements."""
        found = map(self._part, product(*(range(len(each)) for each in self.residues)))
        return [simplified(each) for each in found if math.prod(each.extents)]

    def _part(self, numbers: Sequence[int]) -> StridedPart:
        """Return the copy of the elements of one residue, with its number along each axis."""
        cut, n = self.unfolding, len(numbers)
        source, target = strides_of((self.channels, *cut.extents)), strides_of(self.shape)
        counts, read, read_from, write_to = [], [], 0, 0
        for axis, number in enumerate(numbers):
            step, before = cut.dilation[axis], cut.padding[axis][0]
            residue, extent = self.residues[axis][number], cut.extents[axis]
            first = max(0, -((residue - before) // step))
            end = min(self.extents[axis], (extent - 1 + before - residue) // step + 1)
            counts.append(max(0, end - first))
            read.append(step * source[1 + axis])
            read_from += (step * first + residue - before) * source[1 + axis]
            write_to += number * target[1 + axis] + first * target[1 + n + axis]
        extents, write = (self.channels, *counts), (target[0], *target[1 + n :])
        return StridedPart(self.images, extents, (source[0], *read), write, read_from, write_to)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The extents and strides of the copies."""
        return copy_numbers(self.parts)

    def write_copies(self, f: IRFunction, source: str, target: str, first: int) -> None:
        """Write the copies of an image; `first` is the position of the first of `numbers`."""
        write_copies(f, self.images.dtype, self.parts, (source, target), first)


def copy_numbers(parts: Sequence[StridedPart]) -> tuple[int, ...]:
    """Return the extents and strides of copies, as `write_copies` reads them."""
    return tuple(
        number
        for each in parts
        for number in (*each.extents, *each.read, *each.write, each.read_from, each.write_to)
    )


def write_copies(
    f: IRFunction,
    dtype: DType,
    parts: Sequence[StridedPart],
    ends: tuple[str, str],
    first: int,
) -> None:
    """Write copies from one address to another one; `first` is the position of their numbers."""
    for part in parts:
        strides = first + 3 * len(part.extents)
        source, target = (f.at(type_of(dtype), at, f"%n{strides + n}") for n, at in enumerate(ends))
        StridedLoops(f, dtype, part, False, source, target, first, _KNOWN).write()
        first = strides + 2


def sums_of(axes: Sequence[Array]) -> Array:
    """Return the sums of one number of each axis, in the order of a contiguous array."""
    return reduce(np.add.outer, axes, np.zeros((), np.int64)).ravel()
