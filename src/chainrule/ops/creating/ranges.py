"""Ranges of numbers: arange and linspace."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule.graph import (
    Constant,
    DTypeError,
    RangeError,
    Tensor,
    TensorLike,
    as_tensor,
    float64,
    int64,
    promote,
)
from chainrule.graph.device import require_cpu
from chainrule.graph.promotion import number_type
from chainrule.ops.arithmetic import multiply
from chainrule.ops.converting import as_float
from chainrule.ops.creating.constants import dtype_of


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    dtype: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """Return the numbers start, start + step, ... before `stop`, as a constant.

    start   the first number; with one argument, the end, and the first number is 0
    step    not 0
    dtype   int64 if all numbers are integers, else float64, unless given
    device  None or "cpu"

    The length is fixed where the function is traced: a compiled function is compiled again for
    other numbers. Raises RangeError for a step of 0, DTypeError for what is no number.
    """
    require_cpu(device)
    first, end = (0, start) if stop is None else (start, stop)
    numbers = [_number("arange", each) for each in (first, end, step)]
    if numbers[2] == 0:
        raise RangeError("arange was asked for a step of 0, which never ends. Give another step.")
    own = int64 if all(isinstance(each, int) for each in numbers) else float64
    try:
        return Constant(np.arange(*numbers, dtype=dtype_of(dtype, own)))
    except (OverflowError, ValueError, MemoryError) as error:
        raise RangeError(
            f"arange was asked for the range {numbers[0]}, {numbers[1]}, {numbers[2]}: {error}. "
            "Choose a range that its dtype and the memory hold."
        ) from None


def linspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    dtype: Any = None,
    *,
    endpoint: bool = True,
    device: Any = None,
) -> Tensor:
    """Return `num` numbers at equal distances from `start` to `stop`.

    start, stop  numbers, or tensors of one shape, through which gradients pass; the result has a
                 first axis of extent `num`
    dtype        that of the tensors unless given, float64 for numbers
    endpoint     whether `stop` is the last number
    device       None or "cpu"

    Raises RangeError for a negative `num`.
    """
    require_cpu(device)
    count = operator.index(num)
    if count < 0:
        raise RangeError(f"linspace was asked for {count} numbers. Ask for 0 or more.")
    if isinstance(start, Tensor) or isinstance(stop, Tensor):
        found = _between(start, stop, count, endpoint)
        return found if dtype is None else found.astype(dtype)
    ends = np.asarray(start), np.asarray(stop)
    return Constant(np.linspace(*ends, count, endpoint, dtype=dtype_of(dtype, float64)))


def _between(start: TensorLike, stop: TensorLike, count: int, endpoint: bool) -> Tensor:
    """Return start (1 - t) + stop t for t from 0 to 1 along a new first axis; numbers are weak."""
    ends = [as_float(each) for each in (start, stop) if not number_type(each)]
    t = np.linspace(0, 1, count, endpoint)
    t = t.reshape(count, *(1,) * max(each.ndim for each in ends))
    weights = as_tensor(t, promote(*(each.dtype for each in ends)))
    return multiply(start, 1 - weights) + multiply(stop, weights)


def _number(function: str, number: Any) -> Any:
    """Return a number, or the only element of a tensor, as a Python number."""
    if isinstance(number, Tensor | np.ndarray | np.generic):
        number = number.item()
    if not isinstance(number, int | float):
        raise DTypeError(f"{function} was given {number!r}. Give integers or floats.")
    return number
