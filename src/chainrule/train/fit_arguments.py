"""Checks of the arguments of `fit`, `evaluate` and `rate_finder`, before the first step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chainrule.nn import Module
from chainrule.optim import Optimizer, ReduceOnPlateau
from chainrule.train.callbacks.callback import Callback
from chainrule.train.errors import TrainingError
from chainrule.train.metrics import Metric
from chainrule.train.metrics.given_metrics import as_metric


def require_model(asked: str, model: Any) -> None:
    """Raise TrainingError unless `model` is a Module; `asked` is the name of the caller."""
    if not isinstance(model, Module):
        raise TrainingError(f"{asked} was given the model {model!r}. Give a chainrule.nn.Module.")


def require_loss(asked: str, loss: Any) -> None:
    """Raise TrainingError unless `loss` can be called."""
    if not callable(loss):
        raise TrainingError(
            f"{asked} was given the loss {loss!r}. Give a function of predictions and targets, "
            "such as cr.nn.cross_entropy or cr.nn.squared_error."
        )


def require_optimizer(asked: str, optimizer: Any, model: Module) -> None:
    """Raise TrainingError unless `optimizer` updates a parameter of the model."""
    if not isinstance(optimizer, Optimizer):
        raise TrainingError(
            f"{asked} was given the optimizer {optimizer!r}. Make one for the model first, such as "
            "cr.optim.Adam(model)."
        )
    own = set(model.parameters())
    if not any(each in own for each in optimizer.parameters):
        raise TrainingError(
            f"{asked} was given an optimizer that updates no parameter of the model. Make it for "
            "this model: cr.optim.Adam(model)."
        )


def callbacks_of(asked: str, callbacks: Any) -> list[Callback]:
    """Return callbacks as a list; raises TrainingError for an object that is no Callback."""
    found = _listed(asked, "callbacks", callbacks, "chainrule.train.Callback")
    for each in found:
        if isinstance(each, ReduceOnPlateau):
            raise TrainingError(
                f"{asked} was given chainrule.optim.ReduceOnPlateau as a callback. Name the figure "
                "that it monitors: cr.train.ReduceOnPlateau(plateau, 'validation_loss')."
            )
        if not isinstance(each, Callback):
            raise TrainingError(
                f"{asked} was given the callback {each!r}. Give instances of "
                "chainrule.train.Callback."
            )
    return found


def metrics_of(asked: str, metrics: Any) -> list[Metric]:
    """Return metrics as a list; raises TrainingError for other objects and for equal names."""
    given = _listed(asked, "metrics", metrics, "chainrule.train.metrics.Metric")
    found = [_metric(asked, each) for each in given]
    names = [each.name for each in found]
    if len(set(names)) < len(names) or "loss" in names:
        raise TrainingError(
            f"The metrics are called {', '.join(names)}. Give each its own name, other than 'loss'."
        )
    return found


def _metric(asked: str, given: Any) -> Metric:
    metric = as_metric(given)
    if metric is None:
        raise TrainingError(
            f"{asked} was given {given!r} as a metric. Give an instance of "
            "chainrule.train.metrics.Metric, such as metrics.Accuracy(); an object with the "
            "methods reset(), update(predictions, targets) and value(); or a function of "
            "predictions and targets that returns a number."
        )
    return metric


def _listed(asked: str, name: str, given: Any, kind: str) -> list[Any]:
    if not isinstance(given, Iterable):
        raise TrainingError(
            f"{asked} was given {name}={given!r}. Give a list of instances of {kind}."
        )
    return list(given)
