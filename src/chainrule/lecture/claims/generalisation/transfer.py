"""What to train on top of a pretrained net depends on the size of the data and its similarity.

The rule of the notes: few samples that are similar to what the net was pretrained on, a new
classifier; few that are different, augment them; many similar ones, the last layers; many different
ones, train everything anew.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.lecture.bars import draw_bars
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.transferred import LARGE, SMALL, WAYS, accuracy, pretrained
from chainrule.transfer import RULE, margin

_SEEDS, _POINT = 3, 0.01
_SIZES = {"small": SMALL, "large": LARGE}
Case = tuple[str, str]


@claim(
    "New classifier, last layers, augmentation or everything anew: size and similarity of the "
    "data decide."
)
def transfer() -> Outcome:
    source = pretrained()
    found: dict[Case, dict[str, Array]] = {
        (size, kind): {
            name: np.array(
                [
                    accuracy(source, way, _SIZES[size], kind == "similar", seed)
                    for seed in range(_SEEDS)
                ]
            )
            for name, way in WAYS.items()
        }
        for size, kind in product(_SIZES, ("similar", "different"))
    }
    beaten = [case for case, figures in found.items() if _is_beaten(figures, RULE[case])]
    return Outcome(
        figures={_named(case): _text(figures, RULE[case]) for case, figures in found.items()},
        held=not beaten,
        because=f"what the rule says is the best, or at most a point or the spread of {_SEEDS} "
        f"seeds below it, in {len(found) - len(beaten)} of {len(found)} cases",
        draw=lambda figure: _draw(figure, found),
    )


def _is_beaten(figures: dict[str, Array], rule: str) -> bool:
    """Return whether another way is better by a point and by more than the uncertainty."""
    margins = (margin(each, figures[rule]) for name, each in figures.items() if name != rule)
    return any(difference > max(uncertainty, _POINT) for difference, uncertainty in margins)


def _named(case: Case) -> str:
    size, kind = case
    return f"{_SIZES[size]:,} {kind} samples"


def _text(figures: dict[str, Array], rule: str) -> str:
    ranking = sorted(figures, key=lambda name: -figures[name].mean())
    shown = (f"{name}{'*' if name == rule else ''} {_mean(figures[name])}" for name in ranking)
    return ", ".join(shown)


def _mean(accuracies: Array) -> str:
    return f"{accuracies.mean():.1%} ± {accuracies.std(ddof=1):.1%}"


def _draw(figure: Any, found: dict[Case, dict[str, Array]]) -> None:
    places = figure.subplots(2, 2).flat
    for axes, (case, figures) in zip(places, found.items(), strict=True):
        means = [float(100 * each.mean()) for each in figures.values()]
        colours = ["C1" if name == RULE[case] else "C0" for name in figures]
        texts = [_mean(each).replace("%", "") for each in figures.values()]
        draw_bars(axes, [*figures], means, texts, color=colours)
        axes.set(title=_named(case), xlabel="right answers, %; orange: the rule")
