"""Reliability: how often entities are right, by the confidence that the tagger has in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from chainrule import ChainruleError
from chainrule.ner.calibration import fitted
from chainrule.ner.tagger import Tagger
from chainrule.storage import write_atomically
from chainrule.storage.paths import AnyPath
from chainrule.text import Sentence, require_labelled, spans

_BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """The entities with a confidence from `low` to `high`.

    count       their number
    confidence  their mean confidence, 0 to 1
    right       the share of them that is right
    """

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Reliability:
    """How often predicted entities are right, by confidence.

    bins   ten bins of confidence, without empty ones
    error  the expected calibration error, 0 to 1: the mean, over entities, of the difference of
           confidence and share of right ones of their bin
    brier  the mean squared difference of confidence and being right (0 or 1)
    """

    bins: tuple[ReliabilityBin, ...]
    error: float
    brier: float

    @property
    def count(self) -> int:
        """The number of predicted entities."""
        return sum(each.count for each in self.bins)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as values of JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """Return a table of the bins, and the errors."""
        rows = [
            f"{each.low:.1f} to {each.high:.1f}  {each.count:8d}  {each.confidence:10.3f}  "
            f"{each.right:5.3f}"
            for each in self.bins
        ]
        return "\n".join(
            [
                "confidence  entities  mean of it  right",
                *rows,
                f"expected calibration error {self.error:.4f}; Brier score {self.brier:.4f}; "
                f"{self.count} entities",
            ]
        )


def reliability_of(confidences: Sequence[float], is_right: Sequence[bool]) -> Reliability:
    """Return the reliability of entities with these confidences."""
    sure, right = np.array(confidences, np.float64), np.array(is_right, np.float64)
    places = np.minimum((sure * _BINS).astype(np.int64), _BINS - 1)
    bins = tuple(
        ReliabilityBin(
            i / _BINS,
            (i + 1) / _BINS,
            int((places == i).sum()),
            float(sure[places == i].mean()),
            float(right[places == i].mean()),
        )
        for i in np.unique(places).tolist()
    )
    weights = max(len(sure), 1)
    error = sum(each.count * abs(each.confidence - each.right) for each in bins) / weights
    return Reliability(bins, float(error), float(((sure - right) ** 2).sum() / weights))


def reliability(tagger: Tagger, sentences: Sequence[Sentence]) -> Reliability:
    """Return how often the entities that a tagger finds in labelled sentences are right.

    An entity is right if its first word, its last word and its type are those of the data.
    """
    return reliability_of(*judged(tagger, sentences))


def calibrate(tagger: Tagger, sentences: Sequence[Sentence]) -> bool:
    """Fit the calibration of a tagger to held-out sentences; return whether it was.

    Fewer than 20 predicted entities are too few: the tagger is then as without calibration.
    """
    tagger.calibration = None
    tagger.calibration = fitted(*judged(tagger, sentences))
    return tagger.calibration is not None


def judged(tagger: Tagger, sentences: Sequence[Sentence]) -> tuple[list[float], list[bool]]:
    """Return the confidence of every entity that is found, and whether it is right."""
    sentences = require_labelled(sentences)
    confidences, is_right = [], []
    answers = tagger.answers([each.words for each in sentences])
    for each, (tags, own) in zip(sentences, answers, strict=True):
        gold = {*spans(each.tags)}
        confidences += own
        is_right += [span in gold for span in spans(tags)]
    return confidences, is_right


def draw_reliability(found: Reliability, path: AnyPath) -> None:
    """Draw the reliability diagram as a picture, atomically.

    Raises ChainruleError without matplotlib, which the extra "plot" installs.
    """
    if find_spec("matplotlib") is None:
        raise ChainruleError(
            "A reliability diagram was asked for, and matplotlib is not installed. Install it: "
            "pip install 'chainrule[plot]'."
        )
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="confidence", ylabel="share of right entities")
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="perfectly calibrated")
    axes.plot(
        [each.confidence for each in found.bins],
        [each.right for each in found.bins],
        marker="o",
        label=f"{found.count} entities, error {found.error:.3f}",
    )
    for each in found.bins:
        axes.annotate(
            str(each.count),
            (each.confidence, each.right),
            xytext=(5, -10),
            textcoords="offset points",
            fontsize=7,
        )
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend(loc="upper left")
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=150))
