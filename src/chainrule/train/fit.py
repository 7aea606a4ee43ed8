"""fit: a model learns from data, with all that a long run needs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from chainrule.nn import Module
from chainrule.optim import Average, Optimizer
from chainrule.train.callback import Callback
from chainrule.train.changing import changing
from chainrule.train.checkpoint import Checkpoint
from chainrule.train.errors import TrainingError
from chainrule.train.evaluation import require_metrics
from chainrule.train.history import History
from chainrule.train.metrics import Metric
from chainrule.train.order import SEEDS
from chainrule.train.persistence import Persistence
from chainrule.train.progress import Progress
from chainrule.train.run import Run
from chainrule.train.source import Batches, Data, as_batches
from chainrule.train.step import Loss, evaluation_step, objective_of, training_step
from chainrule.train.trainer import Judge, Trainer


def fit(
    model: Module,
    optimizer: Optimizer,
    loss: Loss,
    data: Data,
    *,
    epochs: int,
    batch_size: int = 32,
    validate: Data | float | None = None,
    metrics: Sequence[Metric] = (),
    callbacks: Sequence[Callback] = (),
    average: Average | None = None,
    checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
    resume: bool = True,
    shuffle: bool = True,
    seed: int = 0,
    compiled: bool = True,
    progress: bool = True,
) -> History:
    """Train `model` on `data`, and return the history of the run.

    loss        a function of predictions and targets that returns the mean over the batch
    data        arrays (x, targets) or (inputs..., targets), whose first axis counts the samples; a
                dict with "targets", whose other entries go to the model by name; an iterable of
                such batches, or a function that returns the batches of an epoch; or the name of a
                file (see `read_data`)
    batch_size  samples per step, of arrays and files; the last batch of an epoch has the rest
    validate    data as above, or the share of the samples to hold out, from 0 to 1
    metrics     computed in inference mode after every epoch, on the validation data as
                "validation_<name>", on the training data as "<name>" where there is none
    callbacks   are told after every epoch, in order
    average     of the weights, to be updated in every step; validation judges the weights
                themselves, and `with average.applied(): evaluate(...)` the averages
    checkpoint  a `Checkpoint`, or the folder of one that is written every minute
    resume      go on from the latest checkpoint in the folder, if it holds one
    seed        of the order of the samples, which epoch and seed determine; shuffle=False leaves
                them in the order they have. Weights and dropout have seeds of their own
    compiled    False runs on the reference evaluator
    progress    shown on a terminal, nowhere else

    The same model, data and seeds give the same weights, bit for bit, whether the run was killed
    and resumed or not. Ctrl-C ends it after the present step, with a checkpoint if there are any.
    The model is in training mode meanwhile, and afterwards in the mode that it was in.

    Raises TrainingError for data or settings that cannot work, before the first step;
    CheckpointError for a checkpoint that is damaged or of another run, having changed nothing;
    NonFiniteError as soon as a loss or parameter is infinite or NaN, which names the first bad gate
    and its line, and leaves the parameters of the step before, on disk those of the last good
    checkpoint.
    """
    _require_sound(model, optimizer, epochs, batch_size, seed, callbacks)
    require_metrics(metrics)
    order = seed if shuffle else None
    training, held_out = as_batches(data, validate, batch_size, order, epochs)
    if metrics and held_out is None and not training.repeats:
        raise TrainingError(
            "Metrics were asked on an iterator, which training uses up. Give validate=..., or data "
            "that can be iterated anew."
        )
    objective = objective_of(model, loss, training)
    run = Run(model, optimizer, objective, epochs, training.count, training.samples)
    parameters = changing(model, optimizer, average)
    heard = [*callbacks, *([Progress()] if progress else [])]
    persistence = None
    if checkpoint is not None:
        settings = _settings(optimizer, training, held_out)
        where = checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)
        persistence = Persistence(where, run, parameters, heard, settings)
        persistence.resume() if resume else persistence.require_empty()
    judged = held_out or (training if metrics else None)
    judge = None
    if judged is not None:
        examined = evaluation_step(model, loss, judged, compiled)
        judge = Judge(examined, judged, tuple(metrics), "validation_" if held_out else "")
    step = training_step(model, optimizer, loss, training, compiled, average)
    Trainer(run, parameters, step, training, judge, heard, persistence, average).train()
    return run.history


def _require_sound(
    model: Any, optimizer: Any, epochs: Any, batch_size: Any, seed: Any, callbacks: Any
) -> None:
    """Raise TrainingError for arguments that are not what they should be."""
    if not isinstance(model, Module):
        raise TrainingError(f"fit was given the model {model!r}. Give a chainrule.nn.Module.")
    if not isinstance(optimizer, Optimizer):
        raise TrainingError(
            f"fit was given the optimizer {optimizer!r}. Make one for the model first, such as "
            "cr.optim.Adam(model)."
        )
    own = set(model.parameters())
    if not any(each in own for each in optimizer.parameters):
        raise TrainingError(
            "fit was given an optimizer that moves no parameter of the model. Make it for this "
            "model: cr.optim.Adam(model)."
        )
    numbers = (("epochs", epochs, 1), ("batch_size", batch_size, 1), ("seed", seed, 0))
    for name, value, least in numbers:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < SEEDS:
            raise TrainingError(f"fit was given {name}={value!r}. Give an integer from {least} on.")
    for each in callbacks:
        if not isinstance(each, Callback):
            raise TrainingError(
                f"fit was given the callback {each!r}. Give instances of chainrule.train.Callback."
            )


def _settings(optimizer: Optimizer, training: Batches, held_out: Batches | None) -> dict[str, Any]:
    """Return what must be the same for a run to go on, as JSON."""
    return {
        "optimizer": type(optimizer).__name__,
        "training data": training.described,
        "validation data": held_out and held_out.described,
    }
