"""Callbacks: each does what it says, and goes on with a resumed run."""

import csv
import io
import json

import numpy as np
import pytest
from rich.console import Console

import chainrule as cr
from training_runs import Script, data, fit, network, same


class Falling(cr.train.Callback):
    """Overwrites the figure that others watch, by the epoch."""

    def __init__(self, values):
        self.values = values

    def after_epoch(self, run, record):
        record["score"] = self.values[record["epoch"] - 1]


def stopping(values, **options):
    early = cr.train.EarlyStopping("score", **options)
    kept = {}

    class Keep(cr.train.Callback):
        def after_epoch(self, run, record):
            kept[record["epoch"]] = run.model.state()

    model, history = fit(data(), epochs=8, callbacks=[Falling(values), Keep(), early])
    (best,) = [epoch for epoch, state in kept.items() if same(state, model.state())]
    return len(history), best, history.stopped


CASES = {
    "min": ([5, 4, 3, 4, 4, 1, 1, 1], {"patience": 2}, 5, 3),
    "max": ([1, 2, 1, 3, 2, 2, 2, 9], {"patience": 3, "mode": "max"}, 7, 4),
    "delta": ([5.0, 4.9, 4.8, 4.7, 1, 1, 1, 1], {"patience": 3, "min_delta": 0.5}, 4, 1),
    "nan": ([5, 4, np.nan, np.nan, 1, 1, 1, 1], {"patience": 2}, 4, 2),
    "last": ([5, 4, 5, 5, 1, 1, 1, 1], {"patience": 2, "restore_best": False}, 4, 4),
}


@pytest.mark.parametrize("case", CASES)
def test_early_stopping_waits_and_brings_the_best_weights_back(case):
    values, options, epochs, best = CASES[case]
    ran, restored, stopped = stopping(values, **options)
    assert (ran, restored) == (epochs, best)
    assert stopped.startswith("score was best in epoch")


def test_a_run_that_improves_is_not_stopped():
    early = cr.train.EarlyStopping("loss", patience=3)
    _, history = fit(data(), epochs=5, callbacks=[early])
    assert len(history) == 5
    assert history.stopped is None


def test_early_stopping_goes_on_counting_after_a_checkpoint(tmp_path):
    def run(epochs, folder):
        watchers = [Falling([5, 4, 6, 6, 6, 1]), cr.train.EarlyStopping("score", patience=3)]
        return fit(data(), epochs=epochs, callbacks=watchers, checkpoint=folder)

    whole, wanted = run(6, tmp_path / "whole")
    for epochs in (1, 2, 3, 4, 6):
        model, history = run(epochs, tmp_path / "parts")
    assert same(model.state(), whole.state())
    assert len(history) == len(wanted) == 5
    assert history.stopped == wanted.stopped
    again, history = run(6, tmp_path / "parts")
    assert len(history) == 5
    assert same(again.state(), whole.state())


def test_the_best_model_is_in_its_file(tmp_path):
    path = tmp_path / "best.safetensors"
    keep = cr.train.BestModel(path, "score")
    states = []

    class Note(cr.train.Callback):
        def after_epoch(self, run, record):
            states.append(run.model.state())

    fit(data(), epochs=4, callbacks=[Falling([3, 1, 2, 4]), Note(), keep])
    model, _ = network()
    cr.load(path, model)
    assert same(model.state(), states[1])
    assert (keep.best.value, keep.best.epoch) == (1, 2)


def test_a_figure_that_there_is_not_is_named_with_those_there_are():
    for callback in (cr.train.EarlyStopping(), cr.train.BestModel("unused.safetensors")):
        with pytest.raises(cr.train.TrainingError, match=r"'validation_loss'.*epoch.*loss"):
            fit(data(), callbacks=[callback])


def test_settings_out_of_range_are_refused():
    for wrong in ({"patience": 0}, {"mode": "low"}, {"min_delta": -1.0}, {"min_delta": np.nan}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            cr.train.EarlyStopping(**wrong)
    for kind in (cr.train.JSONLinesLog, cr.train.TensorBoard):
        with pytest.raises(ValueError, match="every_steps=-1"):
            kind("unused", every_steps=-1)


def reducing(epochs, folder=None):
    model, optimizer = network()
    plateau = cr.optim.ReduceOnPlateau(optimizer, factor=0.5, patience=1)
    callbacks = [Falling([5, 4, 4, 4, 4, 4]), cr.train.ReduceOnPlateau(plateau, "score")]
    return fit(data(), model, optimizer, epochs=epochs, callbacks=callbacks, checkpoint=folder)


def test_the_rate_falls_on_a_plateau_in_resumed_runs_too(tmp_path):
    whole, history = reducing(6)
    assert history["learning_rate"] == [0.01, 0.01, 0.01, 0.01, 0.005, 0.005]
    for epochs in (1, 3, 4, 6):
        model, history = reducing(epochs, tmp_path)
    assert history["learning_rate"] == [0.01, 0.01, 0.01, 0.01, 0.005, 0.005]
    assert same(model.state(), whole.state())


def test_a_schedule_goes_on_after_a_checkpoint(tmp_path):
    def run(folder=None, callbacks=()):
        model, _ = network()
        schedule = cr.optim.schedules.Cosine(0.1, 12)
        optimizer = cr.optim.SGD(model, schedule)
        options = {"epochs": 4, "checkpoint": folder, "callbacks": callbacks}
        return fit(data(), model, optimizer, **options)

    whole, wanted = run()
    run(tmp_path, [Script(5, lambda run: run.interrupt())])
    model, history = run(tmp_path)
    assert same(model.state(), whole.state())
    assert history["learning_rate"] == wanted["learning_rate"]
    assert len(set(wanted["learning_rate"])) == 4


def test_logs_hold_every_epoch(tmp_path):
    logs = [
        cr.train.CSVLog(tmp_path / "log.csv"),
        cr.train.JSONLinesLog(tmp_path / "log.jsonl", every_steps=2),
    ]
    _, history = fit(data(), validate=0.25, callbacks=logs)
    with open(tmp_path / "log.csv", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row["validation_loss"]) for row in rows] == history["validation_loss"]
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [each["step"] for each in records if each["event"] == "step"] == [2, 4]
    epochs = [each for each in records if each["event"] == "epoch"]
    assert [each["loss"] for each in epochs] == history["loss"]


def test_a_resumed_run_logs_every_step_once(tmp_path):
    def run(folder, action=lambda run: None):
        log = cr.train.JSONLinesLog(folder / "log.jsonl", every_steps=1)
        saving = cr.train.Checkpoint(folder / "run", every_steps=2)
        callbacks = [log, Script(5, action)]
        fit(data(), callbacks=callbacks, checkpoint=saving, epochs=3)
        lines = (folder / "log.jsonl").read_text().splitlines()
        return [json.loads(each)["step"] for each in lines]

    def fail(run):
        raise RuntimeError("a power cut")

    (tmp_path / "parts").mkdir()
    (tmp_path / "whole").mkdir()
    with pytest.raises(RuntimeError, match="power cut"):
        run(tmp_path / "parts", fail)
    with open(tmp_path / "parts" / "log.jsonl", "a") as log:
        log.write('{"event": "st')
    assert run(tmp_path / "parts") == run(tmp_path / "whole")


def test_numbers_that_json_has_not_are_null(tmp_path):
    log = cr.train.JSONLinesLog(tmp_path / "log.jsonl")
    fit(data(), callbacks=[Falling([np.inf, np.nan]), log])
    for line in (tmp_path / "log.jsonl").read_text().splitlines():
        assert json.loads(line)["score"] is None


def test_tensorboard_gets_events(tmp_path):
    pytest.importorskip("tensorboardX")
    board = cr.train.TensorBoard(tmp_path / "events", every_steps=1)
    fit(data(), validate=0.25, callbacks=[board])
    (file,) = (tmp_path / "events").iterdir()
    content = file.read_bytes()
    for name in (b"epoch/validation_loss", b"epoch/learning_rate", b"step/loss"):
        assert name in content


def test_what_is_not_installed_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("chainrule.train.tensorboard.find_spec", lambda name: None)
    monkeypatch.setattr("chainrule.train.curves.find_spec", lambda name: None)
    with pytest.raises(cr.train.TrainingError, match=r"chainrule\[tensorboard\]"):
        cr.train.TensorBoard(tmp_path)
    with pytest.raises(cr.train.TrainingError, match=r"chainrule\[plot\]"):
        cr.train.Curves(tmp_path / "curves.png")


def test_curves_are_drawn_while_the_run_goes_on(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "curves.svg"
    fit(data(), validate=0.25, callbacks=[cr.train.Curves(path)])
    assert "</svg>" in path.read_text(encoding="utf-8")


def shown(terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120, highlight=False)
    progress = cr.train.Progress(console)
    fit(data(), validate=0.25, callbacks=[progress], progress=False)
    return console.file.getvalue()


def test_progress_tells_loss_rate_speed_and_epochs_on_a_terminal_only():
    told = shown(True)
    for part in ("epoch 1/2", "loss", "rate 0.01", "samples/s", "epoch   2", "validation loss"):
        assert part in told
    assert shown(False) == ""


def test_fit_prints_nothing_that_is_not_for_a_terminal(capsys):
    fit(data())
    assert capsys.readouterr() == ("", "")


def test_callbacks_hear_of_everything_in_order_and_are_closed_after_an_error():
    heard = []

    class Listening(cr.train.Callback):
        def start(self, run):
            heard.append("start")

        def after_step(self, run):
            heard.append(run.step)

        def after_epoch(self, run, record):
            heard.append(f"epoch {record['epoch']}")
            if record["epoch"] == 2:
                raise RuntimeError("my own mistake")

        def finish(self, run):
            heard.append("finish")

        def close(self):
            heard.append("close")

    with pytest.raises(RuntimeError, match="my own mistake"):
        fit(data(), epochs=3, callbacks=[Listening()])
    assert heard == ["start", 1, 2, 3, "epoch 1", 4, 5, 6, "epoch 2", "close"]


def test_what_callbacks_do_not_define_is_not_called():
    assert not cr.train.JSONLinesLog("unused").hears("after_step")
    assert not cr.train.EarlyStopping().hears("tick")
    assert cr.train.Progress().hears("tick")
