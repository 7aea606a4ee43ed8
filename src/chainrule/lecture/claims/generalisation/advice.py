"""How much labelled data pays for fine-tuning: word vectors frozen, fine-tuned, and drawn anew.

CS224n lecture 4: freeze the vectors if the labelled set has under about 100,000 words, fine-tune
them over about 1 million. A network with a hidden layer learns the class of words of an invented
language of 4,000 words. Four fifths of the variance of the score of a class are linear in the
vector, the rest is the word's own. Frequencies fall with the rank, as in text, so that a small
labelled set has few of the words. Test words are drawn as labelled ones are. The sizes at which the
curves cross are those of this language, and not those of the notes.
"""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.labelled_words import Use, accuracy, language

SIZES = (100, 400, 1600, 6400, 25_600)
LANGUAGES = 3
USES: tuple[Use, ...] = get_args(Use)


@claim("With few labelled words frozen word vectors are better, with many fine-tuned ones.")
def advice() -> Outcome:
    found = {use: _accuracies(use) for use in USES}
    frozen, tuned, retrained = (found[use][..., 0].mean(axis=1) for use in USES)
    gain = (found["fine-tune"] - found["freeze"])[..., 0]
    unseen = [found[use][0, :, 1].mean() for use in USES]
    return Outcome(
        figures={
            f"{size:,} labelled words": f"{frozen[i]:.1%} right with frozen vectors, "
            f"{tuned[i]:.1%} fine-tuned, {retrained[i]:.1%} retrained"
            for i, size in enumerate(SIZES)
        }
        | {
            f"words not among the {SIZES[0]}": f"{unseen[0]:.1%} right with frozen vectors, "
            f"{unseen[1]:.1%} fine-tuned, {unseen[2]:.1%} retrained",
            "fine-tuned better than frozen": _from(tuned > frozen),
            "retrained better than frozen": _from(retrained > frozen),
            "retrained better than fine-tuned": _from(retrained > tuned),
        },
        held=bool(np.all(gain[0] < 0) and np.all(gain[-1] > 0)),
        because=f"fine-tuning changes the share of right words by {gain[0].mean():+.1%} "
        f"({gain[0].min():+.1%} to {gain[0].max():+.1%}) with {SIZES[0]} labelled words, by "
        f"{gain[-1].mean():+.1%} ({gain[-1].min():+.1%} to {gain[-1].max():+.1%}) with "
        f"{SIZES[-1]:,}",
        draw=lambda figure: _draw(figure, found),
    )


def _accuracies(use: Use) -> Array:
    """Return the accuracy on all words and on unseen ones, (sizes, languages, 2)."""
    languages = [language(seed) for seed in range(LANGUAGES)]
    rows = [[accuracy(of, size, use, i) for i, of in enumerate(languages)] for size in SIZES]
    return np.array([[(each.all, each.unseen) for each in row] for row in rows])


def _from(is_better: Array) -> str:
    """Return from which size on something is so."""
    if not is_better[-1]:
        return "with none of these sizes" if not is_better.any() else "not with the largest"
    first = len(SIZES) - int(np.argmin(is_better[::-1])) if not is_better.all() else 0
    return f"from {SIZES[first]:,} labelled words on"


def _draw(figure: Any, found: dict[Use, Array]) -> None:
    axes = figure.subplots()
    for use, each in found.items():
        shares = 100 * each[..., 0]
        (line,) = axes.plot(SIZES, shares.mean(axis=1), marker="o", label=use)
        axes.fill_between(
            SIZES, shares.min(axis=1), shares.max(axis=1), color=line.get_color(), alpha=0.2, lw=0
        )
    axes.set(xscale="log", xlabel="labelled words", ylabel="test words whose class is right, %")
    axes.set_xticks(SIZES, [f"{each:,}" for each in SIZES])
    axes.minorticks_off()
    axes.legend(title="mean and range of three languages")
