"""Embedding: a table of vectors, looked up by ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from chainrule.graph import (
    DTypeError,
    RangeError,
    ShapeError,
    Tensor,
    TensorLike,
    as_dtype,
    as_tensor,
    parameter,
)
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Array, Initialiser, drawn, generator, normal
from chainrule.nn.module.module import Module
from chainrule.ops import comparable, take, where

_DEFAULT = normal(0.1)


class Embedding(Module):
    """A table of vectors, looked up by ids: integers (...) to vectors (..., size).

    weight   (count, size); only the rows of a batch have gradients and are updated
    padding  an id whose vector is zero and is not trained; None for no such id
    frozen   True for a table that is not trained until `unfreeze`
    random   a NumPy generator or a seed; fresh entropy if None
    initial  an initialiser; normal with standard deviation 0.1 by default

    Raises RangeError for an id, or a padding, outside 0 to count - 1.
    """

    def __init__(
        self,
        count: int,
        size: int,
        *,
        padding: int | None = None,
        frozen: bool = False,
        initial: Initialiser = _DEFAULT,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        require_extents("Embedding", count=count, size=size)
        if padding is not None and not 0 <= padding < count:
            raise RangeError(
                f"Embedding was given the padding id {padding}, but its table has {count} rows: "
                f"ids run from 0 to {count - 1}."
            )
        table = drawn(initial, (count, size), generator(random), as_dtype(dtype))
        if padding is not None:
            table[padding] = 0
        self.padding = padding
        self.weight = parameter(table, table=True)
        if frozen:
            self.freeze()

    @classmethod
    def from_vectors(
        cls,
        vectors: Any,
        *,
        frozen: bool = False,
        padding: int | None = None,
        dtype: str = "float32",
    ) -> Self:
        """Return a layer whose table is a copy of pretrained `vectors`.

        vectors  (count, size), numbers; row i is the vector of id i
        frozen   True to keep the vectors, False to train them further
        padding  its row is set to zero

        Raises ShapeError unless there are two axes, DTypeError for values that are not finite.
        """
        matrix = _matrix(vectors)
        count, size = matrix.shape

        def given(shape: Sequence[int], random: np.random.Generator) -> Array:
            return matrix

        return cls(count, size, padding=padding, frozen=frozen, initial=given, dtype=dtype)

    def forward(self, ids: TensorLike) -> Tensor:
        """Return the vectors (..., size) of `ids` (...); raises RangeError for an unknown id."""
        ids = as_tensor(ids)
        rows = take(self.weight, ids, axis=0)
        if self.padding is None:
            return rows
        is_padding = comparable(ids.reshape(*ids.shape, 1)) == self.padding
        return where(is_padding, 0, rows)


def _matrix(vectors: Any) -> Array:
    matrix = as_tensor(vectors).read()
    if matrix.ndim != 2:
        raise ShapeError(
            f"Embedding.from_vectors was given shape {matrix.shape}. Give (count, size): one "
            "vector per id."
        )
    if matrix.dtype.kind not in "fiu" or not np.isfinite(matrix).all():
        raise DTypeError(
            f"Embedding.from_vectors was given {matrix.dtype} values that are not all finite "
            "numbers. Look for NaN, infinities or bools among the vectors."
        )
    return matrix
