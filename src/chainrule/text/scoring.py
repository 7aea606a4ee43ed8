"""Entity scores: precision, recall and F1 over whole entities, counted as by conlleval.

An entity is correct if its first word, its last word and its type are correct. Source: conlleval,
the scorer of the CoNLL-2000 and CoNLL-2003 shared tasks (Tjong Kim Sang and Buchholz 2000).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from chainrule.text.sentence import require_sentences
from chainrule.text.tags import spans

_Entity = tuple[str, int, int, int]  # type, sentence, start, end


@dataclass(frozen=True)
class TypeScore:
    """The entity counts of one type or of a corpus, and the scores computed from them.

    correct  the number of found entities that are correct
    found    the number of entities in the predicted tags
    gold     the number of entities in the gold tags

    Scores are in percent, as in the report of conlleval, and 0 if the denominator is 0.
    """

    correct: int
    found: int
    gold: int

    def __add__(self, other: TypeScore) -> TypeScore:
        return TypeScore(
            self.correct + other.correct, self.found + other.found, self.gold + other.gold
        )

    @property
    def precision(self) -> float:
        """The percentage of the entities found that are correct."""
        return _percent(self.correct, self.found)

    @property
    def recall(self) -> float:
        """The percentage of the gold entities that were found."""
        return _percent(self.correct, self.gold)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 2PR / (P + R)."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total > 0 else 0.0

    def as_dict(self) -> dict[str, float]:
        """Return scores and counts as plain numbers, for JSON."""
        scores = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**scores, "correct": self.correct, "found": self.found, "gold": self.gold}


@dataclass(frozen=True)
class Score:
    """The scores of a corpus.

    tokens          the number of tokens
    correct_tokens  the number of tokens whose predicted tag is equal to the gold tag as a string
    overall         the scores of all types together
    types           the scores per type, in alphabetical order

    `accuracy` is low if gold and predicted tags have different schemes; entity scores do not depend
    on the scheme.
    """

    tokens: int
    correct_tokens: int
    overall: TypeScore
    types: Mapping[str, TypeScore]

    def __add__(self, other: Score) -> Score:
        """Return the score of both corpora together."""
        none = TypeScore(0, 0, 0)
        names = sorted(self.types.keys() | other.types.keys())
        return Score(
            self.tokens + other.tokens,
            self.correct_tokens + other.correct_tokens,
            self.overall + other.overall,
            {each: self.types.get(each, none) + other.types.get(each, none) for each in names},
        )

    @property
    def accuracy(self) -> float:
        """The percentage of tokens with the correct tag."""
        return _percent(self.correct_tokens, self.tokens)

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the types in the gold tags, in percent; 0 without types."""
        known = [each.f1 for each in self.types.values() if each.gold]
        return sum(known) / len(known) if known else 0.0

    def table(self) -> str:
        """Return exactly the report of conlleval, without the last line end."""
        lines = [
            f"processed {self.tokens} tokens with {self.overall.gold} phrases; "
            f"found: {self.overall.found} phrases; correct: {self.overall.correct}."
        ]
        if self.tokens:
            lines.append(f"accuracy: {self.accuracy:6.2f}%; {_scores(self.overall)}")
        for name, score in self.types.items():
            lines.append(f"{name:>17}: {_scores(score)}  {score.found}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    def as_dict(self) -> dict[str, Any]:
        """Return everything as nested dictionaries of plain numbers, for JSON."""
        return {
            "tokens": self.tokens,
            "accuracy": self.accuracy,
            "overall": self.overall.as_dict(),
            "macro_f1": self.macro_f1,
            "types": {name: score.as_dict() for name, score in self.types.items()},
        }


def score(
    gold_sequences: Sequence[Sequence[str]], predicted_sequences: Sequence[Sequence[str]]
) -> Score:
    """Score predicted tags against gold tags, one sequence of tags per sentence.

    Gold and predicted tags can have any schemes that `chainrule.text.spans` reads. Adjacent
    entities of one type are separate in every scheme. The entity counts are equal to those of
    conlleval on the same tags in IOB2. Raises `ValueError` if the sequences differ in number or in
    length, `TagError` for an invalid tag, and `SentenceError` for a value that is not a sequence of
    tags.
    """
    gold_sequences = require_sentences(gold_sequences, "Gold sequence")
    predicted_sequences = require_sentences(predicted_sequences, "Predicted sequence")
    _check_lengths(gold_sequences, predicted_sequences)
    gold, found = _entities(gold_sequences), _entities(predicted_sequences)
    gold_tags = chain.from_iterable(gold_sequences)
    predicted_tags = chain.from_iterable(predicted_sequences)
    agreements = [right == guess for right, guess in zip(gold_tags, predicted_tags, strict=True)]
    return Score(
        tokens=len(agreements),
        correct_tokens=sum(agreements),
        overall=TypeScore(len(gold & found), len(found), len(gold)),
        types=_by_type(gold, found),
    )


def _entities(sequences: Sequence[Sequence[str]]) -> set[_Entity]:
    return {
        (span.type, sentence, span.start, span.end)
        for sentence, tags in enumerate(sequences)
        for span in spans(tags)
    }


def _by_type(gold: set[_Entity], found: set[_Entity]) -> dict[str, TypeScore]:
    right, guessed, wanted = _count(gold & found), _count(found), _count(gold)
    names = sorted(guessed.keys() | wanted.keys())
    return {name: TypeScore(right[name], guessed[name], wanted[name]) for name in names}


def _count(entities: Iterable[_Entity]) -> Counter[str]:
    return Counter(entity[0] for entity in entities)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _scores(score: TypeScore) -> str:
    return f"precision: {score.precision:6.2f}%; recall: {score.recall:6.2f}%; FB1: {score.f1:6.2f}"


def _check_lengths(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> None:
    """Raise `ValueError` unless the sequences are equal in number and length."""
    if len(gold) != len(predicted):
        raise ValueError(
            f"Scores compare the same sentences, but found {len(gold)} gold and "
            f"{len(predicted)} predicted sequences; give one of each per sentence."
        )
    for index, (right, guess) in enumerate(zip(gold, predicted, strict=True)):
        if len(right) != len(guess):
            raise ValueError(
                f"Scores compare the same words, but sentence {index} (counted from 0) has "
                f"{len(right)} gold and {len(guess)} predicted tags; give one of each per word."
            )
