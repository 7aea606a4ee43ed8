"""Evaluation: loss and metrics of a model on data, without training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.nn import Module
from chainrule.train.data.data_source import Batches, Data, batches_of
from chainrule.train.fit_arguments import metrics_of, require_loss, require_model
from chainrule.train.metrics import Metric
from chainrule.train.metrics.given_metrics import MetricLike
from chainrule.train.state.whole_number import whole_number
from chainrule.train.train_step import Loss, StepFunction, evaluation_step


def evaluate(
    model: Module,
    loss: Loss,
    data: Data,
    *,
    metrics: Sequence[MetricLike] = (),
    batch_size: int = 256,
    compiled: bool = True,
) -> dict[str, Any]:
    """Return the mean loss over the samples of `data` as "loss", and the metrics by their names.

    loss, data, metrics  as in `fit`
    batch_size           samples that are computed at once, of arrays and files
    compiled             False runs on the reference evaluator

    The model computes in inference mode, without dropout, and returns to its previous mode
    afterwards. Raises TrainingError for unusable data and settings.
    """
    require_model("evaluate", model)
    require_loss("evaluate", loss)
    metric_list = metrics_of("evaluate", metrics)
    size = whole_number("evaluate", "batch_size", batch_size, 1)
    batches = batches_of(data, "the data", size, None, 1)
    step = evaluation_step(model, loss, batches, compiled)
    found = evaluated(model, step, batches, metric_list)
    assert found is not None
    return found


def evaluated(
    model: Module,
    step: StepFunction,
    data: Batches,
    metrics: Sequence[Metric],
    abandoned: Callable[[], bool] = lambda: False,
) -> dict[str, Any] | None:
    """Return loss and metrics; None if `abandoned` returned True between two batches."""
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
    """Set the mode of the model inside the block, and restore the mode of every module after it.

    Where the model is already in training mode, modules in inference mode stay in it.
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
    """Return a value of NumPy as a Python number or nested lists of numbers."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
