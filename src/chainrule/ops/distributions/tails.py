"""Uniform numbers as a side and a tail, from which inverse distribution functions are computed.

A uniform number in (0, 1) is t or 1 - t, with t in (0, 1/2]. Rounding 1 - t loses the digits of a
small t, and the tail of a distribution with them; the pair keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.graph import DTypeError, Tensor, TensorLike, as_dtype, float32
from chainrule.ops.random_numbers import random_bits, second_bits

_HALF = 0.5 + 2.0**-33


def random_tails(
    name: str, key: TensorLike, shape: Sequence[int], dtype: Any
) -> tuple[Tensor, Tensor]:
    """Return bools `below` and tails t: the uniform number is t where `below`, 1 - t elsewhere.

    t is from 2^-33 to 1/2 in float32, from 2^-65 to 1/2 in float64, and never 0.
    """
    wanted = as_dtype(dtype)
    if wanted.kind != "f":
        raise DTypeError(f"{name} draws floating-point numbers, not {wanted}.")
    bits = random_bits(key, shape)
    within = 0.5 if wanted == float32 else second_bits(key, shape).astype(wanted) * 2.0**-32 + _HALF
    return bits < 0, abs(bits.astype(wanted) + within) * 2.0**-32
