"""What an explanation of a tag knows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from chainrule.ner.explaining.flips import Flip
from chainrule.ner.explaining.parts import WordContribution
from chainrule.ner.explaining.routes import Route


@dataclass(frozen=True, eq=False, repr=False)
class Explained:
    """Why a word has a tag, in numbers; `Explanation` says what the fields are."""

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

    def as_dict(self) -> dict[str, Any]:
        """Return everything as dicts, lists, strings and numbers, as for JSON."""
        found = asdict(self)
        found["chosen"]["total"], found["runner_up"]["total"] = (
            self.chosen.total,
            self.runner_up.total,
        )
        names = ("word", "tag", "score", "margin", "network_margin", "transition_margin")
        return {name: getattr(self, name) for name in names} | found
