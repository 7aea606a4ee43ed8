"""Augmentation: changed copies of the training sentences, other ones in every epoch.

case      a sentence in upper case, in title case or in lower case
mentions  an entity replaced by another one of its type and of as many words
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np

from chainrule.ner.flat_sentences import Form
from chainrule.text import Sentence, spans

Case = Literal["upper", "title", "lower"]
CASES: tuple[Case, ...] = get_args(Case)
CASE_SHARE = 0.1  # of the sentences, in each of the three cases
MENTION_SHARE = 0.2  # of the entities

IdArray = np.ndarray[Any, np.dtype[np.int64]]


def in_case(word: str, case: Case) -> str:
    """Return a word in upper case, in lower case, or in lower case with a capital first letter."""
    return {"upper": word.upper, "title": word.capitalize, "lower": word.lower}[case]()


def with_case(sentences: Sequence[Sentence], case: Case) -> list[Sentence]:
    """Return sentences with all words in a case."""
    return [
        Sentence(tuple(in_case(word, case) for word in each.words), each.tags) for each in sentences
    ]


def _form_in_case(form: Form, case: Case) -> Form:
    """Return a form in a case; marks of a gazetteer do not depend on it."""
    return in_case(form, case) if isinstance(form, str) else (in_case(form[0], case), form[1])


class CaseChange:
    """The numbers of forms in the three cases.

    forms  all forms, and those of them in another case; form n of `known` has the number n + 1
    """

    def __init__(self, known: Sequence[Form]) -> None:
        changed = [[_form_in_case(form, case) for form in known] for case in CASES]
        self.forms = [*dict.fromkeys([*known, *(form for forms in changed for form in forms)])]
        number_of = {form: number for number, form in enumerate(self.forms, start=1)}
        columns = [known, *changed]
        self._table = np.array(
            [[0, *(number_of[form] for form in forms)] for forms in columns], np.int64
        )

    def __call__(self, numbers: IdArray, random: np.random.Generator) -> IdArray:
        """Return numbers of forms (sentences, words) with some sentences in another case."""
        kept = 1 - CASE_SHARE * len(CASES)
        shares = [kept, *[CASE_SHARE] * len(CASES)]
        chosen = random.choice(len(shares), len(numbers), p=shares)
        return np.asarray(self._table[chosen[:, None], numbers])


class MentionExchange:
    """The places of the entities of sentences, by type and number of words."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        places: dict[tuple[str, int], list[int]] = {}
        first = 0
        for each in sentences:
            for span in spans(each.tags):
                key = span.type, span.end - span.start
                places.setdefault(key, []).append(first + span.start)
            first += len(each.words)
        self._places = {key: np.array(found, np.int64) for key, found in places.items()}

    def __call__(self, numbers: IdArray, random: np.random.Generator) -> IdArray:
        """Return the numbers of all words, some entities replaced by others of the same kind."""
        changed = numbers.copy()
        for (_, size), starts in self._places.items():
            some = starts[random.random(len(starts)) < MENTION_SHARE]
            others = random.choice(starts, len(some))
            inside = np.arange(size)
            changed[some[:, None] + inside] = numbers[others[:, None] + inside]
        return changed
