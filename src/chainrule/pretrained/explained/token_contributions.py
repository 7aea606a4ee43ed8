"""What the tokens of a text contribute to a score of a pretrained network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.explained.contribution_picture import draw_contributions
from chainrule.pretrained.explained.contribution_text import bar_lines, coloured_html, coloured_text

if TYPE_CHECKING:
    from rich.text import Text


@dataclass(frozen=True, eq=False, repr=False)
class TokenContributions:
    """Contributions of tokens to a score; printed in plain text, by rich and notebooks in colours.

    tokens          the tokens as text, special ones included, or words
    values          float64 (tokens,): the contribution of each, 0 for special tokens
    spans           (tokens, 2) integers: the first character of each in its text, and the one after
                    the last
    owners          (tokens,) integers: 0 for the text, 1 for the second text, -1 for special tokens
    word_numbers    (tokens,) integers: the number of the word in its text, -1 for special tokens
    texts           the text, or the text and the second text of a pair
    title           what the score is, such as "logit of POS"
    score           the score of the text
    baseline_score  the score of the baseline
    points          the number of points of the path at which the gradient was computed
    """

    tokens: tuple[str, ...]
    values: Array
    spans: Array
    owners: Array
    word_numbers: Array
    texts: tuple[str, ...]
    title: str
    score: float
    baseline_score: float
    points: int

    @property
    def total(self) -> float:
        """The sum of all contributions."""
        return float(self.values.sum())

    @property
    def unexplained(self) -> float:
        """The change of the score that the sum misses: score - baseline_score - total."""
        return self.score - self.baseline_score - self.total

    def words(self) -> TokenContributions:
        """Return the contributions of words: the sums over their tokens, with their spans."""
        groups = list(self._words())
        first = [each[0] for each in groups]
        spans = [(self.spans[each[0]][0], self.spans[each[-1]][1]) for each in groups]
        return replace(
            self,
            tokens=tuple(self._word(each) for each in groups),
            values=np.array([self.values[each].sum() for each in groups]),
            spans=np.array(spans),
            owners=self.owners[first],
            word_numbers=self.word_numbers[first],
        )

    def __str__(self) -> str:
        return "\n".join([self._heading, *bar_lines(self.tokens, self.values)])

    __repr__ = __str__

    def __rich__(self) -> Text:
        return coloured_text(self._heading, self._segments, self._largest)

    def html(self) -> str:
        """Return the texts as HTML: blue for the score, orange against it; titles have numbers."""
        return coloured_html(self._heading, self._segments, self._largest)

    _repr_html_ = html

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure of matplotlib with a bar per token.

        path  a .png, .svg or .pdf file that the figure is written to; None for no file

        Raises PretrainedError without matplotlib: pip install 'chainrule[plot]'.
        """
        return draw_contributions(self.tokens, self.values, self._heading, path)

    @property
    def _heading(self) -> str:
        return (
            f"{self.title}: {self.score:.4g}, {self.baseline_score:.4g} at the baseline; "
            f"contributions sum to {self.total:.4g}"
        )

    @property
    def _largest(self) -> float:
        return float(np.abs(self.values).max(initial=0)) or 1.0

    def _words(self) -> Iterator[list[int]]:
        """Yield the positions of the tokens of every word; a special token is a word."""
        keys = [
            (owner, word) if owner >= 0 else (-1, -1 - i)
            for i, (owner, word) in enumerate(zip(self.owners, self.word_numbers, strict=True))
        ]
        for _, group in groupby(range(len(keys)), keys.__getitem__):
            yield list(group)

    def _word(self, places: list[int]) -> str:
        if len(places) == 1:
            return self.tokens[places[0]]
        text = self.texts[int(self.owners[places[0]])]
        return text[int(self.spans[places[0]][0]) : int(self.spans[places[-1]][1])].strip()

    @property
    def _segments(self) -> list[list[tuple[str, float]]]:
        """For each text its parts, in order, with their contributions, 0 between tokens."""
        return [self._parts(number) for number in range(len(self.texts))]

    def _parts(self, number: int) -> list[tuple[str, float]]:
        text, place = self.texts[number], 0
        found: list[tuple[str, float]] = []
        for i in np.flatnonzero(self.owners == number):
            begin, end = map(int, self.spans[i])
            if begin < place and found:  # a part of the character before
                found[-1] = found[-1][0], found[-1][1] + float(self.values[i])
                continue
            found += [(text[place:begin], 0.0)] if begin > place else []
            found.append((text[begin:end], float(self.values[i])))
            place = max(place, end)
        return [*found, (text[place:], 0.0)]
