"""What fine-tuning moved: the vectors of a file before and after the training of a tagger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.ner.errors import ModelError
from chainrule.ner.settings import Settings
from chainrule.ner.tagger import Tagger
from chainrule.text import UNKNOWN_ID
from chainrule.text.vectors import Movement, WordVectors, movement


@dataclass(frozen=True)
class FineTuning:
    """What the training of a tagger did to the vectors of a file.

    movement  of the words of the file: the vector that was given, and that plus the learned one
    shared    the length of the learned vector of the unknown word, which is added to the vector of
              every word that is not in the training data; the movement leaves it out
    """

    movement: Movement
    shared: float

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {**self.movement.as_dict(), "added_to_words_not_in_training_data": self.shared}

    def text(self, count: int = 10) -> str:
        """Return a report with at most `count` words of each kind."""
        return (
            f"{self.movement.text(count)}\n\nwords that are not in the training data share a "
            f"learned vector of length {self.shared:.3g}, which is left out above"
        )


def fine_tuning(tagger: Tagger) -> FineTuning:
    """Compare the given vectors of a tagger with those that its network reads after training.

    Raises ModelError if it has no given vectors, or if they were frozen.
    """
    given = tagger.lexicon.vectors
    require_fine_tuning(tagger.settings, given is not None)
    words = tagger.network.vectors.words
    assert given is not None
    assert words is not None
    learned = np.array(words.weight.read())
    shared = float(np.linalg.norm(learned[UNKNOWN_ID]))
    learned[UNKNOWN_ID] = 0
    moves = learned[tagger.vocabulary.ids(given.words.words)]
    after = WordVectors(given.words, given.table + moves)
    return FineTuning(movement(given, after), shared)


def require_fine_tuning(settings: Settings, given: bool) -> None:
    """Raise ModelError unless training changes vectors of a file.

    given  whether there are vectors of a file
    """
    if not given:
        raise ModelError(
            "A report of movement was requested, but the tagger has no vectors of a file that "
            "training could move. Give --vectors FILE."
        )
    if settings.vectors_mode != "fine-tune":
        raise ModelError(
            f"A report of movement was requested, but it compares vectors before and after "
            f"fine-tuning, and the mode is {settings.vectors_mode}. Give --vectors-mode fine-tune."
        )
