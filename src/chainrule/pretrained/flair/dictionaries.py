"""The dictionaries of Flair in its files: tables of characters and tags, without its classes."""

from __future__ import annotations

from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.torch.pickle_machine import Call, Globals, OrderedEntries, StandIn
from chainrule.pretrained.files.torch.tensor_globals import TENSOR_GLOBALS

_DICTIONARY = "flair.data.Dictionary"


def _dictionary(arguments: tuple[Any, ...]) -> StandIn:
    return StandIn(_DICTIONARY)


def _lookup(arguments: tuple[Any, ...]) -> OrderedEntries:
    """Return an empty dict for the cache of look-ups that a dictionary may carry."""
    return OrderedEntries()


FLAIR_GLOBALS: Globals = {
    **TENSOR_GLOBALS,
    ("flair.data", "Dictionary"): Call(_dictionary),
    ("collections", "defaultdict"): Call(_lookup),
    ("builtins", "int"): StandIn("int"),
}


def entries_of(found: Any, title: str) -> tuple[str, ...]:
    """Return the entries of a dictionary in the order of their numbers.

    title  what it is, for the error message

    Raises PretrainedError for anything else.
    """
    state = found.state if isinstance(found, StandIn) and found.name == _DICTIONARY else {}
    entries = state.get("idx2item")
    if not isinstance(entries, list) or not entries:
        raise PretrainedError(f"{title} is not a dictionary with a list of entries.")
    return tuple(_text(each, title) for each in entries)


def _text(entry: Any, title: str) -> str:
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, bytes):
        raise PretrainedError(f"{title} has an entry that is neither text nor bytes.")
    return entry.decode("utf-8", "surrogateescape")
