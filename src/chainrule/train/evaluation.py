"""Evaluation: loss and metrics on data that the model does not learn from at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.nn import Module
from chainrule.train.data.data_source import Batches, Data, batches_of
from chainrule.train.fit_arguments import metrics_of, require_loss, require_model
from chainrule.train.metrics import Metric
from chainrule.train.metrics.given_metrics import Given
from chainrule.train.state.whole_number import whole_number
from chainrule.train.train_step import Loss, StepFunction, evaluation_step


def evaluate(
    model: Module,
    loss: Loss,
    data: Data,
    *,
    metrics: Sequence[Given] = (),
    batch_size: int = 256,
    compiled: bool = True,
) -> dict[str, Any]:
    """Return "loss", the mean over the samples of `data`, and the metrics by their names.

    The model computes in inference mode (dropout rests), and is in the mode it was in afterwards.
    `data` and `metrics` are as `fit` takes them. Raises TrainingError for data and settings that
    cannot be used.
    """
    require_model("evaluate", model)
    require_loss("evaluate", loss)
    judges = metrics_of("evaluate", metrics)
    size = whole_number("evaluate", "batch_size", batch_size, 1)
    batches = batches_of(data, "the data", size, None, 1)
    step = evaluation_step(model, loss, batches, compiled)
    found = evaluated(model, step, batches, judges)
    assert found is not None
    return found


def evaluated(
    model: Module,
    step: StepFunction,
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


@contextmanager
def in_mode(model: Module, training: bool) -> Iterator[None]:
    """Put the model into training or inference mode, and every module back into its own later.

    A model that is in training mode already keeps the parts that are in inference mode in it.
    """
    before = [(each, each.training) for each in model.modules()]
    if not (training and model.training):
        model.train(training)
    try:
        yield
    finally:
        for each, own in before:
            each.training = own


def _plain(value: Any) -> Any:
    """Return a number, or nested lists of numbers."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
