"""The activations of the lecture in the same net: forward values, gradients, training curves.

Six layers of 32 units learn two spirals of deviation 1. On spirals of half that size hard tanh,
which is linear between -1 and 1, reaches an accuracy of only three quarters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.bars import draw_bars
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.one_curve import draw_one_curve
from chainrule.lecture.points import spirals
from chainrule.lecture.signals import signals

DEPTH, WIDTH, EPOCHS = 6, 32, 80
Layer = Callable[[Any], cr.Tensor]
ACTIVATIONS: dict[str, Callable[[], Layer]] = {
    "sigmoid": lambda: cr.sigmoid,
    "tanh": lambda: cr.tanh,
    "hard tanh": lambda: cr.nn.hard_tanh,
    "ReLU": lambda: cr.relu,
    "leaky ReLU": lambda: cr.leaky_relu,
    "PReLU": lambda: cr.nn.PReLU(),
    "ELU": lambda: cr.elu,
    "GELU": lambda: cr.gelu,
}
NAMES = (*ACTIVATIONS, "maxout")


@dataclass(frozen=True)
class ActivationResult:
    """The result of one activation.

    values     per hidden layer before training, the mean standard deviation of a unit over samples
    gradients  per hidden layer before training, the root mean square of the loss's gradient
    losses     the loss of every epoch
    accuracy   the accuracy after the last epoch
    """

    values: Array
    gradients: Array
    losses: Sequence[float]
    accuracy: float


@claim("With SGD six layers learn with tanh, ReLU and similar activations, but not with sigmoid.")
def activations() -> Outcome:
    found = {name: _found(name, cr.optim.SGD, rate=0.1) for name in NAMES}
    with_adam = _found("sigmoid", cr.optim.Adam, rate=0.003).accuracy
    sigmoid = found["sigmoid"].accuracy
    worst = min(each.accuracy for name, each in found.items() if name != "sigmoid")
    return Outcome(
        figures={
            **{
                name: f"values x {each.values[-1] / each.values[0]:7.2g} forward, gradients "
                f"x {each.gradients[0] / each.gradients[-1]:7.2g} backward, accuracy "
                f"{each.accuracy:.0%}"
                for name, each in found.items()
            },
            "sigmoid, Adam": f"accuracy {with_adam:.0%}: its steps do not shrink with the gradient",
        },
        held=sigmoid < 0.8 and worst > 0.95,
        because=f"{sigmoid:.0%} of the points are right for sigmoid (50% is a guess), "
        f"{worst:.0%} for the worst of the others",
        draw=lambda figure: _draw(figure, found),
    )


def _found(name: str, optimizer: Any, rate: float) -> ActivationResult:
    x, labels = spirals(384, np.random.default_rng(0))
    random, loss = np.random.default_rng(0), cr.nn.cross_entropy
    layers = [_layer(name, 2, random), *(_layer(name, WIDTH, random) for _ in range(DEPTH - 1))]
    layers.append(cr.nn.Linear(WIDTH, 2, random=random))
    values, gradients = signals(layers, x, lambda scores: loss(scores, labels))
    model = cr.nn.Sequential(*layers)
    rule, data = optimizer(model, rate), (x, labels)
    history = cr.train.fit(model, rule, loss, data, epochs=EPOCHS, progress=False)
    return ActivationResult(
        np.array([each.std(axis=0).mean() for each in values[:-1]]),
        np.array([np.sqrt((each**2).mean()) for each in gradients[:-1]]),
        history["loss"],
        cr.train.metrics.accuracy(model(x), labels),
    )


def _layer(name: str, inputs: int, random: np.random.Generator) -> Layer:
    if name == "maxout":
        return cr.nn.Maxout(inputs, WIDTH, random=random)
    return cr.nn.Sequential(cr.nn.Linear(inputs, WIDTH, random=random), ACTIVATIONS[name]())


def _draw(figure: Any, found: dict[str, ActivationResult]) -> None:
    """Draw the remaining gradient, the losses and the accuracies; sigmoid in another colour."""
    backward, training, accuracy = figure.subplots(1, 3)
    names = list(found)
    colours = ["C1" if name == "sigmoid" else "C0" for name in names]
    left = [float(each.gradients[0] / each.gradients[-1]) for each in found.values()]
    draw_bars(backward, names, left, [f"{each:.2g}" for each in left], color=colours, log=True)
    backward.set(title="gradient before training", xlabel="at the first layer /\nat the last layer")
    draw_one_curve(training, {name: each.losses for name, each in found.items()}, "sigmoid")
    training.set(title="training with SGD", xlabel="epoch", ylabel="loss", ylim=(1e-5, 2))
    shares = [100 * each.accuracy for each in found.values()]
    draw_bars(accuracy, names, shares, [f"{each:.0f} %" for each in shares], color=colours)
    accuracy.axvline(50, color="black", linestyle=":")
    accuracy.set(title=f"after {EPOCHS} epochs", xticks=(0, 50, 100))
    accuracy.set_xlabel("points right, %;\ndotted: a guess")
