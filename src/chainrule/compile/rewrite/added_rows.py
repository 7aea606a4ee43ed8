"""Rewrite of updates: rows that come from several lookups are added without joining them."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.graph import AddRows, Tensor, Update


def added_apart(update: Update) -> Iterator[Update]:
    """Yield the updates, in order, that add the parts of joined rows; else the update itself."""
    parts = _parts(update) if isinstance(update, AddRows) else []
    if parts:
        assert isinstance(update, AddRows)
        yield from (AddRows(update.parameter, ids, rows, update.factor) for ids, rows in parts)
    else:
        yield update


def _parts(update: AddRows) -> list[tuple[Tensor, Tensor]]:
    """Return pairs of ids and rows that were joined at the same places, else an empty list."""
    joined = _joined(update.ids), _joined(update.rows)
    extents = [[len(each) for each in parts] for parts in joined]
    return [*zip(*joined, strict=True)] if extents[0] == extents[1] else []


def _joined(node: Tensor) -> tuple[Tensor, ...]:
    """Return the parts of tensors that were joined along their first axis."""
    is_joined = node.primitive is not None and node.primitive.name == "concat"
    return node.inputs if is_joined and node.attributes["axis"] == 0 else ()
