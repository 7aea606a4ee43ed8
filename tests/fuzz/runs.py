"""Readers of what runs leave behind: checkpoints, logs, records of the doctor."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.train import doctor
from chainrule.train.callbacks.json_log import JSONLinesLog
from chainrule.train.checkpoints.resume import Persistence
from chainrule.train.checkpoints.run_settings import settings_of
from chainrule.train.data.data_source import as_batches
from chainrule.train.state.epoch_figures import figures
from chainrule.train.state.run import Run
from chainrule.train.state.tracked_parameters import (
    TrackedParameters,
    copied_values,
    restore_values,
    tracked_parameters,
)

from .mutations import in_arrays, in_json_lines
from .reader import Reader

FILE = "step-000000004.safetensors"


def _trained(folder: Path, **options: Any) -> None:
    """Make a small run that leaves a checkpoint and logs in a folder."""
    model, optimizer = _model()
    options = {"epochs": 2, "batch_size": 16, "compiled": False} | options
    cr.train.fit(model, optimizer, cr.nn.cross_entropy, _data(), **options)


def _data() -> tuple[Any, Any]:
    x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    return x, (x[:, 0] > 0).astype("int64")


def _model() -> tuple[cr.nn.Module, cr.optim.Optimizer]:
    layers = [cr.nn.Linear(3, 4, random=0), cr.relu, cr.nn.Dropout(0.1, random=2)]
    model = cr.nn.Sequential(*layers, cr.nn.Linear(4, 2, random=1))
    return model, cr.optim.Adam(model, learning_rate=1e-2)


def _run() -> tuple[Run, TrackedParameters]:
    model, optimizer = _model()
    return Run(model, optimizer, lambda *_: cr.as_tensor(0.0), 2), tracked_parameters(
        model, optimizer
    )


# -- checkpoints -----------------------------------------------------------------------------------


def _checkpoint(folder: Path) -> None:
    saving = cr.train.Checkpoint(folder, every_steps=100, keep=1)
    _trained(folder, checkpoint=saving, callbacks=[cr.train.EarlyStopping("loss")])


def _resumed() -> Callable[[Path], None]:
    """Return what resumes one and the same run, and sees that errors leave it as it was."""
    run, parameters = _run()
    early = cr.train.EarlyStopping("loss")
    before = copied_values(parameters)
    batches, _ = as_batches(_data(), None, 16, 0, 2)
    settings = settings_of(run.model, run.optimizer, cr.nn.cross_entropy, batches, None, None)

    def read(folder: Path) -> None:
        persistence = Persistence(cr.train.Checkpoint(folder), run, parameters, [early], settings)
        run.history.restore([], np.zeros(0))
        run.step = run.epoch = 0
        early.__init__("loss")
        try:
            persistence.begin(True)
        except cr.ChainruleError:
            assert _same(before, copied_values(parameters))
            assert (run.step, run.epoch, run.history.epochs) == (0, 0, [])
            assert early.best.value is None
            assert early.waited == 0
            raise
        finally:
            restore_values(parameters, before)
        list(run.history), run.history.to_dict(), run.mean_loss, run.speed
        figures(run.history.epochs[-1])

    return read


def _same(first: Any, second: Any) -> bool:
    return all(each.tobytes() == second[name].tobytes() for name, each in first.items())


# -- logs and records ------------------------------------------------------------------------------


def _log(folder: Path) -> None:
    _trained(folder, callbacks=[JSONLinesLog(folder / "log.jsonl", every_steps=1)])


def _log_resumed() -> Callable[[Path], None]:
    run, _ = _run()
    run.step, run.epoch = 3, 2

    def read(folder: Path) -> None:
        log = JSONLinesLog(folder / "log.jsonl")
        before = log.path.read_bytes()
        try:
            log.check(run, None)
        except cr.ChainruleError:
            assert log.path.read_bytes() == before
            raise
        log.start(run)

    return read


def _records(folder: Path) -> None:
    _trained(folder, callbacks=[doctor.Doctor(folder, quiet=True)])


def _examined(folder: Path) -> None:
    history = doctor.read(folder)
    str(doctor.DoctorReport(history, doctor.found_in(history))).encode()


RUNS = {
    "checkpoint": Reader(_checkpoint, FILE, in_arrays("training"), _resumed()),
    "json log": Reader(_log, "log.jsonl", in_json_lines, _log_resumed()),
    "doctor": Reader(_records, doctor.records.exam_records.NAME, in_json_lines, _examined),
}
