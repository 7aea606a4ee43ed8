"""Nets whose layers, units, samples and steps of training are all n, and what they cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.measuring import exponent, processor_seconds
from chainrule.lecture.unit_text import time

ROUNDS = 4

_IN_A_PROCESS = "from chainrule.lecture import grown_nets; grown_nets.print_growths()"

Cost = tuple[int, Callable[[], Any]]
"""FLOP of a call, and the call."""


class Stack(cr.nn.Module):
    """Layers of n units: the step of a scan over their weights, (layers, n, n)."""

    def __init__(self, layers: int, n: int) -> None:
        random = np.random.default_rng(0)
        weights = random.normal(0, n**-0.5, (layers, n, n)).astype(np.float32)
        self.weights = cr.parameter(weights)

    def forward(self, x: Any) -> cr.Tensor:
        """Return the output of the last layer, (samples, n)."""
        found: cr.Tensor = cr.scan(lambda h, w: (cr.relu(h @ w), 0.0), x, self.weights)[0]
        return found


@dataclass(frozen=True)
class Growth:
    """FLOP and processor seconds by n."""

    sizes: Sequence[int]
    flops: Sequence[int]
    seconds: Sequence[float]

    @property
    def exponents(self) -> tuple[float, float]:
        """The exponents of FLOP and seconds, as powers of n."""
        return exponent(self.sizes, self.flops), exponent(self.sizes, self.seconds)

    def __str__(self) -> str:
        counted, timed = self.exponents
        return (
            f"n to the power of {counted:.2f} in FLOP, {timed:.2f} in time; "
            f"{time(self.seconds[-1])} for n = {self.sizes[-1]}"
        )


def measured_growths() -> dict[str, Growth]:
    """Return the growth of a layer, a net and its training.

    They are measured in a process with one thread: the time of a second thread would count while it
    waits for work that only the larger nets share.
    """
    command = [sys.executable, "-c", _IN_A_PROCESS]
    one_thread = {**os.environ, "CHAINRULE_THREADS": "1"}
    found = subprocess.run(command, env=one_thread, stdout=subprocess.PIPE, check=True).stdout
    return {name: Growth(**each) for name, each in json.loads(found).items()}


def print_growths() -> None:
    """Measure, and print what was found as JSON."""
    growths = {
        "layer": growth_of((256, 384, 512, 768), layer),
        "net": growth_of((48, 64, 96, 128), net),
        "training": growth_of((32, 40, 48, 56), training),
    }
    print(json.dumps({name: asdict(each) for name, each in growths.items()}))


def growth_of(sizes: Sequence[int], cost: Callable[[int], Cost]) -> Growth:
    """Return FLOP and seconds by size, measured in turns, so that a disturbance meets all."""
    flops, calls = zip(*map(cost, sizes), strict=True)
    rounds = [[processor_seconds(each, times=2, calls=1) for each in calls] for _ in range(ROUNDS)]
    return Growth(sizes, flops, np.min(rounds, axis=0).tolist())


def layer(n: int) -> Cost:
    """Return the cost of a layer of n units on n samples."""
    return _forward(Stack(1, n), n)


def net(n: int) -> Cost:
    """Return the cost of n such layers."""
    return _forward(Stack(n, n), n)


def _forward(model: Stack, n: int) -> Cost:
    x, compiled = np.ones((n, n), np.float32), cr.compile(model)
    return cr.summary(model, x).forward.flops, lambda: compiled(x)


def training(n: int) -> Cost:
    """Return the cost of n steps of training of n such layers."""
    model, x = Stack(n, n), np.ones((n, n), np.float32)
    optimizer = cr.optim.SGD(model, 1e-3)

    @cr.compile
    def step(x: cr.TensorLike) -> cr.Tensor:
        loss = (model(x) ** 2).mean()
        optimizer.minimize(loss)
        return loss

    flops = n * cr.summary(model, x).training.flops
    return flops, lambda: [step(x) for _ in range(n)]
