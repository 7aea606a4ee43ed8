"""Keepers: who brings the rows of a table up to date when somebody reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from chainrule.graph.tensor import Tensor


class Keeper(Protocol):
    """Knows what the rows of a table would be, had every step moved all of them.

    A table with a keeper stores rows that may be some steps behind. Whoever looks rows up gets the
    present ones from `rows`; before anybody reads the whole, `settle` writes them all. The gate
    `take` alone reads what is stored.
    """

    def rows(self, of: Any, ids: Any) -> Tensor:
        """Return the present rows (..., *row) at `ids` (...) of a table, or of its state."""
        ...

    def settle(self) -> None:
        """Write the present value of every row, now; also while a function is traced."""
        ...

    def before_gate(self, name: str) -> None:
        """Settle before a gate reads the whole; raises ChainruleError while tracing."""
        ...

    def release(self) -> None:
        """Settle, and keep the table no more."""
        ...
