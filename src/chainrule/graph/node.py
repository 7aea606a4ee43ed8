"""The protocol of graph nodes, for the modules that `graph.tensor` is built on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from chainrule.graph.dtypes import Array, DType, Shape
from chainrule.graph.lazy_rows import LazyRows


class Node(Protocol):
    """The part of `Tensor` that indexing, shape rules and kernel texts use.

    Modules that `graph.tensor` imports name this type, so that they do not import `Tensor`.
    """

    shape: Shape
    dtype: DType
    attributes: dict[str, Any]
    known: bool
    tracked: bool

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes that the gate reads."""

    @property
    def lazy_rows(self) -> LazyRows[Any] | None:
        """The deferred updates of a table; None for other nodes."""

    @property
    def ndim(self) -> int:
        """The number of axes."""

    @property
    def size(self) -> int:
        """The number of elements."""

    @property
    def label(self) -> str:
        """A short name for messages."""

    def peek(self) -> Array:
        """Return the value for immediate use, without a view that lives longer."""

    def reshape(self, *shape: int | Sequence[int]) -> Node:
        """Return the same elements in another shape."""

    def astype(self, dtype: Any) -> Node:
        """Return the elements converted to `dtype`."""

    def _gate(self, name: str, *operands: Any, **attributes: Any) -> Node:
        """Return the primitive `name` applied to operands."""
