"""The primitive for the updates of Adam to rows without gradient."""

from __future__ import annotations

import math

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
    declare,
    is_integer,
)


def _idle_adam_infer(
    mean: Tensor,
    square: Tensor,
    missed: Tensor,
    steps: Tensor,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> tuple[Shape, DType]:
    fits = mean.shape == square.shape and missed.shape == mean.shape[:1] and mean.ndim > 0
    if not fits or steps.shape != ():
        raise ShapeError(
            f"idle_adam was given means {list(mean.shape)}, squares {list(square.shape)}, missed "
            f"steps {list(missed.shape)} and the number of steps {list(steps.shape)}. Means and "
            "squares have one shape, missed has one number per row of them, and steps is a scalar."
        )
    if not (is_integer(missed.dtype) and is_integer(steps.dtype)):
        raise DTypeError(
            f"idle_adam counts steps with integers but was given missed {missed.dtype} and steps "
            f"{steps.dtype}. Convert with astype('int64')."
        )
    return mean.shape, mean.dtype


def terms_needed(beta1: float, beta2: float, dtype: DType) -> float:
    """Return the number of terms after which the rest of the sum is lost in rounding; inf if never.

    Relative to the first term, term j is at most 32 (beta1 / sqrt(beta2))^(j - 1), with the factor
    32 for the bias corrections of the first steps; all terms have the same sign.
    """
    ratio = beta1 / math.sqrt(beta2) if beta2 > 0 else math.inf
    if beta1 == 0 or ratio >= 1:
        return 0 if beta1 == 0 else math.inf
    lost = float(np.finfo(dtype).eps) / 4096 * (1 - ratio)
    return math.ceil(math.log(lost) / math.log(ratio))


def _idle_adam_numpy(
    mean: Array,
    square: Array,
    missed: Array,
    steps: Array,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Array:
    moving = mean.any(axis=tuple(range(1, mean.ndim)))
    counts = np.where(moving, np.minimum(missed, terms_needed(beta1, beta2, mean.dtype)), 0)
    order = np.argsort(-counts, kind="stable")
    order = order[: np.count_nonzero(counts > 0)]
    column = (-1, *(1,) * (mean.ndim - 1))
    means, roots = mean[order], np.sqrt(square[order])
    last, counts = (steps - missed)[order].astype(np.float64).reshape(column), counts[order]
    sums = np.zeros_like(means)
    for j in range(1, int(counts.max(initial=0)) + 1):
        n = int(np.searchsorted(-counts, -j, side="right"))  # the rows that missed j steps or more
        upper = beta1**j / (1 - beta1 ** (last[:n] + j))
        lower = np.sqrt(beta2**j / (1 - beta2 ** (last[:n] + j)))
        root = roots[:n] * lower.astype(mean.dtype) + mean.dtype.type(epsilon)
        sums[:n] += means[:n] * upper.astype(mean.dtype) / root
    total = np.zeros_like(mean)
    total[order] = sums
    return total


_BETAS = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


def _example(shape: Shape, **options: float) -> Example:
    operands = (
        Operand(shape),
        Operand(shape, 0.1, 2.0),
        Operand(shape[:1], 0, 5, "int64"),
        Operand((), 5, 9, "int64"),
    )
    return Example(operands, _BETAS | options)


IDLE_ADAM = declare(
    Primitive(
        name="idle_adam",
        family="rows",
        accepts="float",
        promotes=(0, 1),
        infer=_idle_adam_infer,
        numpy=_idle_adam_numpy,
        lowering="idle adam",
        vjp=(None, None, None, None),
        jvp="linear",
        jacobian="none",
        notation=Notation("idle_adam({}, {}, {}, {})"),
        says="sums updates that an optimizer makes on its own: no gradient passes",
        branch=None,
        examples=(
            _example((4, 3)),
            _example((3,), beta1=0.5, beta2=0.9),
            _example((2, 2, 2), beta1=0.9, beta2=0.5, epsilon=1e-3),
            _example((0, 2)),
        ),
        vmap="scan",
    )
)


def idle_adam(
    mean: TensorLike,
    square: TensorLike,
    missed: TensorLike,
    steps: TensorLike,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Tensor:
    """Return the sum of Adam's updates to rows over steps without gradient.

    mean, square  (n, ...), the moving averages after the last step with a gradient
    missed        int (n,), the number of steps since then, for every row
    steps         int, the number of the current step
    returns       (n, ...)

    With s = steps - missed, summed over j from 1 to missed:

        beta1^j · mean / (1 - beta1^(s+j))
        -----------------------------------------------------------
        sqrt(beta2^j · square / (1 - beta2^(s+j))) + epsilon

    There is no closed form because of the bias corrections and epsilon. The sum ends where the rest
    is lost in rounding, after about 400 terms in float64 and 250 in float32 with the usual betas;
    if beta1 is at least sqrt(beta2), it has a term for every missed step. Rows with missed 0 or
    mean 0 cost nothing. Raises ShapeError or DTypeError for operands that do not fit.
    """
    options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    return apply(IDLE_ADAM, mean, square, missed, steps, **options)
