"""Explains the tag of a word: what decided it, what the runner-up lacks, and what would flip it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, get_args

import numpy as np

import chainrule as cr
from chainrule.explore import Contributions, gradient_times_input, integrated_gradients
from chainrule.ner.errors import ModelError
from chainrule.ner.explaining.explanation import Explanation
from chainrule.ner.explaining.flips import smallest_flip
from chainrule.ner.explaining.parts import by_word
from chainrule.ner.explaining.routes import Route, routes_through, weights_between
from chainrule.ner.explaining.sentence_rows import (
    Baseline,
    SentenceRows,
    baseline_rows,
    score_of_rows,
    score_of_vectors,
    sentence_rows,
    vectors_of,
)
from chainrule.ner.explaining.word_changes import Replacements
from chainrule.ner.tagger import Tagger
from chainrule.text import OUTSIDE, require_sentences
from chainrule.train.evaluation import in_mode

Array = np.ndarray[Any, Any]
Method = Literal["integrated gradients", "gradient times input"]
_AT_ONCE = 9  # points of the path: a part halved needs eight, and one for the score between
_MOST_POINTS = 1 << 15


@dataclass(frozen=True)
class _Attribution:
    """How contributions are computed."""

    method: Method
    baseline: Baseline
    tolerance: float

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ModelError(
                f"method={self.method!r} was given. Give 'integrated gradients' or 'gradient times "
                "input'."
            )
        if not self.tolerance > 0:
            raise ModelError(f"tolerance={self.tolerance!r} was given. Give a number above 0.")

    def __call__(
        self, tagger: Tagger, read: SentenceRows, weights: Array, size: float
    ) -> Contributions:
        """Return the contributions of rows to a weighted sum of scores.

        size  the largest absolute score that takes part; the tolerance is relative to it where the
              sum is smaller, since the error of a difference is that of its terms
        """
        score = score_of_rows(tagger, read, weights)
        start = baseline_rows(tagger, read, self.baseline)
        if self.method == "gradient times input":
            return gradient_times_input(score, read.rows, start)
        last, first = (float(score(each).read()) for each in (read.rows, start))
        largest = max(abs(last), abs(first), abs(last - first))
        return integrated_gradients(
            score,
            read.rows,
            start,
            tolerance=self.tolerance * max(1.0, size / largest if largest else 1.0),
            max_points=_MOST_POINTS,
            at_once=_AT_ONCE,
        )


def explain(
    tagger: Tagger,
    text: str | Sequence[str],
    word: int | str | None = None,
    tag: str | None = None,
    *,
    baseline: Baseline = "padding",
    method: Method = "integrated gradients",
    tolerance: float = 1e-3,
    flips: bool = True,
) -> list[Explanation]:
    """Return an explanation of the tag of a word, or of every word of an entity.

    text       a text, or the words of one sentence
    word       the number of a word of the text, from 0, or the word itself; None for all words
               whose tag is not "O"
    tag        the tag to explain, one of `Tagger.tags` (IOBES); None for the predicted one
    baseline   what the words are compared with: rows of the "padding" outside a sentence, or
               rows of "zeros"
    method     "integrated gradients", whose sum is checked, or "gradient times input", an estimate
               from one gradient, of which `Explanation.unexplained` says what it misses
    tolerance  of integrated gradients: the largest error of a sum, relative to the largest of the
               scores that take part, of the explained one, and of that at the baseline
    flips      False leaves out the search for a change of one word that flips the tag

    Contributions are those of the rows of all tables. Raises ModelError for words, tags, baselines
    and methods that there are not, and for a tolerance that is not above 0; CompletenessError
    if contributions miss the score by more than the tolerance; SentenceError for a text that is
    neither a str nor words.
    """
    sentences = tagger.split(text) if isinstance(text, str) else require_sentences([text])
    asked = _asked(tagger, sentences, word)
    attributed = _Attribution(method, baseline, tolerance)
    replacements = Replacements(tagger) if flips and asked else None
    with in_mode(tagger.network, False):
        return [
            _explained(tagger, sentences[i], place, tag, attributed, replacements)
            for i, place in asked
        ]


def _asked(
    tagger: Tagger, sentences: Sequence[Sequence[str]], word: int | str | None
) -> list[tuple[int, int]]:
    """Return the sentence and the place in it of every word that is to be explained."""
    places = [(i, place) for i, words in enumerate(sentences) for place in range(len(words))]
    if word is None:
        tags = tagger.tag(sentences)
        return [(i, place) for i, place in places if tags[i][place] != OUTSIDE]
    if isinstance(word, str):
        found = [each for each in places if sentences[each[0]][each[1]] == word]
        if len(found) != 1:
            numbers = ", ".join(str(places.index(each)) for each in found)
            raise ModelError(
                f"The word {word!r} was asked for, and the text has "
                + (
                    f"it {len(found)} times. Give one of its numbers: {numbers}."
                    if found
                    else f"no such word. Its words are: {_listed(sentences)}."
                )
            )
        return found
    if isinstance(word, bool | np.bool):
        raise ModelError(
            f"The word {word} was asked for, a truth value. Give the number of a word, from 0, or "
            "the word itself."
        )
    if not isinstance(word, Integral) or not 0 <= word < len(places):
        raise ModelError(
            f"The word number {word!r} was asked for, and the text has {len(places)} words. Give a "
            f"number from 0 to {len(places) - 1}."
            if places
            else "A word was asked for, and the text has no words. Give a text with words."
        )
    return [places[word]]


def _listed(sentences: Sequence[Sequence[str]], most: int = 12) -> str:
    words = [each for words in sentences for each in words]
    return " ".join(words[:most]) + (" …" if len(words) > most else "")


def _explained(
    tagger: Tagger,
    words: Sequence[str],
    place: int,
    tag: str | None,
    attributed: _Attribution,
    replacements: Replacements | None,
) -> Explanation:
    scores, rules = tagger.sequence_scores(words)
    routes = routes_through(scores, rules, place, tagger.tags)
    predicted = routes[0]
    chosen = predicted if tag is None else _route_of(tag, routes, tagger)
    other = next((each for each in routes if each is not chosen), None)
    if other is None:
        raise ModelError(
            f"The tagger has only the tag {chosen.tag!r} for the word {words[place]!r}, so that "
            "nothing decides it. Train it on data with entities."
        )
    weights = weights_between(chosen, other, tagger.tags)
    own = np.zeros_like(weights)
    own[place, tagger.tags.index(chosen.tag)] = 1
    differing = np.append(np.flatnonzero(weights.any(axis=1)), place)
    read = sentence_rows(tagger, words, int(differing.min()), int(differing.max()))
    size = float(np.abs(scores[weights != 0]).max())
    value = attributed(tagger, read, own, size)
    between = attributed(tagger, read, weights, size)
    ahead = weights if chosen is predicted else -weights
    flip, tried = None, 0
    if replacements is not None:
        slopes = _slopes(tagger, read, ahead)
        wanted = None if chosen is predicted else chosen.tag
        margin = abs(chosen.total - other.total)
        flip, tried = smallest_flip(
            replacements, tagger, words, place, wanted, read, slopes, margin
        )
    return Explanation(
        tuple(words),
        place,
        predicted.tags,
        chosen,
        other,
        by_word(tagger, words, read, value.values, between.values),
        value.baseline_score,
        value.unexplained,
        between.baseline_score,
        between.unexplained,
        flip,
        tried,
        "" if tagger.units == "characters" else " ",
    )


def _route_of(tag: str, routes: Sequence[Route], tagger: Tagger) -> Route:
    for route in routes:
        if route.tag == tag:
            return route
    if tag in tagger.tags:
        raise ModelError(
            f"The tag {tag!r} was asked for, and no sequence of tags of this sentence has it "
            f"there. Possible are: {', '.join(each.tag for each in routes)}."
        )
    raise ModelError(
        f"The tag {tag!r} was asked for. The tagger has {', '.join(tagger.tags)}; S is an entity "
        "of one word, B, I and E begin, continue and end one."
    )


def _slopes(tagger: Tagger, read: SentenceRows, weights: Array) -> dict[str, Array]:
    """Return the gradient of the weighted scores with respect to the vectors that are encoded."""
    vectors = vectors_of(tagger, read, read.rows)
    found = cr.grad(score_of_vectors(tagger, read, weights))(
        {name: cr.asarray(each).read() for name, each in vectors.items()}
    )
    return {name: np.asarray(each.read(), np.float64) for name, each in found.items()}
