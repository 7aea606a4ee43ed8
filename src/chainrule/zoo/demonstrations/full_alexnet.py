"""AlexNet at full size: where its weights and its computation are, and a training step."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture import Outcome
from chainrule.lecture.bars import draw_bars
from chainrule.zoo.alexnet import AlexNet

_BATCH, _STEPS = 4, 3


def trains_at_full_size() -> Outcome:
    """Compute the scores of a batch of noise, and make three training steps on it."""
    model = AlexNet(random=0)
    random = np.random.default_rng(0)
    x = random.normal(size=(_BATCH, 3, 227, 227)).astype("float32")
    labels = random.integers(0, 1000, _BATCH)
    losses, seconds = _trained(model, x, labels)
    forward = _forward(model.eval(), x)
    rows = [each for each in cr.summary(model, x.shape).rows[1:] if each.parameters]
    return _outcome(rows, losses, seconds, forward)


def _trained(model: AlexNet, x: Array, labels: Array) -> tuple[list[float], float]:
    """Return the losses of all steps, and the seconds of the last one."""
    optimizer = cr.optim.SGD(model, 1e-3, momentum=0.9)

    @cr.compile
    def step(x: cr.TensorLike, labels: cr.TensorLike) -> cr.Tensor:
        loss = cr.nn.cross_entropy(model(x), labels)
        optimizer.minimize(loss)
        return loss

    losses, seconds = [], 0.0
    for _ in range(_STEPS):
        start = perf_counter()
        losses.append(step(x, labels).item())
        seconds = perf_counter() - start
    return losses, seconds


def _forward(model: AlexNet, x: Array) -> float:
    """Return the seconds that the scores of the batch take."""
    scores = cr.compile(model)
    scores(x)
    start = perf_counter()
    scores(x)
    return perf_counter() - start


def _outcome(rows: list[Any], losses: list[float], seconds: float, forward: float) -> Outcome:
    weights = np.array([each.parameters for each in rows])
    flops = np.array([each.forward.flops for each in rows])
    hidden = np.array([each.kind == "Linear" for each in rows])
    in_hidden, in_kernels = (
        weights[hidden].sum() / weights.sum(),
        flops[~hidden].sum() / flops.sum(),
    )
    return Outcome(
        figures={
            "weights and biases": f"{weights.sum():,}, {in_hidden:.0%} of them in hidden layers "
            "and scores",
            "computation": f"{flops.sum() / _BATCH / 1e9:.2f} GFLOP per image, {in_kernels:.0%} of "
            "it in convolutions",
            "forward": f"{forward:.2f} s for {_BATCH} images",
            "training step": f"{seconds:.2f} s for {_BATCH} images",
            "loss": f"from {losses[0]:.2f} to {losses[-1]:.2f} in {_STEPS} steps",
        },
        held=in_hidden > 0.9 and in_kernels > 0.9 and losses[-1] < losses[0],
        because=f"{in_hidden:.0%} of {weights.sum():,} weights are in hidden layers and scores, "
        f"{in_kernels:.0%} of the computation is in convolutions",
        draw=partial(_draw, rows=rows, weights=weights, flops=flops / _BATCH),
    )


def _draw(figure: Any, rows: list[Any], weights: Array, flops: Array) -> None:
    names = [f"{i}: {row.kind} {row.outputs[0][0][1:]}" for i, row in enumerate(rows, 1)]
    left, right = figure.subplots(1, 2)
    millions, giga = [each / 1e6 for each in weights], [each / 1e9 for each in flops]
    draw_bars(left, names, millions, [f"{each:.2f} M" for each in millions])
    left.set(title="weights and biases", xlabel="millions")
    draw_bars(right, names, giga, [f"{each:.2f} G" for each in giga], color="C1")
    right.set(title="forward, one image", xlabel="GFLOP")
    right.set_yticks(())
