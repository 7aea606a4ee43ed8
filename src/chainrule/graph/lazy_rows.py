"""The protocol of lazy rows: updates of a table's rows that are deferred until a row is read."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

Result = TypeVar("Result", covariant=True)


class LazyRows(Protocol[Result]):
    """Deferred updates of the rows of a table.

    The stored rows of such a table may be some steps behind. A lookup gets current rows from
    `rows`; `catch_up` brings all rows up to date before the whole table is read. Only gates whose
    primitive declares `reads_stored_rows` read the rows as they are stored.
    """

    def rows(self, of: Any, ids: Any) -> Result:
        """Return the current rows (..., *row) at `ids` (...) of the table, or of its state."""
        ...

    def catch_up(self) -> None:
        """Bring every row up to date now, also while a function is traced."""
        ...

    def before_gate(self, name: str) -> None:
        """Bring every row up to date before a gate reads the table.

        Raises ChainruleError while a function is traced.
        """
        ...

    def release(self) -> None:
        """Bring every row up to date, and detach from the table."""
        ...
