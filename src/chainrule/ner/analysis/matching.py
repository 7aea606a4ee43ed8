"""Gold and predicted entities in pairs, and the kind of error of each pair.

The pairs of a sentence are one-to-one. An entity is paired with one that shares words with it; the
pairs with the most shared words are made first. Of pairs with equally many, those of one type come
first, then those further left. So entities with the same words are always a pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from chainrule.text import Span

Kind = Literal["correct", "wrong type", "boundary", "both", "missed", "spurious"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ERROR_KINDS = KINDS[1:]


@dataclass(frozen=True)
class Outcome:
    """What became of one entity.

    kind       "correct": same words, same type
               "wrong type": same words, another type
               "boundary": overlapping words, same type
               "both": overlapping words, another type
               "missed": a gold entity without a predicted one
               "spurious": a predicted entity without a gold one
    sentence   the number of the sentence, from 0
    gold       the gold entity, None for "spurious"
    predicted  the predicted entity, None for "missed"
    """

    kind: Kind
    sentence: int
    gold: Span | None
    predicted: Span | None

    @property
    def entity(self) -> Span:
        """The gold entity, or the predicted one if there is no gold one."""
        found = self.gold or self.predicted
        assert found is not None
        return found


def matched(sentence: int, gold: Sequence[Span], predicted: Sequence[Span]) -> list[Outcome]:
    """Return the outcomes of a sentence, from left to right; each entity is in exactly one."""
    pairs = dict(_pairs(gold, predicted))
    found = [
        Outcome("missed", sentence, right, None)
        if guess is None
        else Outcome(_kind(right, guess), sentence, right, guess)
        for right, guess in ((each, pairs.get(each)) for each in gold)
    ]
    paired = set(pairs.values())
    found += [Outcome("spurious", sentence, None, each) for each in predicted if each not in paired]
    return sorted(found, key=lambda each: (each.entity.start, each.entity.end))


def _pairs(gold: Sequence[Span], predicted: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    candidates = sorted(
        _overlapping(gold, predicted),
        key=lambda each: (-each[2], each[0].type != each[1].type, each[0].start, each[1].start),
    )
    free_gold, free_predicted = set(gold), set(predicted)
    for right, guess, _ in candidates:
        if right in free_gold and guess in free_predicted:
            free_gold.remove(right)
            free_predicted.remove(guess)
            yield right, guess


def _overlapping(
    gold: Sequence[Span], predicted: Sequence[Span]
) -> Iterator[tuple[Span, Span, int]]:
    """Yield pairs that share words, and how many; both sequences are in the order of the words."""
    i = j = 0
    while i < len(gold) and j < len(predicted):
        right, guess = gold[i], predicted[j]
        shared = min(right.end, guess.end) - max(right.start, guess.start)
        if shared > 0:
            yield right, guess, shared
        if right.end <= guess.end:
            i += 1
        else:
            j += 1


def _kind(gold: Span, predicted: Span) -> Kind:
    same_words = (gold.start, gold.end) == (predicted.start, predicted.end)
    if gold.type == predicted.type:
        return "correct" if same_words else "boundary"
    return "wrong type" if same_words else "both"
