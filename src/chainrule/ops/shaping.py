"""Primitives that move elements: reshape, transpose, broadcast, slice, pad, join."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from chainrule.graph import (
    Array,
    Axis,
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
    normalise_axes,
    normalise_axis,
)
from chainrule.ops.scalars import same

_MOVES = "moves elements: every element of the upstream gradient goes back to where it came from"


def _reshape_notation(x: Tensor, *, shape: Shape) -> Notation:
    is_row = len(shape) == 2 and shape == (1, x.size)
    return Notation("{}ᵀ") if is_row and x.ndim == 1 else Notation("{}")


declare(
    Primitive(
        name="reshape",
        family="shaping",
        accepts="any",
        promotes=(),
        infer=lambda x, *, shape: (shape, x.dtype),
        numpy=lambda x, *, shape: x.reshape(shape),
        lowering="view",
        vjp=(lambda g, y, x, *, shape: g.reshape(x.shape),),
        jvp="linear",
        jacobian="routing",
        notation=_reshape_notation,
        says=_MOVES,
        branch=None,
        examples=(
            Example((Operand((2, 3)),), {"shape": (3, 2)}),
            Example((Operand(()),), {"shape": (1, 1)}),
            Example((Operand((0, 3)),), {"shape": (3, 0)}),
        ),
        vmap=lambda batch, x, *, shape: x.reshape(batch.size, *shape),
    )
)


def _permute_infer(x: Tensor, *, axes: tuple[int, ...]) -> tuple[Shape, DType]:
    return tuple(x.shape[axis] for axis in axes), x.dtype


def _permute_rule(g: Tensor, y: Tensor, x: Tensor, *, axes: tuple[int, ...]) -> Tensor:
    return permute_dims(g, tuple(int(axis) for axis in np.argsort(axes)))


PERMUTE = declare(
    Primitive(
        name="permute_dims",
        family="shaping",
        accepts="any",
        promotes=(),
        infer=_permute_infer,
        numpy=lambda x, *, axes: x.transpose(axes),
        lowering="permute",
        vjp=(_permute_rule,),
        jvp="linear",
        jacobian="routing",
        notation=lambda x, *, axes: Notation("{}ᵀ" if x.ndim <= 2 else f"permute({{}}, {axes})"),
        says=_MOVES,
        branch=None,
        examples=(
            Example((Operand((2, 3)),), {"axes": (1, 0)}),
            Example((Operand((2, 3, 4)),), {"axes": (2, 0, 1)}),
            Example((Operand(()),), {"axes": ()}),
            Example((Operand((0, 2)),), {"axes": (1, 0)}),
        ),
        vmap=lambda batch, x, *, axes: permute_dims(x, (0, *(1 + each for each in axes))),
    )
)

BROADCAST = declare(
    Primitive(
        name="broadcast_to",
        family="shaping",
        accepts="any",
        promotes=(),
        infer=lambda x, *, shape: (shape, x.dtype),
        numpy=lambda x, *, shape: np.broadcast_to(x, shape),
        lowering=same,
        vjp=(lambda g, y, x, *, shape: g,),
        jvp="linear",
        jacobian="routing",
        notation=Notation("{}"),
        says="copies its input: the gradients of all copies add up",
        branch=None,
        examples=(
            Example((Operand((3,)),), {"shape": (2, 3)}),
            Example((Operand((2, 1)),), {"shape": (2, 3)}),
            Example((Operand(()),), {"shape": (2,)}),
            Example((Operand((1,)),), {"shape": (0,)}),
        ),
        vmap=lambda batch, x, *, shape: broadcast_to(
            batch.aligned(x, len(shape)), (batch.size, *shape)
        ),
    )
)


def _slice_numpy(
    x: Array, *, starts: Sequence[int], lengths: Sequence[int], steps: Sequence[int]
) -> Array:
    return x[_regular_index(starts, lengths, steps)]


def _regular_index(
    starts: Sequence[int], lengths: Sequence[int], steps: Sequence[int]
) -> tuple[slice, ...]:
    stops = [s + n * step for s, n, step in zip(starts, lengths, steps, strict=True)]
    return tuple(
        slice(start, stop if stop >= 0 else None, step) if length else slice(0, 0)
        for start, stop, step, length in zip(starts, stops, steps, lengths, strict=True)
    )


def _slice_rule(
    g: Tensor, y: Tensor, x: Tensor, *, starts: Shape, lengths: Shape, steps: Shape
) -> Tensor:
    return apply(PAD, g, shape=x.shape, starts=starts, steps=steps)


SLICE = declare(
    Primitive(
        name="slice",
        family="shaping",
        accepts="any",
        promotes=(),
        infer=lambda x, *, starts, lengths, steps: (lengths, x.dtype),
        numpy=_slice_numpy,
        lowering="slice",
        vjp=(_slice_rule,),
        jvp="linear",
        jacobian="routing",
        notation=Notation("{}[...]"),
        says="slices: the part receives the upstream gradient, the rest of the input zero",
        branch=None,
        examples=(
            Example((Operand((5,)),), {"starts": (1,), "lengths": (2,), "steps": (2,)}),
            Example((Operand((3, 4)),), {"starts": (2, 0), "lengths": (3, 2), "steps": (-1, 1)}),
            Example((Operand((3,)),), {"starts": (0,), "lengths": (0,), "steps": (1,)}),
            Example((Operand(()),), {"starts": (), "lengths": (), "steps": ()}),
        ),
        vmap=lambda batch, x, *, starts, lengths, steps: x._gate(
            "slice", x, starts=(0, *starts), lengths=(batch.size, *lengths), steps=(1, *steps)
        ),
    )
)


def _pad_numpy(x: Array, *, shape: Shape, starts: Shape, steps: Shape) -> Array:
    padded = np.zeros(shape, x.dtype)
    padded[_regular_index(starts, x.shape, steps)] = x
    return padded


def _pad_rule(
    g: Tensor, y: Tensor, x: Tensor, *, shape: Shape, starts: Shape, steps: Shape
) -> Tensor:
    return apply(SLICE, g, starts=starts, lengths=x.shape, steps=steps)


PAD = declare(
    Primitive(
        name="pad",
        family="shaping",
        accepts="any",
        promotes=(),
        infer=lambda x, *, shape, starts, steps: (shape, x.dtype),
        numpy=_pad_numpy,
        lowering="pad",
        vjp=(_pad_rule,),
        jvp="linear",
        jacobian="routing",
        notation=Notation("pad({})"),
        says="pads with zeros: the input receives its part of the upstream gradient",
        branch=None,
        deferred=True,
        examples=(
            Example((Operand((2,)),), {"shape": (5,), "starts": (1,), "steps": (2,)}),
            Example((Operand((2, 3)),), {"shape": (4, 3), "starts": (1, 2), "steps": (1, -1)}),
            Example((Operand((0,)),), {"shape": (3,), "starts": (0,), "steps": (1,)}),
            Example((Operand(()),), {"shape": (), "starts": (), "steps": ()}),
        ),
        vmap=lambda batch, x, *, shape, starts, steps: x._gate(
            "pad", x, shape=(batch.size, *shape), starts=(0, *starts), steps=(1, *steps)
        ),
    )
)


def _concat_infer(*inputs: Tensor, axis: int) -> tuple[Shape, DType]:
    first = inputs[0]
    for each in inputs[1:]:
        same = len(each.shape) == len(first.shape) and all(
            a == b or i == axis
            for i, (a, b) in enumerate(zip(each.shape, first.shape, strict=True))
        )
        if not same:
            raise ShapeError(
                f"concat joins along axis {axis}, so all other extents must be equal, but "
                f"{first.label} has shape {first.shape} and {each.label} has {each.shape}."
            )
    joined = sum(each.shape[axis] for each in inputs)
    return (*first.shape[:axis], joined, *first.shape[axis + 1 :]), first.dtype


def _concat_rule(g: Tensor, y: Tensor, *inputs: Tensor, axis: int) -> tuple[Tensor, ...]:
    parts, start = [], 0
    for each in inputs:
        starts = tuple(start if i == axis else 0 for i in range(g.ndim))
        parts.append(apply(SLICE, g, starts=starts, lengths=each.shape, steps=(1,) * g.ndim))
        start += each.shape[axis]
    return tuple(parts)


CONCAT = declare(
    Primitive(
        name="concat",
        family="shaping",
        accepts="any",
        promotes="all",
        infer=_concat_infer,
        numpy=lambda *arrays, axis: np.concatenate(arrays, axis),
        lowering="concat",
        vjp=_concat_rule,
        jvp="linear",
        jacobian="routing",
        notation=lambda *inputs, axis: Notation("[" + "; ".join("{}" for _ in inputs) + "]"),
        says="joins: every input receives its own part of the upstream gradient",
        branch=None,
        examples=(
            Example((Operand((2,)), Operand((3,))), {"axis": 0}),
            Example((Operand((2, 1)), Operand((2, 3)), Operand((2, 0))), {"axis": 1}),
        ),
        vmap="axis",
    )
)


def reshape(x: TensorLike, shape: int | Sequence[int], *, copy: bool | None = None) -> Tensor:
    """Return the elements of `x`, in order, in another shape; one extent may be -1.

    copy  has no effect: tensors never change, so that a copy and a view are the same

    Raises ShapeError if the number of elements differs.
    """
    return as_tensor(x).reshape(shape if isinstance(shape, Sequence) else (shape,))


def permute_dims(x: TensorLike, axes: Sequence[int]) -> Tensor:
    """Return `x` with its axes permuted: axis i of the result is axis `axes[i]` of `x`.

    Raises ShapeError unless every axis occurs once.
    """
    x = as_tensor(x)
    order = tuple(normalise_axis(axis, x.ndim) for axis in axes)
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(
            f"permute_dims was given the axes {tuple(axes)} for {x.label} with shape {x.shape}. "
            f"Name each of its {x.ndim} axes once."
        )
    return apply(PERMUTE, x, axes=order)


def broadcast_to(x: TensorLike, shape: Sequence[int]) -> Tensor:
    """Return `x` broadcast to `shape` by NumPy's rules.

    Raises ShapeError if `x` does not broadcast to it.
    """
    x, target = as_tensor(x), tuple(map(operator.index, shape))
    fits = len(target) >= x.ndim and all(
        have in (1, want) for have, want in zip(x.shape[::-1], target[::-1], strict=False)
    )
    if not fits:
        raise ShapeError(
            f"{x.label} with shape {x.shape} cannot be broadcast to {target}: aligned from the "
            "end, every extent must be equal or 1. Reshape it first."
        )
    return x if x.shape == target else apply(BROADCAST, x, shape=target)


def concat(tensors: Sequence[TensorLike], axis: int | None = 0) -> Tensor:
    """Return tensors joined along an existing axis, in the promoted dtype.

    axis  an axis; None: the tensors are flattened first

    Raises ShapeError for an empty list, or if other extents differ.
    """
    if len(tensors) == 0:
        raise ShapeError("concat was given an empty list. Give at least one tensor.")
    operands = [as_tensor(each) for each in tensors]
    if axis is None:
        return apply(CONCAT, *(each.reshape(each.size) for each in operands), axis=0)
    return apply(CONCAT, *operands, axis=normalise_axis(axis, operands[0].ndim))


def stack(tensors: Sequence[TensorLike], axis: int = 0) -> Tensor:
    """Return tensors of one shape joined along a new axis, in the promoted dtype.

    axis  the position of the new axis in the result

    Raises ShapeError for an empty list, or if the shapes differ.
    """
    if len(tensors) == 0:
        raise ShapeError("stack was given an empty list. Give at least one tensor.")
    return concat([expand_dims(each, axis) for each in tensors], axis)


def expand_dims(x: TensorLike, axis: int | Sequence[int] = 0) -> Tensor:
    """Return `x` with new axes of extent 1 at the positions `axis` of the result.

    Raises ShapeError for a position outside the result.
    """
    x = as_tensor(x)
    count = len(axis) if isinstance(axis, Sequence) else 1
    axes = normalise_axes(axis, x.ndim + count)
    extents = iter(x.shape)
    return x.reshape([1 if i in axes else next(extents) for i in range(x.ndim + count)])


def squeeze(x: TensorLike, axis: Axis = None) -> Tensor:
    """Return `x` without axes of extent 1.

    axis  the axes to remove; None for all axes of extent 1

    Raises ShapeError for an axis of another extent.
    """
    x = as_tensor(x)
    if axis is None:
        return x.reshape([extent for extent in x.shape if extent != 1])
    axes = normalise_axes(axis, x.ndim)
    if any(x.shape[each] != 1 for each in axes):
        raise ShapeError(
            f"squeeze was asked to drop axes {axes} of {x.label} with shape {x.shape}; "
            "only axes of extent 1 can be dropped."
        )
    return x.reshape([extent for i, extent in enumerate(x.shape) if i not in axes])


def flip(x: TensorLike, axis: Axis = None) -> Tensor:
    """Return `x` with the elements along `axis` (all axes by default) in reverse order.

    Raises ShapeError for an axis outside `x`.
    """
    x = as_tensor(x)
    axes = normalise_axes(axis, x.ndim)
    return x[tuple(slice(None, None, -1 if i in axes else None) for i in range(x.ndim))]


def pad(x: TensorLike, pad_width: Sequence[tuple[int, int]]) -> Tensor:
    """Return `x` padded with zeros.

    pad_width  (before, after) for every axis, 0 or more

    Raises ShapeError for another number of pairs, or negative numbers.
    """
    x = as_tensor(x)
    if len(pad_width) != x.ndim or any(min(pair) < 0 for pair in pad_width):
        raise ShapeError(
            f"pad was given {list(pad_width)} for {x.label} with shape {x.shape}. "
            f"Give {x.ndim} pairs (before, after) of non-negative integers."
        )
    shape = tuple(b + n + a for (b, a), n in zip(pad_width, x.shape, strict=True))
    starts = tuple(before for before, _ in pad_width)
    return apply(PAD, x, shape=shape, starts=starts, steps=(1,) * x.ndim)
