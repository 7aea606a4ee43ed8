"""fit: train a model on data, with validation, callbacks and checkpoints."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal

from chainrule.distributed import Parallel, communicator
from chainrule.nn import Module
from chainrule.optim import Average, Optimizer
from chainrule.train.callbacks.callback import Callback
from chainrule.train.callbacks.progress_bar import Progress
from chainrule.train.checkpoints.checkpoint import Checkpoint
from chainrule.train.checkpoints.resume import NEW_SETTINGS, Persistence
from chainrule.train.checkpoints.run_settings import RunSettings, settings_of
from chainrule.train.data.data_source import Batches, Data, as_batches
from chainrule.train.data.sample_order import SEEDS
from chainrule.train.diagnosis import Diagnosis
from chainrule.train.errors import TrainingError
from chainrule.train.fit_arguments import (
    callbacks_of,
    metrics_of,
    require_loss,
    require_model,
    require_optimizer,
)
from chainrule.train.metrics import Metric
from chainrule.train.metrics.given_metrics import MetricLike
from chainrule.train.parallel.agreement import parallel_settings
from chainrule.train.parallel.shared_run import SharedRun
from chainrule.train.state.history import History
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import tracked_parameters
from chainrule.train.state.whole_number import whole_number
from chainrule.train.train_step import (
    Loss,
    StepFunction,
    divided_step,
    evaluation_step,
    objective_of,
    training_step,
)
from chainrule.train.trainer import EpochEvaluation, Trainer


def fit(
    model: Module,
    optimizer: Optimizer,
    loss: Loss,
    data: Data,
    *,
    epochs: int,
    batch_size: int = 32,
    validate: Data | float | None = None,
    metrics: Sequence[MetricLike] = (),
    callbacks: Sequence[Callback] = (),
    average: Average | None = None,
    checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
    resume: bool | Literal["with new settings"] = True,
    shuffle: bool = True,
    drop_last: bool = False,
    seed: int = 0,
    compiled: bool = True,
    diagnose: bool = True,
    progress: bool | Literal["lines"] = True,
    parallel: Parallel | None = None,
) -> History:
    """Train `model` on `data`, and return the history of the run.

    loss        a function of predictions and targets that returns the mean over the batch
    data        arrays (x, targets) or (inputs..., targets), whose first axis is that of the
                samples; a dict with "targets", whose other entries are passed to the model by name;
                an iterable of such batches, or a function of the epoch that returns one; or the
                path of a file (see `read_data`). If an iterable or function has a method
                `settings()`, a run is resumed only if the dict that it returns is the same. If it
                has an attribute `unpaired_inputs`, the inputs with these numbers or names may have
                a first axis other than that of the samples, such as the edges of graphs
    batch_size  samples per step, of arrays and files; the last batch of an epoch may be smaller
    validate    data as above, or the share of the samples to hold out, between 0 and 1
    metrics     computed in inference mode after every epoch, on the validation data as
                "validation_<name>", on the training data as "<name>" where there is none. An object
                with the methods reset(), update(predictions, targets) and value(), such as those of
                chainrule.train.metrics; or a function of predictions and targets, which is called
                with those of all batches as one array
    callbacks   called after every epoch, in this order
    average     an average of the weights, updated in every step; validation evaluates the weights
                themselves, `with average.applied(): evaluate(...)` the averages
    checkpoint  a `Checkpoint`, or a folder in which one is written every minute
    resume      True continues from the latest checkpoint in the folder, if there is one, with the
                settings it was written with; "with new settings" continues with the given settings
                from the next step on, and warns of every difference; False refuses such a folder
    shuffle     whether the samples of arrays and files are shuffled in every epoch
    drop_last   whether a smaller last batch of arrays and files is left out
    seed        of the order of the samples, which is a function of seed and epoch. Weights and
                dropout have their own seeds
    compiled    False runs on the reference evaluator
    diagnose    whether a copy of everything that the run changes is kept in memory, to explain a
                loss that is infinite or NaN
    progress    True shows a bar on a terminal only; "lines" also prints a line per epoch elsewhere
    parallel    how a batch is divided among processes that a launcher started, as in `mpiexec -n 4
                python script.py`; see `chainrule.distributed.Parallel`

    The same model, data and seeds give the same weights, bit for bit, whether the run was killed
    and resumed or not, and under a launcher for any number of processes. Ctrl-C ends the run after
    the current step and writes a checkpoint, if `checkpoint` is given.

    Under a launcher all processes give the same arguments; `batch_size` is that of all together.
    Rank 0 alone evaluates, calls callbacks and writes files; all return the same history. If the
    loss, or the object whose method it is, has a method `terms(targets)`, the parts of a batch are
    weighted by the number that it returns, such as that of the words that the loss is the mean of;
    otherwise by their samples.

    The model trains in training mode, and returns to its previous mode afterwards. Modules inside
    it that are in inference mode, such as a pretrained network with fixed running statistics, stay
    in it; if the model itself is in inference mode, all of it is trained.

    Raises TrainingError for unusable data or settings, before the first step. Raises
    CheckpointError for a damaged checkpoint, for one of another run, with every setting that
    differs, and for a folder that another run uses; nothing is changed then. Raises NonFiniteError
    as soon as a loss or parameter is infinite or NaN; it names the first such gate and its line,
    the model keeps the parameters of the step before, and the folder the last good checkpoint.
    """
    require_model("fit", model)
    require_optimizer("fit", optimizer, model)
    require_loss("fit", loss)
    _require_one_of("progress", progress, True, False, "lines")
    _require_one_of("resume", resume, True, False, NEW_SETTINGS)
    metric_list, all_callbacks = metrics_of("fit", metrics), callbacks_of("fit", callbacks)
    epochs = whole_number("fit", "epochs", epochs, 1)
    between = communicator()
    parallel = Parallel() if parallel is None else parallel
    parallel.require_work(between)
    batch_size = whole_number("fit", "batch_size", batch_size, 1)
    seed = whole_number("fit", "seed", seed, 0, SEEDS)
    order = seed if shuffle else None
    training, held_out = as_batches(data, validate, batch_size, order, epochs, drop_last)
    if metric_list and held_out is None and not training.repeats:
        raise TrainingError(
            "Metrics were requested, but the data is an iterator, which training exhausts. Give "
            "validate=..., or data that can be iterated again."
        )
    objective = objective_of(model, loss, training)
    run = Run(model, optimizer, objective, epochs, training.count, training.samples)
    parameters = tracked_parameters(model, optimizer, average)
    settings: RunSettings = {}
    if checkpoint is not None or between.size > 1:
        settings = settings_of(model, optimizer, loss, training, held_out, average)
        settings |= parallel_settings(parallel, between)
    between.patience.limit = parallel.time_limit
    shared = SharedRun(between, run, parameters) if between.size > 1 else None
    if progress:
        all_callbacks.append(Progress(lines=progress == "lines"))
    persistence = None
    with ExitStack() as closing:
        if checkpoint is not None:
            where = checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)
            persistence = Persistence(where, run, parameters, all_callbacks, settings)
        restored = _Restored(persistence, closing, resume)
        if shared is None:
            restored.once()
        else:
            shared.agreeing(settings, parallel.fixed, restored.once)
            between = communicator()
        step: StepFunction
        if between.size > 1 or parallel.blocks_for(between) > 1:
            step = divided = divided_step(
                model, optimizer, loss, training, compiled, average, parameters, parallel, between
            )
            if shared is not None:
                shared.step = divided
        else:
            step = training_step(model, optimizer, loss, training, compiled, average)
        trainer = Trainer(
            run,
            parameters,
            step,
            training,
            _evaluation(model, loss, training, held_out, metric_list, compiled),
            all_callbacks,
            Diagnosis(run, parameters, diagnose),
            persistence,
            average,
            shared,
        )
        trainer.train()
    return run.history


@dataclass
class _Restored:
    """The run as it stands in its checkpoint, if there is one."""

    persistence: Persistence | None
    closing: ExitStack
    resume: bool | Literal["with new settings"]
    is_done: bool = False

    def once(self) -> None:
        """Restore the run, unless it was restored before."""
        if self.persistence is not None and not self.is_done:
            self.closing.enter_context(self.persistence.checkpoint.owned())
            self.persistence.begin(self.resume)
        self.is_done = True


def _evaluation(
    model: Module,
    loss: Loss,
    training: Batches,
    held_out: Batches | None,
    metrics: Sequence[Metric],
    compiled: bool,
) -> EpochEvaluation | None:
    """Return the evaluation after every epoch: on held-out data, or of metrics on training data."""
    if held_out is None and not metrics:
        return None
    data = held_out or training.in_order()
    step = evaluation_step(model, loss, data, compiled)
    return EpochEvaluation(step, data, tuple(metrics), "validation_" if held_out else "")


def _require_one_of(name: str, given: Any, *known: Any) -> None:
    if given not in known:
        choices = f"{', '.join(map(repr, known[:-1]))} or {known[-1]!r}"
        raise TrainingError(f"fit was given {name}={given!r}. Give {choices}.")
