"""Padding before and after each of the last axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from chainrule.graph import ShapeError, Tensor
from chainrule.ops.shaping import concat, pad

Padding = int | Sequence[int] | Sequence[tuple[int, int]] | Literal["same", "valid"]
Pairs = tuple[tuple[int, ...], ...]

_INTEGER = (int, np.integer)


def padding_pairs(
    padding: Padding, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> Pairs:
    """Return the padding (before, after) of every window axis.

    padding  a number for all axes, one per axis, a pair per axis, "valid" for none, or "same" for
             places equal to the extent, with an odd element after; "same" needs stride 1

    Raises ShapeError for other paddings.
    """
    if padding == "valid":
        return ((0, 0),) * len(size)
    if padding == "same":
        return _same(size, stride, dilation)
    if isinstance(padding, str):
        raise ShapeError(f"The padding {padding!r} was given. Give 'same', 'valid' or numbers.")
    given: Any = (padding,) * len(size) if isinstance(padding, _INTEGER) else padding
    pairs = tuple(tuple(p) if isinstance(p, Sequence) else (p, p) for p in given)
    numbers = [n for pair in pairs for n in pair]
    fits = len(pairs) == len(size) and all(len(pair) == 2 for pair in pairs)
    if not fits or not all(isinstance(n, _INTEGER) and n >= 0 for n in numbers):
        raise ShapeError(
            f"The padding {padding} was given for windows of size {tuple(size)}. Give one integer "
            "of 0 or more, or one integer or pair (before, after) per window axis."
        )
    return pairs


def padded(x: Tensor, pairs: Pairs) -> Tensor:
    """Return `x` with zeros around its last axes."""
    if not any(n for pair in pairs for n in pair):
        return x
    around = [(before, after) for before, after in pairs]
    return pad(x, [(0, 0)] * (x.ndim - len(pairs)) + around)


def bordered(x: Tensor, pairs: Pairs) -> Tensor:
    """Return `x` with its outermost elements repeated around its last axes."""
    for axis, (before, after) in enumerate(pairs, start=x.ndim - len(pairs)):
        if before or after:
            inner = (slice(None),) * axis
            first, last = x[(*inner, slice(1))], x[(*inner, slice(x.shape[axis] - 1, None))]
            x = concat([*[first] * before, x, *[last] * after], axis)
    return x


def _same(size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Pairs:
    if any(step != 1 for step in stride):
        raise ShapeError(
            f"The padding 'same' was asked for with stride {tuple(stride)}. With strides above 1 "
            "there are fewer places than elements; give the padding as numbers."
        )
    widths = [apart * (count - 1) for count, apart in zip(size, dilation, strict=True)]
    return tuple((width // 2, width - width // 2) for width in widths)
