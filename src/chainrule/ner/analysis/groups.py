"""Outcomes counted by a property of the mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.ner.analysis.matching import ERROR_KINDS, KINDS, Kind, Outcome
from chainrule.ner.analysis.traits import Grouping
from chainrule.text import TypeScore


@dataclass(frozen=True)
class ErrorGroup:
    """The entities with one value of a property.

    value   the value
    score   the counts of entities, and their precision, recall and F1. Gold entities are counted
            by their own words, predicted ones by theirs
    counts  the outcomes of each kind; an error belongs to the group of its gold entity, a spurious
            one to that of the predicted entity
    share   the percentage of all errors
    """

    value: str
    score: TypeScore
    counts: Mapping[Kind, int]
    share: float

    @property
    def errors(self) -> int:
        """The number of errors."""
        return sum(self.counts[each] for each in ERROR_KINDS)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "value": self.value,
            **self.score.as_dict(),
            "kinds": dict(self.counts),
            "errors": self.errors,
            "share": self.share,
        }


def grouped(
    grouping: Grouping, words: Sequence[Sequence[str]], outcomes: Sequence[Outcome]
) -> tuple[ErrorGroup, ...]:
    """Return the groups of the outcomes by a property; values that no entity has are left out."""
    gold: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    kinds: dict[str, Counter[Kind]] = {}
    for each in outcomes:
        text = words[each.sentence]
        if each.gold is not None:
            gold[grouping.of(text, each.gold)] += 1
        if each.predicted is not None:
            predicted[grouping.of(text, each.predicted)] += 1
        kinds.setdefault(grouping.of(text, each.entity), Counter())[each.kind] += 1
    errors = sum(each.kind != "correct" for each in outcomes)
    return tuple(
        _group(value, gold[value], predicted[value], kinds.get(value, Counter()), errors)
        for value in _ordered(grouping, gold.keys() | predicted.keys())
    )


def _ordered(grouping: Grouping, found: set[str]) -> Iterator[str]:
    if not grouping.values:
        return iter(sorted(found))
    return (each for each in grouping.values if each in found)


def _group(value: str, gold: int, predicted: int, kinds: Counter[Kind], errors: int) -> ErrorGroup:
    counts = {each: kinds[each] for each in KINDS}
    own = sum(counts[each] for each in ERROR_KINDS)
    score = TypeScore(counts["correct"], predicted, gold)
    return ErrorGroup(value, score, counts, 100 * own / errors if errors else 0.0)
