"""The words of sentences as numbers of their different forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.text import require_sentences

IdArray = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class TokenForms:
    """Sentences as numbers.

    forms    the different words
    numbers  int64 (tokens,): the position of each token's word in `forms`, from 1; 0 is padding
    lengths  the number of tokens of each sentence
    """

    forms: tuple[str, ...]
    numbers: IdArray
    lengths: tuple[int, ...]


def forms_of(sentences: Sequence[Sequence[str]]) -> TokenForms:
    """Return the tokens of sentences, one sentence after the other."""
    sentences = require_sentences(sentences)
    flat = [word for each in sentences for word in each]
    number_of = {form: number for number, form in enumerate(dict.fromkeys(flat), start=1)}
    numbers = np.fromiter(map(number_of.__getitem__, flat), np.int64, len(flat))
    return TokenForms(tuple(number_of), numbers, tuple(map(len, sentences)))
