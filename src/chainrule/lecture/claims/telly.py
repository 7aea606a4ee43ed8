"""The pitfall of fine-tuning: TV and telly learn, television is left behind.

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

NAMES = (
    "TV telly television film movie picture car auto automobile phone mobile telephone sofa couch "
    "settee lift elevator hoist taxi cab minicab shop store boutique kid child youngster job post "
    "occupation plane jet aeroplane ad commercial advertisement"
)
WORDS = np.array(NAMES.split())
IDS = np.arange(len(WORDS))
UNSEEN = IDS % 3 == 2
SPACES = 10


@dataclass(frozen=True)
class Found:
    """A trained net, of vectors; the vectors before and after, (words, 2); good words have 1."""

    net: cr.nn.Sequential
    before: Array
    after: Array
    labels: Array

    @property
    def right(self) -> Array:
        """Whether each word is classified right."""
        return np.asarray(cr.argmax(self.net(self.after), axis=1) == self.labels)

    @property
    def moved(self) -> Array:
        """How far each word has moved."""
        return np.asarray(np.linalg.norm(self.after - self.before, axis=1))


@claim("D5", "Fine-tuned on a small set, TV and telly move away, and television is left behind.")
def telly() -> Outcome:
    frozen = [_trained(seed, frozen=True) for seed in range(SPACES)]
    tuned = [_trained(seed, frozen=False) for seed in range(SPACES)]
    lines = [
        [_trained(seed, frozen=each, hidden=False) for seed in range(SPACES)]
        for each in (True, False)
    ]
    kept, lost, learnt = _right(frozen, UNSEEN), _right(tuned, UNSEEN), _right(tuned, ~UNSEEN)
    first = tuned[0]
    near, far = (_to_the_others(vectors)[UNSEEN].mean() for vectors in (first.before, first.after))
    return Outcome(
        text=_table(first),
        figures={
            "rows that moved": f"{(first.moved[~UNSEEN] > 0).sum()} of {(~UNSEEN).sum()} of names "
            f"trained on, {(first.moved[UNSEEN] > 0).sum()} of {UNSEEN.sum()} of third names",
            "third name to the others": f"{near:.2f} before, {far:.2f} after, on average",
            "names trained on": f"{_right(frozen, ~UNSEEN):.0%} right with frozen vectors, "
            f"{learnt:.0%} fine-tuned",
            "third names": f"{kept:.0%} right with frozen vectors, {lost:.0%} fine-tuned",
            "third names, no hidden layer": f"{_right(lines[0], UNSEEN):.0%} right with frozen "
            f"vectors, {_right(lines[1], UNSEEN):.0%} fine-tuned: a straight line fits few anyway",
        },
        held=bool(
            first.moved[~UNSEEN].all()
            and not first.moved[UNSEEN].any()
            and far > 3 * near
            and kept > lost + 0.1
        ),
        because=f"fine-tuned, {learnt:.0%} of the names trained on are right, and {lost:.0%} of "
        f"the third names; with frozen vectors {kept:.0%} of these",
        draw=lambda figure: _draw(figure, frozen[0], first),
    )


def _trained(seed: int, frozen: bool, hidden: bool = True) -> Found:
    random = np.random.default_rng(seed)
    things = random.normal(size=(len(WORDS) // 3, 2)).repeat(3, axis=0)
    vectors = (things + random.normal(0, 0.1, things.shape)).astype(np.float32)
    labels = (random.permutation(len(WORDS) // 3) % 2).repeat(3)
    table = cr.nn.Embedding.from_vectors(vectors, frozen=frozen)
    body: list[Any] = [cr.nn.Linear(2, 32, random=random), cr.tanh] if hidden else []
    net = cr.nn.Sequential(*body, cr.nn.Linear(32 if hidden else 2, 2, random=random))
    model, data = cr.nn.Sequential(table, net), (IDS[~UNSEEN], labels[~UNSEEN])
    optimizer = cr.optim.SGD(model, 0.3)
    cr.train.fit(model, optimizer, cr.nn.cross_entropy, data, epochs=400, progress=False)
    return Found(net, vectors, np.array(table.weight.value), labels)


def _right(found: list[Found], words: Array) -> float:
    return float(np.mean([each.right[words] for each in found]))


def _distances(vectors: Array) -> Array:
    """Return the distances between all words, infinite from a word to itself."""
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=-1)
    return np.where(np.eye(len(vectors), dtype=bool), np.inf, apart)


def _to_the_others(vectors: Array) -> Array:
    """Return how far each word is from the nearest other name of the same thing."""
    same = IDS[:, None] // 3 == IDS // 3
    return np.asarray(np.where(same, _distances(vectors), np.inf).min(axis=1))


def _table(found: Found) -> str:
    """Say how far names moved, and which word is the nearest to the third, before and after."""
    before, after = (WORDS[_distances(each).argmin(axis=1)] for each in (found.before, found.after))
    lines = ["how far names moved; the word nearest to the third, before and after"]
    for i in IDS[UNSEEN]:
        moved = "  ".join(f"{WORDS[j]:13} {found.moved[j]:.2f}" for j in (i - 2, i - 1, i))
        lines.append(f"    {moved};  {before[i]}, {after[i]}")
    return "\n".join(lines)


def _draw(figure: Any, frozen: Found, tuned: Found) -> None:
    left, right = figure.subplots(1, 2)
    for axes, found, title in ((left, frozen, "frozen vectors"), (right, tuned, "fine-tuned")):
        draw_map(axes, found.after, found.labels, UNSEEN, found.net)
        axes.set(title=title)
    draw_moves(right, tuned.before, tuned.after)
    draw_name(left, "TV, telly, television", frozen.after[2], (-0.6, -2.2))
    draw_name(right, "TV, telly", tuned.after[0], (-2.4, 1.6))
    draw_name(right, "television", tuned.after[2], (0.3, -1.7))
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
