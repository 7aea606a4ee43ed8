"""The embedding layer: a table of vectors, looked up by ids."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_dtype, parameter
from chainrule.nn.initial import Initialiser, generator, normal
from chainrule.nn.module import Module
from chainrule.ops import take

_DEFAULT = normal(0.1)


class Embedding(Module):
    """A table with one vector per id: integers (...) to vectors (..., size).

    weight   (count, size); only the rows of a batch receive gradient, and only they are updated
    random   a NumPy generator or a seed; fresh entropy if None
    initial  an initialiser; normal with deviation 0.1 unless given

    Raises RangeError for an id outside 0 to count - 1.
    """

    def __init__(
        self,
        count: int,
        size: int,
        *,
        initial: Initialiser = _DEFAULT,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        table = initial((count, size), generator(random))
        self.weight = parameter(table.astype(as_dtype(dtype)), table=True)

    def forward(self, ids: TensorLike) -> Tensor:
        """Return the rows of the table at `ids`."""
        return take(self.weight, ids, axis=0)
