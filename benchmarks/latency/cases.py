"""The steps whose first calls are measured.

A case is a function that builds a model and returns a compiled step with the arguments of its
calls: those of the first one, and one set for every new extent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import chainrule as cr
from benchmarks import frameworks
from benchmarks.problem import Array
from benchmarks.tasks import mlp as mlp_task
from benchmarks.tasks import transformer as transformer_task
from benchmarks.tasks.transformer import Sizes
from chainrule.zoo.memory_tasks import copy
from chainrule.zoo.turing_machine import NeuralTuringMachine

_BATCHES = (96, 100, 72, 48, 112)
_LAYERS, _LONGEST = 12, 64


@dataclass(frozen=True)
class Case:
    """A compiled step.

    step   the step
    calls  the arguments of its calls, each of other extents
    """

    step: Callable[..., Any]
    calls: Sequence[tuple[Any, ...]]


def mlp() -> Case:
    """The step of the perceptron 784-256-128-10 with Adam: batches of several sizes."""
    problem = mlp_task.problem(mlp_task.Sizes())
    others = (mlp_task.problem(replace(mlp_task.Sizes(), batch=each)) for each in _BATCHES)
    learner = frameworks.learner("chainrule", "mlp", problem)
    return Case(learner.step, [problem.batches[0], *(each.batches[0] for each in others)])


def transformer() -> Case:
    """The step of an encoder of 12 layers with Adam: batches of several sizes."""
    sizes = Sizes(layers=_LAYERS, batch=8, tokens=32)
    problems = [transformer_task.problem(replace(sizes, batch=each)) for each in (8, 6, 7, 9)]
    learner = frameworks.learner("chainrule", "transformer", problems[0])
    return Case(learner.step, [each.batches[0] for each in problems])


def generation() -> Case:
    """Scores of the next word by a causal encoder of 2 layers: texts of 1 to 64 words."""
    model = _Writer()
    ids = np.random.default_rng(0).integers(0, 100, _LONGEST)
    return Case(cr.compile(model), [(ids[:length],) for length in range(1, _LONGEST + 1)])


class _Writer(cr.nn.Module):
    def __init__(self) -> None:
        self.words = cr.nn.Embedding(100, 64, random=0)
        self.positions = cr.nn.LearnedPositions(_LONGEST, 64, random=1)
        self.encoder = cr.nn.TransformerEncoder(2, 64, 4, 128, dropout=0.0, random=2)
        self.output = cr.nn.Linear(64, 100, random=3)

    def forward(self, ids: cr.Tensor) -> cr.Tensor:
        x = self.positions(self.words(ids).reshape(1, -1, 64))
        return self.output(self.encoder(x, causal=True)[0, -1])


def turing_machine() -> Case:
    """The step of the Neural Turing Machine that learns to copy: texts of several lengths."""
    random = np.random.default_rng(0)
    machine = NeuralTuringMachine(9, 8, random=random)
    optimizer = cr.optim.Adam(machine, 1e-3, clip=cr.optim.ClipByGlobalNorm(1.0))

    @cr.compile
    def step(x: cr.Tensor, answers: cr.Tensor) -> cr.Tensor:
        loss = cr.nn.binary_cross_entropy(machine(x)[-answers.shape[0] :], answers)
        optimizer.minimize(loss)
        return loss

    episodes = [copy(length, 4, random) for length in (10, 7, 12, 13, 5)]
    return Case(step, [(each.x, each.answers) for each in episodes])


def maml() -> Case:
    """A step of MAML: four tasks, five inner steps of SGD each, the outer step by Adam."""
    model = cr.nn.Sequential(
        cr.nn.Linear(1, 40, random=0), cr.tanh, cr.nn.Linear(40, 40, random=1), cr.tanh,
        cr.nn.Linear(40, 1, random=2),
    )  # fmt: skip
    optimizer = cr.optim.Adam(model, 1e-3)

    def loss_of(weights: dict[str, cr.Tensor], x: cr.Tensor, y: cr.Tensor) -> cr.Tensor:
        return ((cr.functional_call(model, weights, x) - y) ** 2).mean()

    def adapted(x: cr.Tensor, y: cr.Tensor) -> dict[str, Any]:
        weights: dict[str, Any] = model.named_parameters()
        for _ in range(5):
            gradient = cr.grad(loss_of)(weights, x, y)
            weights = {name: each - 0.01 * gradient[name] for name, each in weights.items()}
        return weights

    @cr.compile
    def step(x: cr.Tensor, y: cr.Tensor, new_x: cr.Tensor, new_y: cr.Tensor) -> cr.Tensor:
        losses = [loss_of(adapted(x[i], y[i]), new_x[i], new_y[i]) for i in range(4)]
        loss = cr.stack(losses).mean()
        optimizer.minimize(loss)
        return loss

    return Case(step, list(_waves((10, 12, 9))))


def _waves(sizes: Sequence[int]) -> Iterator[tuple[Array, ...]]:
    """Yield points (4, size, 1) of four sine waves and their values, twice, for every size."""
    random = np.random.default_rng(0)
    for size in sizes:
        phases = random.uniform(0, np.pi, (4, 1, 1))
        sets = (random.uniform(-5, 5, (4, size, 1)) for _ in range(2))
        pairs = [(x, np.sin(x + phases)) for x in sets]
        yield tuple(each.astype("float32") for pair in pairs for each in pair)


CASES: dict[str, Callable[[], Case]] = {
    "mlp": mlp,
    "transformer": transformer,
    "generation": generation,
    "turing-machine": turing_machine,
    "maml": maml,
}
