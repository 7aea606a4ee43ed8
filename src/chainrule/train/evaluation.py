"""Evaluation: loss and metrics on data that the model does not learn from at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from chainrule.nn import Module
from chainrule.train.errors import TrainingError
from chainrule.train.source import Batches, Data, as_batches
from chainrule.train.step import Loss, Step, evaluation_step


class Metric(Protocol):
    """A figure that is gathered batch by batch."""

    @property
    def name(self) -> str: ...

    def update(self, predictions: Any, targets: Any) -> Any: ...

    def value(self) -> Any: ...

    def reset(self) -> Any: ...


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
    needed = ("name", "update", "value", "reset")
    for each in metrics:
        lacking = [name for name in needed if not hasattr(each, name)]
        if lacking or isinstance(each, type):
            raise TrainingError(
                f"The metric {each!r} has no {', '.join(lacking) or 'instance'}. Give objects with "
                "name, update(predictions, targets), value() and reset()."
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
            object.__setattr__(each, "training", own)


def _plain(value: Any) -> Any:
    """Return a number, or nested lists of numbers."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
