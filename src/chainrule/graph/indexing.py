"""Indexing, `x[key]`, by NumPy's rules: slices, ids and masks as gates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph.axes import parse_index, without_ellipsis
from chainrule.graph.dtypes import Shape
from chainrule.graph.errors import RangeError, ShapeError
from chainrule.graph.index_keys import Ids, as_ids, axes_of, from_front, is_ids, positions_of
from chainrule.graph.node import Node
from chainrule.graph.replaced import read_for

_WHOLE = slice(None)


def indexed(x: Node, key: Any) -> Node:
    """Return `x[key]` by NumPy's rules.

    Raises RangeError for an id outside its axis, ShapeError for too many indices, for arrays that
    do not broadcast and for keys of another kind, DTypeError for arrays of other dtypes,
    UnboundInputError for a mask without a value.
    """
    given = key if isinstance(key, tuple) else (key,)
    found = [as_ids(each, x) for each in given]
    keys = without_ellipsis(found, x.ndim, axes_of)
    if not any(map(is_ids, keys)):
        return _basic(x, [each for each in keys if each is not Ellipsis])
    if len(given) == 1 and axes_of(keys[0]) == 1:
        return _rows_of(x, _picks(x, keys[0], 0, alone=True).ids)
    return _gathered(x, keys)


def _basic(x: Node, keys: Sequence[Any]) -> Node:
    try:
        index = parse_index(keys, x.shape)
    except RangeError as error:
        raise RangeError(f"{error} The tensor is {x.label} with shape {x.shape}.") from None
    if index.lengths == x.shape and all(step == 1 for step in index.steps):
        return x.reshape(index.shape)
    part = x._gate("slice", x, starts=index.starts, lengths=index.lengths, steps=index.steps)
    return part.reshape(index.shape)


@dataclass(frozen=True)
class _Picks:
    """Ids (...) into `count` axes from `axis` on, taken as one flat axis."""

    axis: int
    count: int
    ids: Ids


def _gathered(x: Node, keys: Sequence[Any]) -> Node:
    picks, rest = _parted(x, keys)
    if _are_rows(x, picks, rest):
        rows, at = _rows_of(x, picks[0].ids), 0
        shape = picks[0].ids.shape
        found = _basic(rows, [_WHOLE] * len(shape) + rest[1:])
    else:
        found, at, shape = _taken(_basic(x, rest), _renumbered(picks, rest), x)
    return _arranged(found, keys, shape, at)


def _parted(x: Node, keys: Sequence[Any]) -> tuple[list[_Picks], list[Any]]:
    """Return the array keys, and one other key per axis, a whole slice for axes of array keys."""
    picks: list[_Picks] = []
    rest: list[Any] = []
    alone = sum(map(is_ids, keys)) == 1
    for key in keys:
        if is_ids(key):
            picks.append(_picks(x, key, len(rest), alone))
            rest += [_WHOLE] * picks[-1].count
        elif key is not None and key is not Ellipsis:
            rest.append(key)
    return picks, rest


def _picks(x: Node, key: Ids, axis: int, alone: bool) -> _Picks:
    ids = positions_of(x, key, axis) if key.dtype.kind == "b" else from_front(x, key, axis, alone)
    return _Picks(axis, axes_of(key), ids)


def _are_rows(x: Node, picks: Sequence[_Picks], rest: Sequence[Any]) -> bool:
    """Return whether whole rows are gathered, so that a gradient stays a list of rows."""
    if len(picks) > 1 or picks[0].axis or picks[0].count > 1:
        return False
    return x.lazy_rows is not None or all(isinstance(e, slice) and e == _WHOLE for e in rest)


def _rows_of(x: Node, ids: Ids) -> Node:
    x = read_for(x)
    if x.lazy_rows is not None:
        return x.lazy_rows.rows(x, ids)  # type: ignore[no-any-return]
    return x._gate("take", x, ids, axis=0)


def _renumbered(picks: Sequence[_Picks], rest: Sequence[Any]) -> list[_Picks]:
    """Return the picks with axes numbered as they are once single integers are applied."""
    kept = [isinstance(each, slice) for each in rest]
    return [_Picks(sum(kept[: each.axis]), each.count, each.ids) for each in picks]


def _taken(cut: Node, picks: Sequence[_Picks], of: Node) -> tuple[Node, int, Shape]:
    """Return the gathered elements, the first axis of the ids in them, and the shape of the ids."""
    axes = [axis for each in picks for axis in range(each.axis, each.axis + each.count)]
    at = axes[0]
    if axes != list(range(at, at + len(axes))):
        others = [axis for axis in range(cut.ndim) if axis not in axes]
        cut, at = cut._gate("permute_dims", cut, axes=(*axes, *others)), 0
    sizes = _sizes(cut, picks, at)
    ids, shape = _flat_ids(picks, sizes, of)
    last = at + len(axes)
    flat = cut.reshape(*cut.shape[:at], math.prod(sizes), *cut.shape[last:])
    return flat._gate("take", flat, ids, axis=at), at, shape


def _sizes(cut: Node, picks: Sequence[_Picks], at: int) -> list[int]:
    """Return the number of elements that each of the picks indexes."""
    sizes = []
    for each in picks:
        sizes.append(math.prod(cut.shape[at : at + each.count]))
        at += each.count
    return sizes


def _flat_ids(picks: Sequence[_Picks], sizes: Sequence[int], of: Node) -> tuple[Ids, Shape]:
    """Return the broadcast ids of all picks as flat ids of their axes, and their shape."""
    shapes = [tuple(each.ids.shape) for each in picks]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(
            f"{of.label} was indexed with arrays of the shapes {', '.join(map(str, shapes))}, "
            "which do not broadcast against each other. For all pairs of rows and columns write "
            "x[rows[:, None], columns]."
        ) from None
    ids = picks[0].ids
    if len(picks) > 1:
        ids = ids.astype("int64")
    for each, size in zip(picks[1:], sizes[1:], strict=True):
        ids = ids * size + each.ids
    return ids, shape


def _arranged(found: Node, keys: Sequence[Any], shape: Shape, at: int) -> Node:
    """Return the gathered elements with their axes in NumPy's order, and new axes for None.

    found  (..., *shape, ...), the axes of the ids from `at` on

    These axes replace those of the array keys if the arrays and integers are adjacent in the index;
    else they come first.
    """
    advanced = [i for i, each in enumerate(keys) if not _separates(each)]
    first = advanced[0] if advanced[-1] - advanced[0] < len(advanced) else 0
    target = sum(isinstance(each, slice) for each in keys[:first])
    if target != at and shape:
        found = _moved(found, at, target, len(shape))
    kept = iter([*found.shape[:target], *found.shape[target + len(shape) :]])
    extents = [
        next(kept) if isinstance(each, slice) else 1
        for each in keys
        if each is None or isinstance(each, slice)
    ]
    start = sum(each is None or isinstance(each, slice) for each in keys[:first])
    return found.reshape(*extents[:start], *shape, *extents[start:])


def _separates(key: Any) -> bool:
    return key is None or key is Ellipsis or isinstance(key, slice)


def _moved(x: Node, at: int, target: int, count: int) -> Node:
    """Return `x` with the `count` axes from `at` on moved to `target`."""
    block = list(range(at, at + count))
    others = [axis for axis in range(x.ndim) if axis not in block]
    order = tuple(others[:target] + block + others[target:])
    return x._gate("permute_dims", x, axes=order)
