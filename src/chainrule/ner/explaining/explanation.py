"""The explanation of a tag."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from chainrule.ner.explaining.flips import Flip
from chainrule.ner.explaining.parts import WordContribution
from chainrule.ner.explaining.routes import Route

if TYPE_CHECKING:
    from rich.text import Text


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
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

    sentence: tuple[str, ...]
    place: int
    predicted: tuple[str, ...]
    chosen: Route
    runner_up: Route
    words: tuple[WordContribution, ...]
    baseline_score: float
    unexplained: float
    baseline_margin: float
    unexplained_margin: float
    flip: Flip | None
    tried: int
    between_words: str = " "

    @property
    def word(self) -> str:
        """The explained word."""
        return self.sentence[self.place]

    @property
    def tag(self) -> str:
        """The explained tag."""
        return self.chosen.tag

    @property
    def is_predicted(self) -> bool:
        """Whether the explained tag is the one that the tagger gives."""
        return self.predicted[self.place] == self.tag

    @property
    def score(self) -> float:
        """The score of the tag on the word, from the network; transitions are not in it."""
        return self.chosen.own

    @property
    def margin(self) -> float:
        """By how much the best sequence with the tag is ahead of the best one with another tag."""
        return self.chosen.total - self.runner_up.total

    @property
    def network_margin(self) -> float:
        """The part of the margin that comes from scores of the network, on all words."""
        ours, theirs = self.chosen, self.runner_up
        return ours.own + ours.others - theirs.own - theirs.others

    @property
    def transition_margin(self) -> float:
        """The part of the margin that comes from start, transitions and end of the CRF."""
        return self.chosen.transitions - self.runner_up.transitions

    def __str__(self) -> str:
        from chainrule.ner.explaining.explanation_text import written

        return written(self)

    __repr__ = __str__

    def __rich__(self) -> Text:
        from chainrule.ner.explaining.explanation_text import coloured

        return coloured(self)

    def html(self) -> str:
        """Return a page of HTML that needs no other file, for light and dark screens."""
        from chainrule.ner.explaining.explanation_html import page

        return page([self])

    def _repr_html_(self) -> str:
        from chainrule.ner.explaining.explanation_html import fragment

        return fragment([self])

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure of matplotlib with a bar per word, of the score and of the margin.

        path  a .png, .svg or .pdf file that the figure is written to; None for no file

        Raises ModelError without matplotlib: pip install 'chainrule[plot]'.
        """
        from chainrule.ner.explaining.explanation_picture import draw

        return draw([self], path)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as dicts, lists, strings and numbers, as for JSON."""
        found = asdict(self)
        found["chosen"]["total"], found["runner_up"]["total"] = (
            self.chosen.total,
            self.runner_up.total,
        )
        names = ("word", "tag", "score", "margin", "network_margin", "transition_margin")
        return {name: getattr(self, name) for name in names} | found
