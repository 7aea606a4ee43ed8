"""Augmentation: changed copies of the training sentences, other ones in every epoch.

case      a sentence in upper case, in title case or in lower case
mentions  an entity replaced by another one of its type and of as many words
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import numpy as np

from chainrule.ner.settings import Augmentation
from chainrule.text import Sentence, Span, spans

Case = Literal["upper", "title", "lower"]
CASES: tuple[Case, ...] = get_args(Case)
CASE_SHARE = 0.05  # of the sentences, in each of the three cases
MENTION_SHARE = 0.2  # of the entities


def in_case(word: str, case: Case) -> str:
    """Return a word in upper case, in lower case, or in lower case with a capital first letter."""
    return {"upper": word.upper, "title": word.capitalize, "lower": word.lower}[case]()


def with_case(sentences: Sequence[Sentence], case: Case) -> list[Sentence]:
    """Return sentences with all words in a case."""
    return [_in_case(each, case) for each in sentences]


def _in_case(sentence: Sentence, case: Case) -> Sentence:
    return Sentence(tuple(in_case(word, case) for word in sentence.words), sentence.tags)


class Augmented:
    """Sentences, and their changed copies; sentences keep their numbers of words and their tags.

    sentences  the sentences as they are written
    names      the changes
    """

    def __init__(self, sentences: Sequence[Sentence], names: Sequence[Augmentation]) -> None:
        self._sentences, self._names = sentences, names
        self._mentions: dict[tuple[str, int], list[tuple[str, ...]]] = {}
        for sentence in sentences:
            for span in spans(sentence.tags):
                self._mentions.setdefault(_kind(span), []).append(
                    sentence.words[span.start : span.end]
                )

    def copies(self, random: np.random.Generator) -> list[Sentence]:
        """Return the sentences, some of them changed."""
        found = [*self._sentences]
        if "mentions" in self._names:
            found = [self._exchanged(each, random) for each in found]
        if "case" in self._names:
            found = [*self._in_cases(found, random)]
        return found

    def _exchanged(self, sentence: Sentence, random: np.random.Generator) -> Sentence:
        words = [*sentence.words]
        for span in spans(sentence.tags):
            if random.random() < MENTION_SHARE:
                others = self._mentions[_kind(span)]
                words[span.start : span.end] = others[random.integers(len(others))]
        return Sentence(tuple(words), sentence.tags)

    def _in_cases(
        self, sentences: Sequence[Sentence], random: np.random.Generator
    ) -> Iterator[Sentence]:
        kept = 1 - CASE_SHARE * len(CASES)
        shares = [*[CASE_SHARE] * len(CASES), kept]
        chosen = random.choice(len(shares), len(sentences), p=shares)
        for sentence, number in zip(sentences, chosen.tolist(), strict=True):
            yield sentence if number == len(CASES) else _in_case(sentence, CASES[number])


def _kind(span: Span) -> tuple[str, int]:
    """Return the type and the number of words of an entity."""
    return span.type, span.end - span.start
