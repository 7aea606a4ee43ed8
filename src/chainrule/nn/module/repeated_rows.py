"""Equal layers of a stack as one block of rows of a summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import groupby
from operator import add
from typing import Any

from chainrule.nn.module.summary_row import Row

_LEAST_SAVED = 2
_Block = Sequence[Row]


def folded(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a summary with one block for equal modules that follow each other.

    Modules are equal if they, and all modules below them, have equal classes, outputs and numbers
    of calls and parameters. They are items of one list or `Sequential`, and are folded if that
    saves two rows or more. The rows of such a block hold the sums over all equal modules.
    """
    if not rows:
        return []
    head, *below = rows
    found = [head]
    for run in _equal_runs(_blocks(below)):
        parts = [folded(each) for each in run]
        if len(run) > 1 and (len(run) - 1) * len(parts[0]) >= _LEAST_SAVED:
            found += _joined(parts)
        else:
            found += [row for part in parts for row in part]
    return found


def _blocks(rows: _Block) -> list[_Block]:
    """Return the rows of each module below another, with those of what is below it."""
    blocks: list[list[Row]] = []
    for row in rows:
        if blocks and row.path.startswith(f"{blocks[-1][0].path}."):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return list(blocks)


def _equal_runs(blocks: Sequence[_Block]) -> Iterator[list[_Block]]:
    for _, run in groupby(blocks, _form):
        yield list(run)


def _form(block: _Block) -> Any:
    """Return what equal modules have in common; the path of a module that is no item of a list."""
    *around, name = _parts(block[0].path)
    start = len(around) + 1
    own = (tuple(around), "" if name.isdecimal() else name)
    return own, tuple(
        (
            _parts(row.path)[start:],
            row.kind,
            row.outputs,
            row.calls,
            row.used,
            row.trainable,
            row.non_trainable,
        )
        for row in block
    )


def _joined(blocks: Sequence[_Block]) -> list[Row]:
    """Return the rows of equal blocks, of which each holds their sums."""
    first, last = blocks[0][0].path, blocks[-1][0].path
    *around, name = _parts(first)
    prefix = "".join(f"{each}." for each in around)
    title = f"{prefix}{name} … {_parts(last)[-1]}"
    return [
        _sum(rows, title if not i else f"{prefix}*{rows[0].path.removeprefix(first)}")
        for i, rows in enumerate(zip(*blocks, strict=True))
    ]


def _sum(rows: Sequence[Row], path: str) -> Row:
    return replace(
        rows[0],
        path=path,
        kind=f"{len(rows)} × {rows[0].kind}",
        trainable=sum(each.trainable for each in rows),
        non_trainable=sum(each.non_trainable for each in rows),
        forward=reduce(add, [each.forward for each in rows]),
    )


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()
