"""Vocabularies of a tagger: numbers of words and letters, names of tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.storage.errors import FormatError

PADDING, UNKNOWN, EMPTY = 0, 1, 2
RESERVED = 4  # a fourth number stands for the root of a tree
_CLASSES = ("PretrainedWordVocab", "WordVocab", "CharVocab")
_OF_TAGS = ("CompositeVocab", "TagVocab")


@dataclass(frozen=True)
class Vocabulary:
    """The numbers of units: words or letters.

    numbers  by unit
    count    how many numbers there are
    lower    whether a unit is looked up in lower case
    blanks   whether a blank in a unit is a no-break space, as in files of word vectors
    ignored  units that have the number of no unit
    """

    numbers: Mapping[str, int]
    count: int
    lower: bool = False
    blanks: bool = False
    ignored: frozenset[str] = frozenset()

    def number(self, unit: str) -> int:
        """Return the number of a unit."""
        if unit in self.ignored:
            return EMPTY
        unit = unit.lower() if self.lower else unit
        return self.numbers.get(unit.replace(" ", "\u00a0") if self.blanks else unit, UNKNOWN)


def read_vocabulary(found: Any, kind: str, what: str) -> Vocabulary:
    """Return a vocabulary from its state; raises FormatError for anything else.

    kind  the library's name of its class
    what  the subject of messages
    """
    if kind not in _CLASSES:
        raise FormatError(f"{what} is a {ascii(kind)[:80]}, not one of {', '.join(_CLASSES)}")
    units = _units(_state(found, what).get("_id2unit"), what)
    ignored = found.get("ignore") or []
    if not isinstance(ignored, list) or not all(isinstance(each, str) for each in ignored):
        raise FormatError(f"{what} ignores what is no text")
    numbers = {unit: number for number, unit in enumerate(units)}
    blanks = kind == "PretrainedWordVocab"
    return Vocabulary(numbers, len(units), bool(found.get("lower")), blanks, frozenset(ignored))


def read_tags(found: Any, kind: str, what: str) -> tuple[tuple[str, ...], ...]:
    """Return the tags of each column, the reserved ones first, from the state of a vocabulary."""
    if kind not in _OF_TAGS:
        raise FormatError(f"{what} is a {ascii(kind)[:80]}, not one of {', '.join(_OF_TAGS)}")
    units = _state(found, what).get("_id2unit")
    columns = [units] if kind == "TagVocab" else _columns(units, what)
    if found.get("keyed") or found.get("sep") is not None:
        raise FormatError(f"{what} has tags of several parts")
    tags = tuple(tuple(_units(each, what)) for each in columns)
    if any(len(each) <= RESERVED for each in tags):
        raise FormatError(f"{what} has a column without tags")
    return tags


def _state(found: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise FormatError(f"{what} is no dict")
    return found


def _columns(units: Any, what: str) -> list[Any]:
    if not isinstance(units, dict) or not units or list(units) != list(range(len(units))):
        raise FormatError(f"{what} has no columns of tags, numbered from 0")
    return list(units.values())


def _units(found: Any, what: str) -> Sequence[str]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise FormatError(f"{what} has no list of units")
    if found[:RESERVED] != ["<PAD>", "<UNK>", "<EMPTY>", "<ROOT>"]:
        raise FormatError(f"{what} does not begin with the reserved units")
    return found
