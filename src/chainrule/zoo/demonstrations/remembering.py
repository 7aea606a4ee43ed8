"""Training of a Neural Turing Machine on a memory task, and pictures of what its heads do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture import Outcome
from chainrule.zoo.memory_tasks import Episode
from chainrule.zoo.turing_machine import NeuralTuringMachine

_SMOOTHED = 250

Draw = Callable[[np.random.Generator], Episode]


def adam(model: cr.nn.Module) -> cr.optim.Optimizer:
    """Return Adam with rate 1e-3, the gradient clipped to a norm of 1: fast for copying."""
    return cr.optim.Adam(model, 1e-3, clip=cr.optim.ClipByGlobalNorm(1.0))


def rmsprop(model: cr.nn.Module) -> cr.optim.Optimizer:
    """Return RMSProp with rate 1e-4 and momentum 0.9: Graves et al. (2014), section 4.6."""
    clip = cr.optim.ClipByValue(10.0)
    return cr.optim.RMSProp(model, 1e-4, alpha=0.95, momentum=0.9, clip=clip)


@dataclass(frozen=True)
class Goal:
    """The mean loss per bit of some steps below which training ends; checked once in as many."""

    loss: float = 1e-3
    steps: int = 1000

    def is_reached(self, losses: Sequence[float]) -> bool:
        """Say whether it is reached by the last losses."""
        due = len(losses) > 0 and len(losses) % self.steps == 0
        return due and float(np.mean(losses[-self.steps :])) < self.loss


@dataclass(frozen=True)
class Lesson:
    """A task to train on and to be tested on.

    levels     return episodes to train on, from easy to hard, each with its goal
    tests      return episodes to test on, by the name of the test; those of the first are drawn
    optimizer  returns the optimizer of a machine
    steps      the largest number of training steps
    machine    options of the machine
    """

    levels: Sequence[tuple[Draw, Goal]]
    tests: Mapping[str, Draw]
    optimizer: Callable[[cr.nn.Module], cr.optim.Optimizer]
    steps: int
    machine: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Student:
    """A trained machine, the loss of every step, seconds, and the share of wrong bits by test."""

    machine: NeuralTuringMachine
    losses: Sequence[float]
    seconds: float
    wrong: Mapping[str, float]

    def __str__(self) -> str:
        wrong = ", ".join(f"{each:.2%} wrong for {name}" for name, each in self.wrong.items())
        return f"{len(self.losses):,} steps in {self.seconds:.0f} s; {wrong}"


def trained(lesson: Lesson, seed: int = 0) -> Student:
    """Train a machine, level by level, until it has learned the task, and test it."""
    random = np.random.default_rng(seed)
    first = lesson.levels[0][0](random)
    sizes = first.x.shape[-1], first.answers.shape[-1]
    machine = NeuralTuringMachine(*sizes, **lesson.machine, random=random)
    optimizer = lesson.optimizer(machine)

    @cr.compile
    def step(x: cr.TensorLike, answers: Any) -> cr.Tensor:
        loss = cr.nn.binary_cross_entropy(machine(x)[-answers.shape[0] :], answers)
        optimizer.minimize(loss)
        return loss

    def study(episode: Episode) -> float:
        return step(episode.x, episode.answers).item()

    losses: list[float] = []
    start = perf_counter()
    for level, goal in lesson.levels:
        losses += _studied(study, partial(level, random), goal, lesson.steps - len(losses))
    seconds = perf_counter() - start
    wrong = {name: _wrong(machine, draw(random)) for name, draw in lesson.tests.items()}
    return Student(machine, losses, seconds, wrong)


def _studied(
    study: Callable[[Episode], float], draw: Callable[[], Episode], goal: Goal, steps: int
) -> list[float]:
    """Return the losses of up to `steps` episodes, until the goal is reached."""
    losses: list[float] = []
    while len(losses) < steps and not goal.is_reached(losses):
        losses.append(study(draw()))
    return losses


def _wrong(machine: NeuralTuringMachine, episode: Episode) -> float:
    """Return the share of wrong bits in the answers."""
    scores = np.asarray(cr.compile(machine)(episode.x))[-len(episode.answers) :]
    return float(np.mean((scores > 0) != (episode.answers > 0.5)))


def outcome(student: Student, lesson: Lesson, bound: float) -> Outcome:
    """Return the outcome: it held if fewer than `bound` of the bits of every test are wrong."""
    worst = max(student.wrong, key=lambda name: student.wrong[name])
    steps, last = len(student.losses), np.mean(student.losses[-1000:])
    return Outcome(
        figures={
            "training": f"{steps:,} steps in {student.seconds:.0f} s, the last 1,000 with a loss "
            f"of {last:.5f} per bit",
            **{f"wrong bits for {name}": f"{wrong:.2%}" for name, wrong in student.wrong.items()},
        },
        held=student.wrong[worst] < bound,
        because=f"{student.wrong[worst]:.2%} of the bits are wrong for {worst}; the demonstration "
        f"asks for less than {bound:.0%}",
        draw=partial(_draw, student=student, lesson=lesson),
    )


def _draw(figure: Any, student: Student, lesson: Lesson) -> None:
    """Draw the losses, and an episode: input, answers, and the heads at every step."""
    episode = next(iter(lesson.tests.values()))(np.random.default_rng(0))
    visit = student.machine.visit(episode.x[:, :1])
    writes, reads, found = (
        np.asarray(each)[:, 0] for each in (visit.writes, visit.reads, cr.sigmoid(visit.outputs))
    )
    curve, shown, heads = figure.subfigures(1, 3, width_ratios=(0.8, 1, 1.2))
    draw_losses(curve.subplots(), student.losses)
    _draw_bits(shown, episode, found)
    _draw_heads(heads, writes, reads)


def draw_losses(axes: Any, losses: Sequence[float], label: str = "") -> None:
    """Draw the mean losses of 250 steps each, on a logarithmic axis."""
    whole = len(losses) // _SMOOTHED * _SMOOTHED
    means = np.mean(np.reshape(losses[:whole], (-1, _SMOOTHED)), axis=1)
    axes.plot(_SMOOTHED / 1000 * (1 + np.arange(len(means))), means, label=label)
    axes.set(title="loss per bit", xlabel="thousand steps", yscale="log")


def _draw_bits(figure: Any, episode: Episode, found: Array) -> None:
    """Draw what is shown, what is expected and what the machine answers, step by step."""
    wanted = np.full(found.shape, np.nan)
    wanted[-len(episode.answers) :] = episode.answers[:, 0]
    answers = np.where(np.isnan(wanted), np.nan, found)
    rows = {"shown": episode.x[:, 0], "expected": wanted, "answered": answers}
    for axes, (name, bits) in zip(figure.subplots(3, 1, sharex=True), rows.items(), strict=True):
        axes.imshow(bits.T, cmap="gray_r", aspect="auto", interpolation="nearest", vmin=0, vmax=1)
        axes.set(title=name, yticks=())
        axes.grid(visible=False)
    figure.supxlabel("step", fontsize=12)


def _draw_heads(figure: Any, writes: Array, reads: Array) -> None:
    """Draw the weights of both heads over the places that either visits, at every step.

    The memory is a circle; its places are counted from the first one, in both directions.
    """
    half = writes.shape[1] // 2
    heads = {"writing head": writes, "reading head": reads}
    around = {name: np.roll(weights, half, axis=1) for name, weights in heads.items()}
    visited = np.flatnonzero(np.max([each.max(axis=0) for each in around.values()], axis=0) > 0.3)
    low, high = visited.min(), visited.max() + 1
    for axes, (name, weights) in zip(
        figure.subplots(1, 2, sharey=True), around.items(), strict=True
    ):
        axes.imshow(
            weights[:, low:high].T,
            cmap="magma",
            aspect="auto",
            interpolation="nearest",
            extent=(-0.5, len(weights) - 0.5, high - half - 0.5, low - half - 0.5),
        )
        axes.set(title=name, xlabel="step")
        axes.grid(visible=False)
    figure.supylabel("place, counted from the first", fontsize=12)
