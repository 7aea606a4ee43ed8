"""Sliding windows over the last axes, the basis of convolution and pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import (
    Array,
    Batch,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
)
from chainrule.ops.long_sums import wide

Index = tuple[Any, ...]


def _places(extent: int, size: int, stride: int, dilation: int) -> int:
    return (extent - dilation * (size - 1) - 1) // stride + 1


def _infer(x: Tensor, *, size: Shape, stride: Shape, dilation: Shape) -> tuple[Shape, DType]:
    lead = x.shape[: x.ndim - len(size)]
    return (*lead, *_fitting(x, size, stride, dilation), *size), x.dtype


def _fitting(x: Tensor, size: Shape, stride: Shape, dilation: Shape) -> Shape:
    """Return the number of windows along each axis; raise ShapeError if none fits."""
    extents = x.shape[x.ndim - len(size) :]
    places = tuple(map(_places, extents, size, stride, dilation))
    if any(count < 1 for count in places):
        raise ShapeError(
            f"windows of size {size} with dilation {dilation} do not fit into the last axes "
            f"{extents} of {x.label} with shape {x.shape}. Pad it, or use smaller windows."
        )
    return places


def _passes(
    places: Shape, size: Shape, stride: Shape, dilation: Shape
) -> Iterator[tuple[Index, Index]]:
    """Yield indices of parts of all windows, with the index of each part in the array.

    A part is one element of every window, or one window, whichever gives fewer parts.
    """
    whole = (slice(None),) * len(size)
    if math.prod(size) <= math.prod(places):
        for element in np.ndindex(*size):
            yield (..., *whole, *element), _regular(element, dilation, places, stride)
    else:
        for place in np.ndindex(*places):
            yield (..., *place, *whole), _regular(place, stride, size, dilation)


def _regular(position: Shape, apart: Shape, counts: Shape, steps: Shape) -> Index:
    """Return the index of `counts` elements with step `steps`, from `position` times `apart` on."""
    starts = (at * each for at, each in zip(position, apart, strict=True))
    return (
        ...,
        *(
            slice(start, start + (count - 1) * step + 1, step)
            for start, count, step in zip(starts, counts, steps, strict=True)
        ),
    )


def _windows_numpy(x: Array, *, size: Shape, stride: Shape, dilation: Shape) -> Array:
    places = tuple(map(_places, x.shape[x.ndim - len(size) :], size, stride, dilation))
    cut = np.empty((*x.shape[: x.ndim - len(size)], *places, *size), x.dtype)
    for part, source in _passes(places, size, stride, dilation):
        cut[part] = x[source]
    return cut


def _add_windows_numpy(
    w: Array, *, extents: Shape, size: Shape, stride: Shape, dilation: Shape
) -> Array:
    n = len(size)
    places = w.shape[w.ndim - 2 * n : w.ndim - n]
    sums = np.zeros((*w.shape[: w.ndim - 2 * n], *extents), wide(w.dtype))
    for part, target in _passes(places, size, stride, dilation):
        sums[target] += w[part]
    return sums.astype(w.dtype, copy=False)


def _windows_rule(
    g: Tensor, y: Tensor, x: Tensor, *, size: Shape, stride: Shape, dilation: Shape
) -> Tensor:
    extents = x.shape[x.ndim - len(size) :]
    return apply(ADD_WINDOWS, g, extents=extents, size=size, stride=stride, dilation=dilation)


def _add_windows_rule(
    g: Tensor, y: Tensor, w: Tensor, *, extents: Shape, size: Shape, stride: Shape, dilation: Shape
) -> Tensor:
    return apply(WINDOWS, g, size=size, stride=stride, dilation=dilation)


def _of_one_batch(name: str, axes: int) -> Callable[..., Tensor]:
    """Return the rule for a batch, whose axis becomes one with those of several images.

    axes  the number of last axes that the gate reads, per axis of a window
    """

    def batched(batch: Batch, x: Tensor, *, size: Shape, **attributes: Any) -> Tensor:
        image = x.shape[x.ndim - axes * len(size) - 1 :]
        if x.ndim <= len(image) + 1:
            return x._gate(name, x, size=size, **attributes)
        images = x.reshape(math.prod(x.shape[: x.ndim - len(image)]), *image)
        found = images._gate(name, images, size=size, **attributes)
        return found.reshape(*x.shape[: x.ndim - len(image)], *found.shape[1:])

    return batched


WINDOWS = declare(
    Primitive(
        name="windows",
        family="windows",
        accepts="any",
        promotes=(),
        infer=_infer,
        numpy=_windows_numpy,
        lowering="windows",
        vjp=(_windows_rule,),
        jvp="linear",
        jacobian="routing",
        notation=Notation("windows({})"),
        says="copies into windows: an element that lies in several receives the sum of theirs",
        branch=None,
        examples=(
            Example((Operand((5,)),), {"size": (3,), "stride": (1,), "dilation": (1,)}),
            Example((Operand((2, 4, 5)),), {"size": (2, 2), "stride": (2, 1), "dilation": (1, 2)}),
            Example((Operand((0, 4)),), {"size": (2,), "stride": (2,), "dilation": (1,)}),
        ),
        vmap=_of_one_batch("windows", 1),
    )
)

_FOLD = {"extents": (4, 5), "size": (2, 2), "stride": (2, 1), "dilation": (1, 2)}

ADD_WINDOWS = declare(
    Primitive(
        name="add_windows",
        family="windows",
        accepts="any",
        promotes=(),
        infer=lambda w, *, extents, size, stride, dilation: (
            (*w.shape[: w.ndim - 2 * len(size)], *extents),
            w.dtype,
        ),
        numpy=_add_windows_numpy,
        lowering="add windows",
        vjp=(_add_windows_rule,),
        jvp="linear",
        jacobian="routing",
        notation=Notation("add_windows({})"),
        says="adds windows up where they overlap: each element receives the gradient of its place",
        branch=None,
        examples=(
            Example(
                (Operand((3, 3)),),
                {"extents": (5,), "size": (3,), "stride": (1,), "dilation": (1,)},
            ),
            Example((Operand((2, 2, 3, 2, 2)),), _FOLD),
            Example((Operand((0, 2, 3, 2, 2)),), _FOLD),
        ),
        vmap=_of_one_batch("add_windows", 2),
    )
)


def windows(
    x: TensorLike,
    size: Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Return all windows over the last len(size) axes of `x`.

    x         (..., *extents)
    size      extents of a window
    stride    the step between windows, for all axes or per axis
    dilation  the step between the elements of a window, for all axes or per axis
    returns   (..., *places, *size) with places = (extent - dilation (size - 1) - 1) // stride + 1

    Raises ShapeError if no window fits, or if an argument is not positive.
    """
    x = as_tensor(x)
    asked = windows_shape(x, size, stride, dilation)
    return apply(WINDOWS, x, size=asked.size, stride=asked.stride, dilation=asked.dilation)


class WindowsShape(NamedTuple):
    """The extent, stride, dilation and number of windows, per axis."""

    size: Shape
    stride: Shape
    dilation: Shape
    places: Shape


def windows_shape(
    x: Tensor,
    size: Sequence[int],
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
) -> WindowsShape:
    """Return the arguments of `windows` per axis, and the number of windows per axis.

    Raises ShapeError if no window fits, or if an argument is not positive.
    """
    sizes = tuple(size)
    strides, dilations = per_axis(stride, len(sizes)), per_axis(dilation, len(sizes))
    counts = {len(sizes), len(strides), len(dilations)}
    if len(counts) > 1 or len(sizes) > x.ndim or min((*sizes, *strides, *dilations), default=0) < 1:
        raise ShapeError(
            f"windows was given size {sizes}, stride {strides} and dilation {dilations} for "
            f"{x.label} with shape {x.shape}. Give one positive integer per window axis."
        )
    places = _fitting(x, sizes, strides, dilations)
    return WindowsShape(sizes, strides, dilations, places)


def per_axis(given: int | Sequence[int], axes: int) -> Shape:
    """Return one number per axis, from a number for all axes or one per axis."""
    return tuple(given) if isinstance(given, Sequence) else (given,) * axes
