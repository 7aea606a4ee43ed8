"""The methods of tensors for indexing, shapes and reductions."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from chainrule.graph.axes import Axis, normalise_axes
from chainrule.graph.device import require_cpu
from chainrule.graph.dtypes import DType, Shape, as_dtype
from chainrule.graph.errors import ImmutableError, ShapeError
from chainrule.graph.indexing import indexed
from chainrule.graph.lazy_rows import LazyRows
from chainrule.graph.operators import Operators, Result


class ArrayMethods(Operators[Result]):
    """Indexing, shapes and reductions; a subclass has a shape and implements `_gate`."""

    __slots__ = ()

    shape: Shape
    dtype: DType
    name: str | None
    lazy_rows: LazyRows[Result] | None

    @property
    def label(self) -> str:
        """A short name for messages."""
        raise NotImplementedError

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for extent in self.shape:
            size *= extent
        return size

    @property
    def nbytes(self) -> int:
        """The number of bytes of the elements."""
        return self.size * self.dtype.itemsize

    def __getitem__(self, key: Any) -> Result:
        """Return `x[key]` by NumPy's rules: integers, slices, `...`, None, arrays of ids, masks.

        Ids of an axis of extent n run from -n to n - 1. A mask needs a value: in a compiled
        function use `cr.where`. Raises RangeError for an id outside its axis, ShapeError or
        DTypeError for other keys that do not fit.
        """
        return indexed(self, key)  # type: ignore[arg-type, return-value]

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        name = self.name or "x"
        raise ImmutableError(
            f"The assignment {name}[...] = value was attempted, but tensors never change. Write "
            f"{name} = cr.put({name}, index, value), or {name} = cr.where(mask, value, {name}); a "
            "parameter changes by assign(...)."
        )

    def __len__(self) -> int:
        if not self.shape:
            raise ShapeError(
                f"len() was called on {self.label}, a scalar, which has no axes. Use .size for the "
                "number of elements."
            )
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[position] for position in range(len(self)))

    def reshape(self, *shape: int | Sequence[int], copy: bool | None = None) -> Result:
        """Return the same elements in another shape; one extent may be -1.

        copy  has no effect: tensors never change, so that a copy and a view are the same

        Raises ShapeError if the number of elements differs.
        """
        asked = shape[0] if len(shape) == 1 and isinstance(shape[0], Sequence) else shape
        target = _complete_shape(self, tuple(map(operator.index, asked)))  # type: ignore[arg-type]
        if target == self.shape:
            return self  # type: ignore[return-value]
        return self._gate("reshape", self, shape=target)

    def astype(self, dtype: Any, *, copy: bool = True, device: Any = None) -> Result:
        """Return the tensor converted to `dtype`, or the tensor itself if it has this dtype.

        Arguments and errors are those of `cr.astype`.
        """
        require_cpu(device)
        target = as_dtype(dtype)
        if target == self.dtype:
            return self  # type: ignore[return-value]
        return self._gate("astype", self, dtype=target)

    @property
    def T(self) -> Result:
        """The transpose of a matrix; raises ShapeError for other numbers of axes."""
        if self.ndim != 2:
            raise ShapeError(
                f".T was requested of {self.label} with shape {self.shape}, which is not a matrix. "
                "Use .mT for the last two axes or cr.permute_dims(x, axes)."
            )
        return self._gate("permute_dims", self, axes=(1, 0))

    @property
    def mT(self) -> Result:
        """The tensor with its last two axes exchanged."""
        if self.ndim < 2:
            raise ShapeError(
                f".mT was requested of {self.label} with shape {self.shape}, which has fewer than "
                "two axes. Add one with cr.expand_dims."
            )
        axes = (*range(self.ndim - 2), self.ndim - 1, self.ndim - 2)
        return self._gate("permute_dims", self, axes=axes)

    def sum(self, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Result:
        """Return the sum over `axis` (all axes by default), as `cr.sum` does."""
        axes = normalise_axes(axis, self.ndim)
        total = self._gate("sum", _converted(self, dtype), axis=axes, keepdims=keepdims)
        found: Result = _converted(total, dtype)
        return found

    def mean(self, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Result:
        """Return the arithmetic mean over `axis` (all axes by default), as `cr.mean` does."""
        axes = normalise_axes(axis, self.ndim)
        total = self._gate("sum", _converted(self, dtype), axis=axes, keepdims=keepdims)
        count = float(np.prod([self.shape[each] for each in axes]))
        found: Result = _converted(self._gate("divide", total, count), dtype)
        return found

    def max(self, axis: Axis = None, keepdims: bool = False) -> Result:
        """Return the largest element over `axis` (all axes by default), as `cr.max` does."""
        axes = normalise_axes(axis, self.ndim)
        return self._gate("max", self, axis=axes, keepdims=keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Result:
        """Return the smallest element over `axis` (all axes by default), as `cr.min` does."""
        axes = normalise_axes(axis, self.ndim)
        return self._gate("min", self, axis=axes, keepdims=keepdims)


def _converted(x: Any, dtype: Any) -> Any:
    """Return a tensor converted to `dtype`; itself for None."""
    return x if dtype is None else x.astype(dtype)


def _complete_shape(x: ArrayMethods[Any], shape: tuple[int, ...]) -> Shape:
    known = 1
    for extent in shape:
        known *= extent if extent != -1 else 1
    free = [axis for axis, extent in enumerate(shape) if extent == -1]
    if len(free) == 1 and known and x.size % known == 0:
        return (*shape[: free[0]], x.size // known, *shape[free[0] + 1 :])
    if free or known != x.size or any(extent < 0 for extent in shape):
        raise ShapeError(
            f"{x.label} with shape {x.shape} has {x.size} elements and cannot be reshaped to "
            f"{shape}. The product of the extents must stay {x.size}; one of them may be -1."
        )
    return shape
