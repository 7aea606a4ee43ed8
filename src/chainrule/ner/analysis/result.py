"""The outcomes of a corpus, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import chainrule as cr
from chainrule.ner.analysis.groups import ErrorGroup
from chainrule.ner.analysis.matching import ERROR_KINDS, KINDS, Kind, Outcome
from chainrule.text import Span, TypeScore

NO_ENTITY = "none"


@dataclass(frozen=True)
class Confusion:
    """The types of gold entities (rows) and of the predicted ones in their place (columns).

    types   the names of the rows and of the columns
    counts  entities; the last row and the last column are for "no entity"

    Entities with a wrong boundary and the right type are on the diagonal.
    """

    types: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def confused(self) -> list[tuple[str, str, int]]:
        """Return what is off the diagonal as (gold, predicted, count), the most frequent first."""
        names = (*self.types, NO_ENTITY)
        cells = [
            (gold, predicted, count)
            for i, (gold, row) in enumerate(zip(names, self.counts, strict=True))
            for j, (predicted, count) in enumerate(zip(names, row, strict=True))
            if i != j and count
        ]
        return sorted(cells, key=lambda cell: -cell[2])


@dataclass(frozen=True)
class CountedOutcomes:
    """Every gold and every predicted entity of a corpus in one outcome.

    words     the words of the sentences
    outcomes  of all sentences, from left to right
    score     the counts of all entities, those of `chainrule.ner.score`
    groups    the groups of entities by property: type, length, capitals, ...
    missing   what could not be computed, and what it needs, as sentences
    """

    words: tuple[tuple[str, ...], ...]
    outcomes: tuple[Outcome, ...]
    score: TypeScore
    groups: Mapping[str, tuple[ErrorGroup, ...]]
    missing: tuple[str, ...]

    @property
    def counts(self) -> dict[Kind, int]:
        """The number of outcomes of each kind."""
        found = Counter(each.kind for each in self.outcomes)
        return {kind: found[kind] for kind in KINDS}

    def repaired(self, kind: Kind) -> TypeScore:
        """Return the score as it would be without one kind of errors.

        Missed entities are then found, spurious ones are not, and others are correct.
        """
        count, score = self.counts[kind], self.score
        if kind == "correct":
            return score
        if kind == "spurious":
            return TypeScore(score.correct, score.found - count, score.gold)
        found = score.found + count if kind == "missed" else score.found
        return TypeScore(score.correct + count, found, score.gold)

    @property
    def confusion(self) -> Confusion:
        """The types of gold and predicted entities."""
        pairs = Counter((_type(each.gold), _type(each.predicted)) for each in self.outcomes)
        types = sorted({each for pair in pairs for each in pair if each is not None})
        names = (*types, None)
        counts = tuple(tuple(pairs[gold, guess] for guess in names) for gold in names)
        return Confusion(tuple(types), counts)

    def examples(self, kind: Kind, count: int | None = None) -> list[Outcome]:
        """Return outcomes of a kind, spread evenly over the corpus; all without a count.

        Raises ChainruleError for a count below 0.
        """
        found = [each for each in self.outcomes if each.kind == kind]
        if count is None or count >= len(found):
            return found
        if count < 0:
            raise cr.ChainruleError(f"{count} examples were requested. Give at least 0.")
        return [found[i * len(found) // count] for i in range(count)]

    def as_dict(self, examples: int | None = None) -> dict[str, Any]:
        """Return everything as plain values, for JSON, with so many examples of each kind."""
        confusion = self.confusion
        return {
            "score": self.score.as_dict(),
            "kinds": {kind: self._kind(kind) for kind in KINDS},
            "groups": {
                name: [each.as_dict() for each in groups] for name, groups in self.groups.items()
            },
            "confusion": {
                "types": [*confusion.types, NO_ENTITY],
                "counts": [[*row] for row in confusion.counts],
            },
            "examples": [
                self._example(each)
                for kind in ERROR_KINDS
                for each in self.examples(kind, examples)
            ],
            "missing": [*self.missing],
        }

    def _kind(self, kind: Kind) -> dict[str, Any]:
        repaired = self.repaired(kind).f1
        return {
            "count": self.counts[kind],
            "repaired_f1": repaired,
            "gain": repaired - self.score.f1,
        }

    def _example(self, outcome: Outcome) -> dict[str, Any]:
        words = self.words[outcome.sentence]
        found: dict[str, Any] = {"kind": outcome.kind, "sentence": outcome.sentence}
        for name, span in (("gold", outcome.gold), ("predicted", outcome.predicted)):
            found[name] = span and {
                "type": span.type,
                "start": span.start,
                "end": span.end,
                "words": [*words[span.start : span.end]],
            }
        return {**found, "words": [*words]}


def _type(span: Span | None) -> str | None:
    return None if span is None else span.type
