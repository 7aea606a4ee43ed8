"""The explanation of a tag, as text, pages and pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.ner.explaining.explained import Explained
from chainrule.ner.explaining.explanation_html import fragment, page
from chainrule.ner.explaining.explanation_picture import draw
from chainrule.ner.explaining.explanation_text import coloured, written

if TYPE_CHECKING:
    from rich.text import Text


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Explained):
    """Why a word has a tag.

    sentence          the words of the sentence
    place             the number of the explained word, from 0
    predicted         the tags that the tagger gives the sentence, those of `Tagger.tags` (IOBES)
    chosen            the best sequence of tags with the explained tag
    runner_up         the best sequence with another tag of the word
    words             what the words that the network reads contribute
    baseline_score    the score of the tag at the baseline
    unexplained       score - baseline_score - the sum of the contributions
    baseline_margin   the margin of the network's scores at the baseline
    unexplained_margin
                      network_margin - baseline_margin - the sum of the contributions to it
    flip              the smallest change found of one word that changes the tag; None if none did
    tried             the number of changes that were tagged in search of it
    between_words     what joins words in a text: a blank, or nothing between characters
    """

    def __str__(self) -> str:
        return written(self)

    __repr__ = __str__

    def __rich__(self) -> Text:
        return coloured(self)

    def html(self) -> str:
        """Return a page of HTML that needs no other file, for light and dark screens."""
        return page([self])

    def _repr_html_(self) -> str:
        return fragment([self])

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure of matplotlib with a bar per word, of the score and of the margin.

        path  a .png, .svg or .pdf file that the figure is written to; None for no file

        Raises ModelError without matplotlib: pip install 'chainrule[plot]'.
        """
        return draw([self], path)
