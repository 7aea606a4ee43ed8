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


def test_early_stopping_continues_counting_after_a_checkpoint(tmp_path):
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


def test_best_weights_of_a_table_whose_rows_are_behind_are_those_of_that_epoch():
    words = np.arange(40).reshape(-1, 2) % 30

    def run(epochs, callbacks=()):
        model = cr.nn.Sequential(
            cr.nn.Embedding(30, 4, random=0), cr.nn.Flatten(), cr.nn.Linear(8, 2, random=1)
        )
        optimizer = cr.optim.Adam(model, learning_rate=0.05, rows="caught_up")
        given = (words, data()[1][:20])
        fit(given, model, optimizer, epochs=epochs, batch_size=4, callbacks=callbacks)
        return model.state()

    found = run(5, [Falling([5, 4, 6, 6, 6]), cr.train.EarlyStopping("score")])
    for name, value in run(2).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-6)


def test_a_callback_starts_again_in_every_run(tmp_path):
    early = cr.train.EarlyStopping("score", patience=2)
    keep = cr.train.BestModel(tmp_path / "best.safetensors", "score")
    fit(data(), epochs=4, callbacks=[Falling([1, 2, 3, 4]), early, keep])
    model, history = fit(data(), epochs=3, callbacks=[Falling([9, 8, 7]), early, keep], seed=1)
    assert len(history) == 3
    assert same(model.state(), fit(data(), epochs=3, seed=1)[0].state())
    assert keep.best.value == 7


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


def test_an_unknown_figure_is_named_with_the_known_ones():
    for callback in (cr.train.EarlyStopping(), cr.train.BestModel("unused.safetensors")):
        with pytest.raises(cr.train.TrainingError, match=r"'validation_loss'.*epoch.*loss"):
            fit(data(), callbacks=[callback])


def test_settings_out_of_range_are_refused():
    patience = [{"patience": each} for each in (0, 2.5, "2")]
    for wrong in (*patience, {"mode": "low"}, {"min_delta": -1.0}, {"min_delta": np.nan}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            cr.train.EarlyStopping(**wrong)
    for kind in (cr.train.JSONLinesLog, cr.train.TensorBoard):
        for steps in (-1, 1.5):
            with pytest.raises(ValueError, match=f"every_steps={steps}"):
                kind("unused", every_steps=steps)


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


def test_a_schedule_continues_after_a_checkpoint(tmp_path):
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


def test_logged_rates_are_those_of_the_steps_that_were_made(tmp_path):
    model, _ = network()
    rates = [0.4, 0.3, 0.2, 0.1]
    optimizer = cr.optim.SGD(model, lambda step: 0.4 - 0.1 * step.astype("float64"))
    heard = []

    class Reading(cr.train.Callback):
        def after_step(self, run):
            heard.append(run.learning_rate)

    log = cr.train.JSONLinesLog(tmp_path / "log.jsonl", every_steps=1)
    options = {"batch_size": 20, "callbacks": [log, Reading()]}
    _, history = fit(data(), model, optimizer, **options)
    records = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    logged = [each["learning_rate"] for each in records if each["event"] == "step"]
    np.testing.assert_allclose(logged, rates)
    np.testing.assert_allclose(heard, rates)
    np.testing.assert_allclose(history["learning_rate"], rates[1::2])


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
    monkeypatch.setattr("chainrule.train.callbacks.tensorboard.find_spec", lambda name: None)
    monkeypatch.setattr("chainrule.train.state.figure_files.find_spec", lambda name: None)
    with pytest.raises(cr.train.TrainingError, match=r"chainrule\[tensorboard\]"):
        cr.train.TensorBoard(tmp_path)
    with pytest.raises(cr.train.TrainingError, match=r"chainrule\[plot\]"):
        cr.train.Curves(tmp_path / "curves.png")


def test_curves_are_drawn_while_the_run_continues(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "curves.svg"
    fit(data(), validate=0.25, callbacks=[cr.train.Curves(path)])
    assert "</svg>" in path.read_text(encoding="utf-8")


def shown(terminal, **options):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120, highlight=False)
    progress = cr.train.Progress(console, **options)
    fit(data(), validate=0.25, callbacks=[progress], progress=False)
    return console.file.getvalue()


def test_progress_tells_loss_rate_speed_and_epochs_on_a_terminal_only():
    told = shown(True)
    for part in ("epoch 1/2", "loss", "rate 0.01", "samples/s", "epoch   2", "validation loss"):
        assert part in told
    assert shown(False) == ""


def test_lines_of_epochs_are_printed_anywhere_if_asked(capsys):
    fit(data(), validate=0.25, metrics=[cr.train.metrics.Accuracy()], progress="lines")
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch   1  loss")
    assert second.startswith("epoch   2  loss")
    for part in ("validation loss", "validation accuracy", "rate 0.01", "samples/s"):
        assert part in second
    assert shown(False, lines=True).count("\n") == 2


def test_fit_prints_nothing_that_is_not_for_a_terminal(capsys):
    fit(data())
    assert capsys.readouterr() == ("", "")


def test_callbacks_receive_all_events_in_order_and_are_closed_after_an_error():
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


def test_after_an_epoch_the_run_still_stands_in_it():
    heard = []

    class Listening(cr.train.Callback):
        def after_epoch(self, run, record):
            heard.append((run.epoch, run.samples, run.mean_loss, run.speed))

    _, history = fit(data(), callbacks=[Listening()])
    losses, speeds = history["loss"], history["samples_per_second"]
    assert heard == [(1, 40, losses[0], speeds[0]), (2, 40, losses[1], speeds[1])]


def test_what_callbacks_do_not_define_is_not_called():
    assert not cr.train.JSONLinesLog("unused").handles("after_step")
    assert not cr.train.EarlyStopping().handles("tick")
    assert cr.train.Progress().handles("tick")
