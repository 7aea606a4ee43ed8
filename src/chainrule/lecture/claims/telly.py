"""A pitfall of fine-tuning: the vectors of TV and telly move, that of television does not.

CS224n lecture 4. Twelve things have three names each, near each other in pretrained space, which is
drawn at random, in two dimensions. A net with one hidden layer learns from two of the names whether
a thing is good or bad; the third name is the test. Accuracies are means over ten such spaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.word_map import draw_map, draw_moves, draw_name
from chainrule.lecture.words import UNSEEN, moves, to_other_names, words

SEEN, SPACES = ~UNSEEN, 10


@dataclass(frozen=True)
class TrainedVectors:
    """A net, word vectors before and after training, (words, 2), and labels, 1 for good."""

    net: cr.nn.Sequential
    before: Array
    after: Array
    labels: Array

    @property
    def right(self) -> Array:
        """Whether each word is classified correctly."""
        return np.asarray(cr.argmax(self.net(self.after), axis=1) == self.labels)

    @property
    def moved(self) -> Array:
        """The distance that each word has moved."""
        return np.asarray(np.linalg.norm(self.after - self.before, axis=1))


@claim("Fine-tuned on a small set, TV and telly move away, and television is left behind.")
def telly() -> Outcome:
    frozen = [_trained(seed, frozen=True) for seed in range(SPACES)]
    tuned = [_trained(seed, frozen=False) for seed in range(SPACES)]
    line = [_trained(seed, frozen=True, hidden=False) for seed in range(SPACES)]
    tuned_line = [_trained(seed, frozen=False, hidden=False) for seed in range(SPACES)]
    kept, lost, learnt = _right(frozen, UNSEEN), _right(tuned, UNSEEN), _right(tuned, SEEN)
    first = tuned[0]
    moved, stayed = (first.moved[SEEN] > 0).sum(), (first.moved[UNSEEN] == 0).sum()
    near, far = (to_other_names(each)[UNSEEN].mean() for each in (first.before, first.after))
    return Outcome(
        text=moves(first.before, first.after),
        figures={
            "rows that moved": f"{moved} of {SEEN.sum()} of names trained on, "
            f"{UNSEEN.sum() - stayed} of {UNSEEN.sum()} of third names",
            "third name to the others": f"{near:.2f} before, {far:.2f} after, on average",
            "names trained on": f"{_right(frozen, SEEN):.0%} right with frozen vectors, "
            f"{learnt:.0%} fine-tuned",
            "third names": f"{kept:.0%} right with frozen vectors, {lost:.0%} fine-tuned",
            "third names, no hidden layer": f"{_right(line, UNSEEN):.0%} right with frozen "
            f"vectors, {_right(tuned_line, UNSEEN):.0%} fine-tuned: a line fits few anyway",
        },
        held=bool(
            moved == SEEN.sum() and stayed == UNSEEN.sum() and far > 3 * near and kept > lost + 0.1
        ),
        because=f"fine-tuned, {learnt:.0%} of the names trained on are right, and {lost:.0%} of "
        f"the third names; with frozen vectors {kept:.0%} of these",
        draw=lambda figure: _draw(figure, frozen[0], first),
    )


def _trained(seed: int, frozen: bool, hidden: bool = True) -> TrainedVectors:
    random = np.random.default_rng(seed)
    vectors, labels = words(random)
    table = cr.nn.Embedding.from_vectors(vectors, frozen=frozen)
    body: list[Any] = [cr.nn.Linear(2, 32, random=random), cr.tanh] if hidden else []
    net = cr.nn.Sequential(*body, cr.nn.Linear(32 if hidden else 2, 2, random=random))
    model, data = cr.nn.Sequential(table, net), (np.flatnonzero(SEEN), labels[SEEN])
    optimizer = cr.optim.SGD(model, 0.3)
    cr.train.fit(model, optimizer, cr.nn.cross_entropy, data, epochs=400, progress=False)
    return TrainedVectors(net, vectors, table.weight.read().copy(), labels)


def _right(found: list[TrainedVectors], which: Array) -> float:
    return float(np.mean([each.right[which] for each in found]))


def _draw(figure: Any, frozen: TrainedVectors, tuned: TrainedVectors) -> None:
    left, right = figure.subplots(1, 2)
    for axes, found, title in ((left, frozen, "frozen vectors"), (right, tuned, "fine-tuned")):
        draw_map(axes, found.after, found.labels, UNSEEN, found.net)
        axes.set(title=title)
    draw_moves(right, tuned.before, tuned.after)
    draw_name(left, "TV, telly, television", frozen.after[2], (-0.6, -2.2))
    draw_name(right, "TV, telly", tuned.after[0], (-2.4, 1.6))
    draw_name(right, "television", tuned.after[2], (0.3, -1.7))
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
