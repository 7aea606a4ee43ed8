"""The training step and the evaluation step as functions of one batch, ready to be compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.distributed import Communicator, Parallel
from chainrule.graph import Tensor, as_tensor
from chainrule.nn import Module, compile
from chainrule.ops import stop_gradient
from chainrule.optim import Average, Optimizer
from chainrule.train.data.data_source import Batches
from chainrule.train.parallel.parallel_step import ParallelStep
from chainrule.train.state.tracked_parameters import TrackedParameters

Loss = Callable[[Any, Any], Tensor]
StepFunction = Callable[..., Any]


def training_step(
    model: Module,
    optimizer: Optimizer,
    loss: Loss,
    data: Batches,
    compiled: bool,
    average: Average | None = None,
) -> StepFunction:
    """Return the training step: a function of a batch that updates the model, returns the loss."""

    objective = objective_of(model, loss, data)

    def step(*batch: Tensor) -> Tensor:
        value = objective(*batch)
        made = optimizer.minimize(value)
        if average is not None:
            average.update(made)
        return value

    return _prepared(step, compiled)


def divided_step(
    model: Module,
    optimizer: Optimizer,
    loss: Loss,
    data: Batches,
    compiled: bool,
    average: Average | None,
    tracked: TrackedParameters,
    parallel: Parallel,
    between: Communicator,
) -> ParallelStep:
    """Return the training step that divides a batch.

    tracked  all parameters that the run changes
    between  the processes of the run, which divide a batch as `parallel` says
    """
    objective = objective_of(model, loss, data)
    weights, block_of = weights_of(loss), data.block_of
    return ParallelStep(
        objective, optimizer, average, tracked, compiled, parallel, between, weights, block_of
    )


def weights_of(loss: Loss) -> Callable[[Any], float] | None:
    """Return the number of terms of the mean over some targets, as the loss defines it."""
    owners: tuple[Any, ...] = (loss, getattr(loss, "__self__", None))
    return next((each.terms for each in owners if hasattr(each, "terms")), None)


def objective_of(model: Module, loss: Loss, data: Batches) -> Callable[..., Tensor]:
    """Return the function of a batch that returns the loss of the model."""

    def objective(*batch: Tensor) -> Tensor:
        return loss(_predictions(model, data, batch), batch[-1])

    return objective


def evaluation_step(model: Module, loss: Loss, data: Batches, compiled: bool) -> StepFunction:
    """Return the evaluation step: a function of a batch that returns loss and predictions."""

    def evaluate(*batch: Tensor) -> tuple[Tensor, ...]:
        predictions = _predictions(model, data, batch)
        value = loss(predictions, batch[-1])
        found = predictions if isinstance(predictions, tuple) else (predictions,)
        return tuple(map(stop_gradient, (value, *found)))  # so that no graph is kept

    return _prepared(evaluate, compiled)


def _predictions(model: Module, data: Batches, batch: tuple[Tensor, ...]) -> Any:
    inputs = batch[:-1]
    if data.names:
        return model(**dict(zip(data.names, inputs, strict=True)))
    return model(*inputs)


def _prepared(function: StepFunction, compiled: bool) -> StepFunction:
    return compile(function) if compiled else lambda *batch: function(*map(as_tensor, batch))
