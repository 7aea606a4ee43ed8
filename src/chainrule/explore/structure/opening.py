"""The choice of the calls that are shown open: models down to their layers, and named calls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count

from chainrule.explore.binding import did_you_mean
from chainrule.explore.errors import UnknownNameError
from chainrule.explore.structure.call_tree import GraphCall, calls_of
from chainrule.explore.structure.fold import fold
from chainrule.graph import Scope, Tensor

Open = bool | str | Iterable[str]

_MOST_UNITS = 40
_MOST_LISTED = 24


def closed_unless(open: Open, gates: Sequence[Tensor]) -> Callable[[Scope], bool]:
    """Return a function that says whether a call is folded.

    open  labels or paths ("hidden", "encoder.layers.0") to open in addition; True opens all calls

    Models, and calls that consist of layers, are always open, level by level from the outside, as
    long as at most 40 units are shown.
    Raises UnknownNameError for a name that no call has, TypeError for a value that is not a name.
    """
    if open is True:
        return lambda scope: False
    calls = calls_of(gates)
    opened = _down_to_layers(calls, gates) | _opened_by_name(open, calls)
    return lambda scope: scope.serial not in opened


def opened_by_name(open: Open, gates: Sequence[Tensor]) -> set[int]:
    """Return the serial numbers of the calls whose names are given, and of those around them."""
    return set() if open is True else _opened_by_name(open, calls_of(gates))


def _opened_by_name(open: Open, calls: Mapping[int, GraphCall]) -> set[int]:
    return {serial for name in _names(open) for serial in _opened_by(name, calls)}


def _names(open: Open) -> list[str]:
    names = [open] if isinstance(open, str) else [] if open is False else open
    if not isinstance(names, Iterable) or not all(isinstance(each, str) for each in names):
        raise TypeError(
            f"open={open!r} was given. Give True, or the label or path of a gate or module, such "
            "as 'hidden' or 'encoder.layers.0', or several of them in a list."
        )
    return list(names)


def _down_to_layers(calls: Mapping[int, GraphCall], gates: Sequence[Tensor]) -> set[int]:
    opened: set[int] = set()
    for depth in count(1):
        deeper = {
            each.scope.serial
            for each in calls.values()
            if len(each.scopes) == depth and each.is_container and _reached(each, opened)
        }
        if not deeper or (depth > 1 and _units(gates, opened | deeper) > _MOST_UNITS):
            return opened
        opened |= deeper
    raise AssertionError("unreachable: calls are nested finitely deep")


def _reached(call: GraphCall, opened: Collection[int]) -> bool:
    return all(each.serial in opened for each in call.scopes[:-1])


def _units(gates: Sequence[Tensor], opened: Collection[int]) -> int:
    return len(fold(gates, lambda scope: scope.serial not in opened))


def _opened_by(name: str, calls: Mapping[int, GraphCall]) -> set[int]:
    """Return the calls of this name, the calls around them, and their only parts."""
    found = [each for each in calls.values() if name in each.names]
    if not found:
        raise UnknownNameError(_unknown(name, calls.values()))
    opened = {scope.serial for each in found for scope in each.scopes}
    for call in found:
        while [each.gates for each in call.parts] == [call.gates]:
            call = call.parts[0]
            opened.add(call.scope.serial)
    return opened


def _unknown(name: str, calls: Iterable[GraphCall]) -> str:
    known = sorted({each.path or each.scope.label for each in calls})
    listed = ", ".join(repr(each) for each in known[:_MOST_LISTED]) or "none"
    more = len(known) - _MOST_LISTED
    return (
        f"open={name!r} was given, but the graph has no gate or module of that name."
        f"{did_you_mean(name, known)} Those that can be opened are: {listed}"
        f"{f' and {more} more' if more > 0 else ''}."
    )
