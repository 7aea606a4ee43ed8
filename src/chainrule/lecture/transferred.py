"""Nets that are trained on top of a pretrained one, by size and similarity of the new data.

The pretrained net tells the digits of seven-segment displays apart, 12 x 8 pixels with noise. New
data are letters on the same displays, or the same letters with their pixels in another order, in
which nothing of what was learned is of use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.overfitting import DIGITS, SIZE, Samples, displays, shifted

LETTERS = ("abcefg", "cdefg", "adef", "bcdeg", "adefg", "aefg", "bcefg", "def", "abefg", "bcdef")
NOISE, BATCH, STEPS, PRETRAINED_STEPS, RATE = 0.6, 50, 400, 2000, 2e-3
LAYERS = 3
SMALL, LARGE, TESTED = 30, 2000, 2000  # pictures


@dataclass(frozen=True)
class Way:
    """A way of training on top of a pretrained net.

    trained  the number of layers that are trained, from the last one on
    fresh    True starts from drawn weights
    shifts   True adds pictures that are shifted by a pixel
    """

    trained: int = LAYERS
    fresh: bool = False
    shifts: bool = False


WAYS = {
    "head": Way(trained=1),
    "last": Way(trained=2),
    "all": Way(),
    "augment": Way(shifts=True),
    "retrain": Way(fresh=True),
}


def pretrained() -> cr.nn.Sequential:
    """Return the net that tells digits apart, trained on 100,000 pictures."""
    net, random = _net(0), np.random.default_rng(0)

    def batches() -> Iterator[Samples]:
        for _ in range(PRETRAINED_STEPS):
            yield displays(DIGITS, BATCH, NOISE, random)

    _train(net, net.parameters(), batches())
    return net


def accuracy(source: cr.nn.Sequential, way: Way, size: int, similar: bool, seed: int) -> float:
    """Return the accuracy on test pictures after a training on `size` pictures of letters."""
    random = np.random.default_rng(seed)
    view = _same if similar else _scrambled
    learned, tested = (displays(LETTERS, each, NOISE, random) for each in (size, TESTED))
    net = _net(seed + 1)
    if not way.fresh:
        for own, given in zip(net[:-1].parameters(), source[:-1].parameters(), strict=True):
            own.assign(given.read())
    parameters = net[-2 * way.trained + 1 :].parameters()
    _train(net, parameters, _batches(learned, way, view, random))
    scores = net(view(tested[0])).read()
    return float((scores.argmax(1) == tested[1]).mean())


def _batches(
    samples: Samples, way: Way, view: Callable[[Array], Array], random: np.random.Generator
) -> Iterator[Samples]:
    pictures, labels = samples
    for _ in range(STEPS):
        chosen = random.integers(len(labels), size=BATCH)
        some = shifted(pictures[chosen], random) if way.shifts else pictures[chosen]
        yield view(some), labels[chosen]


def _same(pictures: Array) -> Array:
    return pictures


def _scrambled(pictures: Array) -> Array:
    return pictures[:, np.random.default_rng(7).permutation(pictures.shape[1])]


def _net(seed: int) -> cr.nn.Sequential:
    return cr.nn.Sequential(
        cr.nn.Linear(SIZE[0] * SIZE[1], 200, random=3 * seed),
        cr.relu,
        cr.nn.Linear(200, 100, random=3 * seed + 1),
        cr.relu,
        cr.nn.Linear(100, len(DIGITS), random=3 * seed + 2),
    )


def _train(
    net: cr.nn.Sequential, parameters: Sequence[cr.Parameter], batches: Iterator[Samples]
) -> None:
    optimizer = cr.optim.Adam(parameters, learning_rate=RATE)

    @cr.compile
    def step(pictures: Array, labels: Array) -> None:
        optimizer.minimize(cr.nn.cross_entropy(net(pictures), labels))

    for pictures, labels in batches:
        step(pictures, labels)
