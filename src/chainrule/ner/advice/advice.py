"""Advice on word vectors: figures of a corpus, rules, trainings, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult

from chainrule.ner.advice import tables
from chainrule.ner.advice.corpus_figures import CorpusFigures
from chainrule.ner.advice.coverage import Coverage, HeldOut, Similarity
from chainrule.ner.advice.recommendation import Recommendation
from chainrule.ner.advice.rules import Rule
from chainrule.ner.advice.trial import Trial

_WIDTH = 100  # columns of an advice as a string


@dataclass(frozen=True)
class Advice:
    """What to do with word vectors for a corpus, and why.

    corpus          the sizes of the labelled set
    coverage        which of its words have a vector; None without vectors
    similarity      frequencies compared with ranks in the file of vectors; None without vectors,
                    without known words, and for a file in alphabetical order
    held_out        words of held-out sentences that are not in the others; None if the set is too
                    small to hold some out
    split           whether the held-out sentences are the last tenth of the labelled set
    rules           the rules of the lecture notes, applied
    trial           the trainings that were compared; None if none were
    recommendation  the choice with its reasons
    """

    corpus: CorpusFigures
    coverage: Coverage | None
    similarity: Similarity | None
    held_out: HeldOut | None
    split: bool
    rules: tuple[Rule, ...]
    trial: Trial | None
    recommendation: Recommendation

    def __str__(self) -> str:
        text = StringIO()
        Console(file=text, width=_WIDTH).print(self)
        return "\n".join(map(str.rstrip, text.getvalue().splitlines()))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.measured()
        yield ""
        yield from self.decided()

    def measured(self) -> RenderResult:
        """Yield figures and rules, for a console of rich."""
        yield tables.figures(self.corpus, self.coverage, self.similarity, self.held_out, self.split)
        yield ""
        yield tables.of_rules(self.rules)

    def decided(self) -> RenderResult:
        """Yield the trainings and what follows from everything, for a console of rich."""
        if self.trial is not None:
            yield tables.of_trial(self.trial)
            yield ""
        yield tables.of_recommendation(self.recommendation)

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        parts = {
            "labelled": self.corpus,
            "coverage": self.coverage,
            "similarity": self.similarity,
            "held_out": self.held_out,
            "trial": self.trial,
            "recommendation": self.recommendation,
        }
        found = {name: None if each is None else each.as_dict() for name, each in parts.items()}
        return {
            **found,
            "rules": [each.as_dict() for each in self.rules],
            "held_out_is_last_tenth": self.split,
        }
