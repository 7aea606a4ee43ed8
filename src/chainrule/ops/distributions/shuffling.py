"""Random permutations."""

from __future__ import annotations

import numpy as np

from chainrule.graph import (
    Array,
    DType,
    DTypeError,
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
    int64,
    normalise_axis,
)
from chainrule.ops.distributions.discrete import random_words
from chainrule.ops.rows import take


def _shuffled_infer(words: Tensor) -> tuple[Shape, DType]:
    if words.ndim != 1 or words.dtype != int64:
        raise ShapeError(
            f"shuffled takes one int64 word per position, but was given "
            f"{words.dtype}{list(words.shape)}."
        )
    return words.shape, int64


def _shuffled_numpy(words: Array) -> Array:
    """Return the order after all steps of the algorithm, without a loop over the steps.

    Step i moves the number at place j, its partner, to place i, and puts i in place j. A place
    therefore holds the last step whose partner it was, or else what its own step moved there.
    """
    steps = np.arange(len(words))
    partners = (words.view(np.uint64) % (steps + 1).view(np.uint64)).view(np.int64)
    before, last = _equal_partners(partners, steps)
    return np.where(last < 0, _moved(before, partners, steps), last)


def _equal_partners(partners: Array, steps: Array) -> tuple[Array, Array]:
    """Return, per step, the step before it with the same partner, and per place the last step.

    -1 stands for none.
    """
    bits = len(steps).bit_length()
    pairs = np.sort(partners << bits | steps)
    partner, step = pairs >> bits, pairs & ((1 << bits) - 1)
    goes_on = np.append(partner[1:] == partner[:-1], False)[: len(steps)]
    before, last = np.full((2, len(steps)), -1)
    before[step[1:][goes_on[:-1]]] = step[goes_on]
    last[partner[~goes_on]] = step[~goes_on]
    return before, last


def _moved(before: Array, partners: Array, steps: Array) -> Array:
    """Return the number that every step moves; without meaning where a step is its own partner.

    It is the step before with the same partner, or else what the partner's own step moved.
    """
    moved, source = before.copy(), partners.copy()
    waiting = np.flatnonzero((before < 0) & (partners != steps))
    while waiting.size:
        moved[waiting] = moved[source[waiting]]
        waiting = waiting[moved[waiting] < 0]
        source[waiting] = source[source[waiting]]
    return moved


SHUFFLED = declare(
    Primitive(
        name="shuffled",
        family="random",
        accepts="integer",
        promotes=(),
        infer=_shuffled_infer,
        numpy=_shuffled_numpy,
        lowering="shuffled",
        vjp=(None,),
        jvp="linear",
        jacobian="none",
        notation=Notation("shuffled({})"),
        says="gives positions in random order: no gradient passes",
        branch=lambda words: words,
        examples=(
            Example((Operand((7,), 0, 1000, "int64"),)),
            Example((Operand((1,), 0, 1000, "int64"),)),
            Example((Operand((0,), 0, 1000, "int64"),)),
        ),
    )
)


def permutation(key: TensorLike, x: TensorLike, axis: int = 0) -> Tensor:
    """Return the positions 0 to x - 1, or the rows of an array, in random order.

    key   int64 (2,), such as `Stream(seed).key()`; equal keys give equal orders
    x     a Python integer, the number of positions; or an array, whose parts along `axis` move
    axis  the axis of an array

    All orders are equally likely, up to a factor of 1 + x / 2^62 for each position. The gradient
    of an array passes to the rows where they came from. Raises ValueError for a negative number,
    DTypeError for a number that is no integer, ShapeError for another key. Source: Durstenfeld:
    Algorithm 235: Random permutation (1964), from the front.
    """
    if isinstance(x, int):
        return _order(key, x)
    rows = as_tensor(x)
    if rows.ndim == 0:
        raise DTypeError(
            "permutation takes a Python integer or an array with an axis, but was given a scalar "
            f"of {rows.dtype}. Give int(n) for the positions 0 to n - 1."
        )
    at = normalise_axis(axis, rows.ndim)
    return take(rows, _order(key, rows.shape[at]), at)


def _order(key: TensorLike, count: int) -> Tensor:
    if count < 0:
        raise ValueError(f"permutation was given {count} positions; give 0 or more.")
    return apply(SHUFFLED, random_words(key, (count,)))
