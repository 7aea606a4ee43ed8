"""Random numbers as functions of a key: equal keys give equal numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from chainrule.graph import (
    Array,
    Constant,
    DType,
    DTypeError,
    Example,
    Notation,
    Operand,
    Primitive,
    Replace,
    Shape,
    ShapeError,
    Tensor,
    TensorLike,
    apply,
    apply_together,
    as_dtype,
    as_tensor,
    current_trace,
    declare,
    float32,
    int32,
    int64,
    latest,
    parameter,
)
from chainrule.ops.arithmetic import round as round_

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(32)
_ROUNDS = 10
_NEXT = np.array([0, 1], np.int64)
_LATER = np.array([0, 2**62], np.int64)
_shift: ContextVar[Tensor | None] = ContextVar("shift", default=None)


def philox(counter: Sequence[Array], key: tuple[int, int]) -> list[Array]:
    """Return four random 32-bit words (as uint64) for every counter: Philox 4x32-10.

    counter  four arrays of 32-bit words, as uint64
    key      two 32-bit words

    Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 3.3.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        left, right = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (right >> _HIGH) ^ c1 ^ np.uint64(k0),
            right & _LOW,
            (left >> _HIGH) ^ c3 ^ np.uint64(k1),
            left & _LOW,
        )
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return [c0, c1, c2, c3]


def _bits_numpy(key: Array, *, shape: Shape) -> Array:
    size = int(np.prod(shape))
    blocks = np.arange(-(-size // 4), dtype=np.uint64)
    zero = np.zeros((), np.uint64)
    seed, draw = (int(word) & 0xFFFFFFFFFFFFFFFF for word in key)
    words = philox(
        (blocks, zero, zero + np.uint64(draw & 0xFFFFFFFF), zero + np.uint64(draw >> 32)),
        (seed & 0xFFFFFFFF, seed >> 32),
    )
    flat = np.stack([word.astype(np.uint32) for word in words], axis=-1).reshape(-1)
    return flat[:size].view(np.int32).reshape(shape)


def _bits_infer(key: Tensor, *, shape: Shape) -> tuple[Shape, DType]:
    if key.shape != (2,) or key.dtype != np.int64:
        raise ShapeError(
            f"random_bits takes a key of two int64 words, seed and draw, but was given "
            f"{key.dtype}{list(key.shape)}. Take one from cr.random.Stream(seed).key()."
        )
    return shape, int32


RANDOM_BITS = declare(
    Primitive(
        name="random_bits",
        family="random",
        accepts="integer",
        promotes=(),
        infer=_bits_infer,
        numpy=_bits_numpy,
        lowering="random bits",
        vjp=(None,),
        jvp="linear",
        jacobian="none",
        notation=Notation("bits({})"),
        says="draws random bits: they do not depend on anything differentiable",
        branch=lambda key, *, shape: key,
        examples=(
            Example((Operand((2,), 0, 9, "int64"),), {"shape": (3, 5)}),
            Example((Operand((2,), 0, 9, "int64"),), {"shape": ()}),
            Example((Operand((2,), 0, 9, "int64"),), {"shape": (0, 2)}),
        ),
    )
)


class Stream:
    """A sequence of keys for random numbers, determined by a seed.

    seed   an integer
    draws  the number of keys taken so far
    state  int64 (2,), an untrained parameter: the seed and the number of keys taken so far
    """

    def __init__(self, seed: int = 0, draws: int = 0) -> None:
        words = np.array([seed, draws], np.int64)
        self.state = parameter(words, "stream", trainable=False)

    @property
    def seed(self) -> int:
        """The seed."""
        return int(self.state.value[0])

    @property
    def draws(self) -> int:
        """The number of keys taken so far."""
        return int(self.state.value[1])

    def key(self) -> Tensor:
        """Return the next key, int64 (2,): the seed and the number of the draw.

        In a compiled function every call takes a new key.
        """
        traced = current_trace() is not None
        # a gate keeps the old value when the state has a pending update
        key = latest(self.state) + 0 if traced else Constant(self.state.value)
        apply_together([Replace(self.state, key + _NEXT)])
        shift = _shift.get()
        return key if shift is None else key + shift


@contextmanager
def shifted_keys(shift: TensorLike) -> Iterator[None]:
    """Add `shift`, int64 (2,), to the keys that streams return in the block.

    Streams count as they do without it. So parts of a batch that are computed apart draw other
    numbers, and leave the streams in the same state.
    """
    token = _shift.set(as_tensor(shift))
    try:
        yield
    finally:
        _shift.reset(token)


def random_bits(key: TensorLike, shape: Sequence[int]) -> Tensor:
    """Return 32 random bits per element, as int32.

    key    int64 (2,), such as `Stream(seed).key()`; equal keys give equal bits
    shape  the shape of the result

    Raises ShapeError for another key.
    """
    return apply(RANDOM_BITS, key, shape=tuple(shape))


def second_bits(key: TensorLike, shape: Sequence[int]) -> Tensor:
    """Return 32 more random bits per element: those of the same seed, 2^62 draws later."""
    return random_bits(as_tensor(key) + _LATER, shape)


def split(key: TensorLike, count: int = 2) -> Tensor:
    """Return `count` new keys that are functions of a key: int64 (count, 2).

    key    int64 (2,), such as `Stream(seed).key()`; do not draw with it as well

    Keys have 124 random bits, so that equal ones are not to be expected. Raises ShapeError for
    another key.
    """
    words = random_bits(key, (count, 2, 2)).astype(int64)
    return words[..., 0] * 2**30 + (words[..., 1] >> 2)


def uniform(
    key: TensorLike,
    shape: Sequence[int],
    dtype: Any = float32,
    low: TensorLike = 0.0,
    high: TensorLike = 1.0,
) -> Tensor:
    """Return uniform random numbers in [low, high).

    key        int64 (2,), such as `Stream(seed).key()`; equal keys give equal numbers
    shape      the shape of the result
    dtype      float32 or float64
    low, high  the bounds; gradients pass to both

    The result is u · high + (1 - u) · low with u in [0, 1), a multiple of 2^-24 in float32, of
    2^-52 in float64. Rounding may give `high`, except where the bounds are 0 and 1. Raises
    DTypeError for another dtype, ShapeError for another key or bounds that do not broadcast to
    `shape`.
    """
    drawn = _unit(key, shape, as_dtype(dtype))
    return scaled("uniform", drawn, high, (1 - drawn) * low)


def scaled(name: str, drawn: Tensor, scale: TensorLike, loc: TensorLike) -> Tensor:
    """Return scale · drawn + loc; raise ShapeError unless it has the shape of `drawn`.

    A number that is drawn once must not be used twice.
    """
    result = drawn * scale + loc
    if result.shape != drawn.shape:
        raise ShapeError(
            f"{name} was asked for numbers of shape {drawn.shape}, but its parameters broadcast to "
            f"{result.shape}. Give the shape {result.shape}, so that each has its own number."
        )
    return result


def _unit(key: TensorLike, shape: Sequence[int], dtype: DType) -> Tensor:
    if dtype == float32:
        return (random_bits(key, shape) >> 8).astype(float32) * 2.0**-24 + 0.5
    if dtype.kind != "f":
        raise DTypeError(f"uniform draws floating-point numbers, not {dtype}.")
    high, low = random_bits(key, shape), second_bits(key, shape)
    low_part = ((low >> 6).astype(dtype) + 2.0**25) * 2.0**-52
    return (high >> 6).astype(dtype) * 2.0**-26 + 0.5 + low_part


def bernoulli(
    key: TensorLike, probability: TensorLike, shape: Sequence[int] | None = None
) -> Tensor:
    """Return random bools that are true with a probability.

    key          int64 (2,), such as `Stream(seed).key()`; equal keys give equal bools
    probability  from 0 to 1, rounded to a multiple of 2^-32; a number, or one per element
    shape        the shape of the result, to which `probability` broadcasts; its shape if None

    Bools have no gradient. Raises ValueError for another probability, as far as it is known before
    the run, ShapeError for another key or a probability that does not broadcast to `shape`.
    """
    threshold, own_shape = _threshold(probability)
    bits = random_bits(key, own_shape if shape is None else shape)
    drawn = bits.astype(int64) < threshold
    if drawn.shape != bits.shape:
        raise ShapeError(
            f"bernoulli was asked for bools of shape {bits.shape}, but was given probabilities of "
            f"shape {own_shape}. Give the shape {drawn.shape}, so that each has its own bool."
        )
    return drawn


def _threshold(probability: TensorLike) -> tuple[TensorLike, Shape]:
    """Return the number of 2^-32 in each probability, less 2^31, and the shape."""
    if isinstance(probability, int | float):
        _require_probabilities(np.asarray(probability))
        return round(probability * 2**32) - 2**31, ()
    given = as_tensor(probability)
    if given.known:
        _require_probabilities(given.peek())
    wide = given.astype("float64") * 2.0**32
    return round_(wide).astype(int64) - 2**31, given.shape


def _require_probabilities(given: Array) -> None:
    outside = given[~((given >= 0) & (given <= 1))]
    if outside.size:
        raise ValueError(
            f"bernoulli was given the probability {outside.flat[0]}; give one from 0 to 1."
        )
