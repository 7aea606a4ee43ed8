"""The compiled training step, the same for all models."""

from __future__ import annotations

from typing import Any

import chainrule as cr
from benchmarks.problem import LEARNING_RATE, Learner, Problem

_COST = "a call: "
_MARK = "on the reference evaluator: "


def training(model: cr.nn.Module, problem: Problem, loss_of: Any = cr.nn.cross_entropy) -> Learner:
    """Return the model in training with Adam, compiled, at the problem's first weights."""
    _load(model, problem)
    optimizer = cr.optim.Adam(model, learning_rate=LEARNING_RATE)

    @cr.compile
    def step(x: cr.Tensor, labels: cr.Tensor) -> cr.Tensor:
        loss = loss_of(model(x), labels)
        optimizer.minimize(loss)
        return loss

    return Learner(step, describe=lambda: "; ".join(filter(None, _described(step))))


def inference(model: cr.nn.Module, problem: Problem) -> Learner:
    """Return the model at the problem's first weights; a compiled step computes the loss alone."""
    _load(model, problem)
    model.eval()
    step = cr.compile(lambda x, labels: cr.nn.cross_entropy(model(x), labels))
    return Learner(step, describe=lambda: "; ".join(filter(None, _described(step))))


def _load(model: cr.nn.Module, problem: Problem) -> None:
    model.load_state({**model.state(), **problem.weights})


def _described(step: Any) -> tuple[str, str]:
    """Return what a step works and moves, and which of its gates have no native code."""
    lines = [line.strip() for line in step.report().splitlines()]
    return next((each for each in lines if each.startswith(_COST)), ""), _without_kernel(step)


def _without_kernel(step: Any) -> str:
    """Return which gates of the compiled step have no native kernel, empty if all have one."""
    lines = [line.strip() for line in step.report().splitlines()]
    named = [line.removeprefix(_MARK) for line in lines if line.startswith(_MARK)]
    gates = sorted({each for line in named for each in line.split(", ") if each != "nothing"})
    return f"not native yet: {', '.join(gates)}" if gates else ""
