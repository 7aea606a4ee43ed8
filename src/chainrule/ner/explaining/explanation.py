"""The explanation of a tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.ner.explaining.flips import Flip
from chainrule.ner.explaining.parts import WordContribution
from chainrule.ner.explaining.routes import Route


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
