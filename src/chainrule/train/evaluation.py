"""Evaluation: loss and metrics on data that the model does not learn from at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.nn import Module
from chainrule.train.errors import TrainingError
from chainrule.train.metrics import Metric
from chainrule.train.source import Batches, Data, as_batches
from chainrule.train.step import Loss, Step, evaluation_step


def evaluate(
    model: Module,
    loss: Loss,
    data: Data,
    *,
    metrics: Sequence[Metric] = (),
    batch_size: int = 256,
    compiled: bool = True,
) -> dict[str, Any]:
    """Return "loss", the mean over the samples of `data`, and the metrics by their names.

    The model computes in inference mode (dropout rests), and is in the mode it was in afterwards.
    `data` is as `fit` takes it. Raises TrainingError for data that cannot be used.
    """
    require_metrics(metrics)
    batches, _ = as_batches(data, None, batch_size, None, 1)
    step = evaluation_step(model, loss, batches, compiled)
    found = evaluated(model, step, batches, metrics)
    assert found is not None
    return found


def evaluated(
    model: Module,
    step: Step,
    data: Batches,
    metrics: Sequence[Metric],
    abandoned: Callable[[], bool] = lambda: False,
) -> dict[str, Any] | None:
    """Return loss and metrics, or None if `abandoned` said so between two batches."""
    total, samples = 0.0, 0
    for each in metrics:
        each.reset()
    with in_mode(model, False):
        for batch in data.batches(1):
            value, *outputs = (each.read() for each in step(*batch))
            total += float(value) * len(batch[-1])
            samples += len(batch[-1])
            for each in metrics:
                each.update(outputs[0] if len(outputs) == 1 else tuple(outputs), batch[-1])
            if abandoned():
                return None
    return {"loss": total / samples, **{each.name: _plain(each.value()) for each in metrics}}


def require_metrics(metrics: Sequence[Metric]) -> None:
    """Raise TrainingError for what is no metric, and for two of one name."""
    for each in metrics:
        if not isinstance(each, Metric):
            raise TrainingError(
                f"{each!r} was given as a metric. Give instances of "
                "chainrule.train.metrics.Metric, such as metrics.Accuracy()."
            )
    names = [each.name for each in metrics]
    if len(set(names)) < len(names) or "loss" in names:
        raise TrainingError(
            f"The metrics are called {', '.join(names)}. Give each its own name, other than 'loss'."
        )


@contextmanager
def in_mode(model: Module, training: bool) -> Iterator[None]:
    """Put the model into training or inference mode, and every module back into its own later."""
    before = [(each, each.training) for each in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for each, own in before:
            each.training = own


def _plain(value: Any) -> Any:
    """Return a number, or nested lists of numbers."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
