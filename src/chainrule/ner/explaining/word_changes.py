"""Replacements of a word, with first-order estimates of what they do to a score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.ner.flat_sentences import Form
from chainrule.ner.tagger import Tagger
from chainrule.text import CAPITALS, UNKNOWN_ID, capital_ids

Array = np.ndarray[Any, Any]
_RANKED = 256  # words of the vocabulary whose features are looked up, of one place
_CASES = (str.lower, str.upper, str.capitalize)


@dataclass(frozen=True)
class Change:
    """A replacement of a word.

    place     the number of the word in the sentence
    becomes   what it is replaced with
    is_case   whether only the case of letters changes
    estimate  the first-order change of the score
    distance  the Euclidean distance between the vectors of the two words
    """

    place: int
    becomes: str
    is_case: bool
    estimate: float
    distance: float


class Replacements:
    """The words that may replace another: those of the vocabulary, and what they are ranked by.

    words   the vocabulary without its markers
    vectors by name, (words, size): sums of learned and given vectors, or means of sub-tokens
    """

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger
        self.words = tagger.vocabulary.words[UNKNOWN_ID + 1 :]
        self.vectors: dict[str, Array] = {}
        if tagger.network.vectors.words is not None:
            self.vectors["words"] = self._word_vectors(tagger.network.vectors.words.weight.read())
        if tagger.net is not None:
            self.vectors["subtokens"] = piece_means(tagger, self.words)

    def _word_vectors(self, table: Array) -> Array:
        learned, given = table[UNKNOWN_ID + 1 :], self._tagger.lexicon.vectors
        if given is None:
            return learned
        rows = given.look_up(self.words).rows
        known = (rows >= 0)[:, None]
        kept = np.where(known, 0, learned) if self._tagger.network.vectors.frozen else learned
        return kept + np.where(known, given.table[rows], 0)

    def likely(self, slopes: dict[str, Array], margin: float) -> list[str]:
        """Return the words that should bring a margin below zero, or nearest to it.

        slopes  the gradient of the margin with respect to the vectors of a word, by name
        """
        if not self.words:
            return []
        reached = sum(each @ slopes[name][: each.shape[1]] for name, each in self.vectors.items())
        change = np.asarray(reached) + margin
        strongest = np.argsort(change, kind="stable")[:_RANKED]
        below = np.flatnonzero(change < 0)
        nearest = below[np.argsort(-change[below], kind="stable")[:_RANKED]]
        return [self.words[i] for i in dict.fromkeys([*strongest.tolist(), *nearest.tolist()])]


def piece_means(tagger: Tagger, words: Sequence[str]) -> Array:
    """Return the mean of the vectors of the sub-tokens of each word, float32 (words, width)."""
    assert tagger.net is not None
    assert tagger.splitter is not None
    table = tagger.net.body.embeddings.words.weight.read()
    found = [table[each.ids].mean(0) for each in tagger.splitter.split([[word] for word in words])]
    return np.array(found, np.float32).reshape(len(words), table.shape[1])


def changes_of(
    replacements: Replacements,
    tagger: Tagger,
    words: Sequence[str],
    place: int,
    slopes: dict[str, Array],
    margin: float,
) -> list[Change]:
    """Return changes of the case of a word, and likely replacements from the vocabulary.

    slopes  the gradient of the margin with respect to the vectors of the word, by name
    margin  above 0
    """
    word = words[place]
    form = tagger.lexicon.flat([words]).words[place]
    old = _vectors(tagger, [form])
    base = sum(
        float(slopes[name][: each.shape[1]] @ old[name][0, : each.shape[1]])
        for name, each in replacements.vectors.items()
    )
    cases = [each for each in dict.fromkeys(to(word) for to in _CASES) if each != word]
    style = _style(word)
    likely = dict.fromkeys(style(each) for each in replacements.likely(slopes, margin - base))
    becomes = [*cases, *(each for each in likely if each != word and each not in cases)]
    if not becomes:
        return []
    new = _vectors(tagger, [_replaced(tagger, form, each) for each in becomes])
    steps = {name: new[name] - old[name] for name in new}
    estimates = np.sum([each @ slopes[name] for name, each in steps.items()], axis=0)
    squares = np.sum([(each**2).sum(-1) for each in steps.values()], axis=0)
    columns = zip(becomes, estimates.tolist(), np.sqrt(squares).tolist(), strict=True)
    return [
        Change(place, each, i < len(cases), estimate, distance)
        for i, (each, estimate, distance) in enumerate(columns)
    ]


def _vectors(tagger: Tagger, forms: Sequence[Form]) -> dict[str, Array]:
    """Return the vectors (forms, size) of words alone, by name."""
    features = {name: each[1:] for name, each in tagger.lexicon.features(forms).arrays().items()}
    network = tagger.network.vectors
    if network.contextual:  # estimated as if it stayed; what changes is found by tagging
        features["contextual"] = np.zeros((len(forms), network.contextual), np.float32)
    own = network.of_rows(network.rows(features), features)
    found = {} if own is None else {"words": own.read()}
    if tagger.net is not None:
        texts = [each if isinstance(each, str) else each.word for each in forms]
        found["subtokens"] = piece_means(tagger, texts)
    return found


def _replaced(tagger: Tagger, form: Form, word: str) -> Form:
    """Return a form with another word, in the same sentence."""
    if isinstance(form, str):
        return word
    if not tagger.lexicon.reads_neighbours:
        return form._replace(word=word, begun=word, ended=word)
    size = len(form.word)
    return form._replace(word=word, begun=word + form.begun[size:], ended=form.ended[:-size] + word)


def _style(word: str) -> Callable[[str], str]:
    """Return the function that writes a word in the case of another."""
    (number,) = capital_ids([word])
    return {"initial": str.capitalize, "upper": str.upper}.get(CAPITALS[number], str)
