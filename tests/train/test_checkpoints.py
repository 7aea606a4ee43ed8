"""Checkpoints: what goes on from them, and what keeps them usable."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import chainrule as cr
from chainrule.graph import Replace, apply_together
from training_runs import Script, data, fit, network, same

STOP = 4


def half(folder, model=None, optimizer=None, **options):
    """Train to the middle of the second epoch, and write a checkpoint there."""
    if model is None:
        model, optimizer = network(0.3)
    interrupted = Script(STOP, lambda run: run.interrupt())
    options = {"callbacks": [interrupted], "checkpoint": folder} | options
    return fit(data(), model, optimizer, **options)


class Accumulated(cr.nn.Module):
    """Counts its calls in training, as running statistics do."""

    def __init__(self):
        self.calls = cr.parameter(0, trainable=False)

    def forward(self, x):
        if self.training:
            apply_together([Replace(self.calls, self.calls + 1)])
        return x


@pytest.mark.parametrize("compiled", [True, False])
def test_a_run_continues_in_the_middle_of_an_epoch_with_everything(tmp_path, compiled):
    def build():
        model = cr.nn.Sequential(*network(0.3)[0].layers, Accumulated())
        return model, cr.optim.Adam(model, learning_rate=1e-2)

    options = {"epochs": 4, "compiled": compiled, "validate": 0.1}
    whole, wanted = fit(data(), *build(), **options)
    _, stopped = half(tmp_path, *build(), **options)
    assert stopped.stopped == f"interrupted in epoch 2 after step {STOP}"
    assert len(stopped) == 1
    model, optimizer = build()
    model, history = fit(data(), model, optimizer, checkpoint=tmp_path, **options)
    assert same(model.state(), whole.state())
    assert model[4].calls.item() == 12
    assert optimizer.steps.item() == 12
    assert history.losses.tolist() == wanted.losses.tolist()
    assert history["validation_loss"] == wanted["validation_loss"]
    assert history.stopped is None


@pytest.mark.parametrize("optimizer", ["SGD", "Adagrad", "RMSProp", "Adam", "SparseAdam"])
def test_every_optimizer_continues_bit_for_bit(tmp_path, optimizer):
    def build():
        model = network(0.3)[0]
        return model, getattr(cr.optim, optimizer)(model, learning_rate=1e-2)

    whole, _ = fit(data(), *build(), epochs=3)
    half(tmp_path, *build(), epochs=3)
    found, _ = fit(data(), *build(), epochs=3, checkpoint=tmp_path)
    assert same(found.state(), whole.state())


@pytest.mark.parametrize("rows", ["touched", "dense", "caught_up"])
def test_tables_continue_bit_for_bit(tmp_path, rows):
    """Rows that are caught up late are stored as they are: saving settles nothing."""
    words = np.random.default_rng(0).integers(0, 30, (40, 2))

    def build():
        model = cr.nn.Sequential(
            cr.nn.Embedding(30, 4, random=0), cr.nn.Flatten(), cr.nn.Linear(8, 2, random=1)
        )
        return model, cr.optim.Adam(model, learning_rate=1e-2, rows=rows)

    def run(**options):
        options = {"epochs": 3, "batch_size": 7} | options
        given = (words, data()[1])
        model, optimizer = build()
        cr.train.fit(model, optimizer, cr.nn.cross_entropy, given, **options)
        return model.state()

    whole = run()
    run(checkpoint=tmp_path, callbacks=[Script(8, lambda run: run.interrupt())])
    assert same(run(checkpoint=tmp_path), whole)


def test_a_finished_run_is_not_made_again_and_a_longer_one_continues(tmp_path):
    first, _ = fit(data(), checkpoint=tmp_path)
    again, history = fit(data(), checkpoint=tmp_path)
    assert same(first.state(), again.state())
    assert len(history) == 2
    longer, history = fit(data(), epochs=4, checkpoint=tmp_path)
    assert same(longer.state(), fit(data(), epochs=4)[0].state())
    assert history["epoch"] == [1, 2, 3, 4]


def test_checkpoints_come_every_so_many_steps_or_seconds_and_the_latest_are_kept(tmp_path):
    steps = cr.train.Checkpoint(tmp_path / "steps", every_steps=2, keep=3)
    fit(data(), epochs=3, checkpoint=steps)
    assert [each.name for each in steps.paths()] == [
        f"step-{step:09d}.safetensors" for step in (6, 8, 9)
    ]
    seconds = cr.train.Checkpoint(tmp_path / "seconds", every_seconds=1e-9, keep=9)
    fit(data(), epochs=3, checkpoint=seconds)
    assert [each.name for each in seconds.paths()][-1] == "step-000000009.safetensors"
    assert len(seconds.paths()) >= 2


def test_what_a_killed_writer_left_behind_is_removed(tmp_path):
    half(tmp_path)
    left = tmp_path / ".step-000000005.safetensors.abcd.partial"
    left.mkdir()
    (left / "step-000000005.safetensors").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    fit(data(), *network(0.3), checkpoint=tmp_path)
    assert not left.exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_checkpoints_are_safetensors_and_json(tmp_path):
    half(tmp_path)
    path = cr.train.Checkpoint(tmp_path).latest()
    arrays = load_file(path)
    assert {"values/model/0.weight", "values/stream/2.stream", "losses"} <= set(arrays)
    size = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + size])["__metadata__"]
    assert json.loads(header["training"])["progress"]["step"] == STOP


def test_averages_of_weights_are_updated_in_the_step_and_continue_bit_for_bit(tmp_path):
    def run(folder=None, callbacks=()):
        model, optimizer = network(0.3)
        average = cr.optim.Average(model, 0.9)
        options = {"epochs": 3, "checkpoint": folder, "callbacks": callbacks}
        fit(data(), model, optimizer, average=average, **options)
        return {name: each.value for name, each in average.named_state().items()}

    whole = run()
    assert whole["updates"] == 9
    run(tmp_path, [Script(STOP, lambda run: run.interrupt())])
    assert same(run(tmp_path), whole)


# -- trouble ---------------------------------------------------------------------------------------


def refused(folder, says, given=None, model=None, optimizer=None, **options):
    """A run that cannot go on says why, and changes neither model nor folder."""
    if model is None:
        model, optimizer = network(0.3)
    before, files = model.state(), {each: each.read_bytes() for each in folder.iterdir()}
    with pytest.raises(cr.train.CheckpointError, match=says):
        fit(given or data(), model, optimizer, checkpoint=folder, **options)
    assert same(before, model.state())
    assert files == {each: each.read_bytes() for each in folder.iterdir()}


def test_a_checkpoint_of_another_run_is_refused_with_all_that_differs(tmp_path):
    half(tmp_path)
    other = cr.nn.Sequential(cr.nn.Linear(3, 9, random=0), cr.tanh, cr.nn.Linear(9, 2, random=1))
    says = r"model/2\.weight is missing|model/0\.weight is float32\[8,3\], not float32\[9,3\]"
    refused(tmp_path, says, None, other, cr.optim.Adam(other))
    model, _ = network(0.3)
    refused(tmp_path, "optimizer was 'Adam' and is 'SGD'", None, model, cr.optim.SGD(model, 0.1))
    refused(tmp_path, "seed was 0 and is 1", seed=1)
    refused(tmp_path, "batch_size was 16 and is 8", batch_size=8)
    refused(tmp_path, r"arrays was .*float32\[40, 3\].* is .*float32\[30, 3\]", data(30))
    refused(tmp_path, "resume=False was given", resume=False)


def damaged(path, kind):
    content = path.read_bytes()
    if kind == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "noise":
        path.write_bytes(os.urandom(200))
    elif kind == "foreign":
        save_file({"weight": np.zeros(3, "float32")}, path)
    elif kind == "no progress":
        save_file({"losses": np.zeros(3)}, path, {"training": '{"format": "chainrule-training-1"}'})


@pytest.mark.parametrize("kind", ["cut off", "empty", "noise", "foreign", "no progress"])
def test_a_damaged_checkpoint_is_refused_and_the_one_before_it_is_usable(tmp_path, kind):
    checkpoint = cr.train.Checkpoint(tmp_path, every_steps=1)
    half(tmp_path, checkpoint=checkpoint)
    earlier, latest = checkpoint.paths()
    damaged(latest, kind)
    refused(tmp_path, latest.name)
    latest.unlink()
    assert earlier.exists()
    found, _ = fit(data(), *network(0.3), checkpoint=checkpoint)
    assert same(found.state(), fit(data(), *network(0.3))[0].state())


def test_a_full_disk_ends_the_run_and_the_checkpoint_before_is_usable(tmp_path, monkeypatch):
    checkpoint = cr.train.Checkpoint(tmp_path, every_steps=1)
    fsync, left = os.fsync, [8]

    def full(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(cr.train.CheckpointError, match=r"No space left.*can be resumed"):
        half(tmp_path, checkpoint=checkpoint)
    monkeypatch.undo()
    assert not list(tmp_path.glob(".*"))
    assert checkpoint.latest() == checkpoint.path(3)
    found, _ = fit(data(), *network(0.3), checkpoint=checkpoint)
    assert same(found.state(), fit(data(), *network(0.3))[0].state())


def refusing(monkeypatch, writes):
    """Let so many files be written, and no more."""
    replace, left = os.replace, [writes]

    def full(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)


def test_a_folder_that_cannot_be_written_is_named_before_the_first_step(tmp_path, monkeypatch):
    model, optimizer = network()
    before = model.state()
    refusing(monkeypatch, writes=0)
    with pytest.raises(cr.train.CheckpointError, match="Permission denied"):
        fit(data(), model, optimizer, checkpoint=tmp_path)
    assert same(before, model.state())


def test_callbacks_finish_when_the_last_checkpoint_fails(tmp_path, monkeypatch):
    class Score(cr.train.Callback):
        def after_epoch(self, run, record):
            record["score"] = record["epoch"]

    model, optimizer = network()
    early = cr.train.EarlyStopping("score")
    saving = cr.train.Checkpoint(tmp_path, every_steps=1000)
    refusing(monkeypatch, writes=1)
    with pytest.raises(cr.train.CheckpointError, match="Permission denied"):
        fit(data(), model, optimizer, checkpoint=saving, callbacks=[Score(), early])
    monkeypatch.undo()
    assert same(model.state(), fit(data(), epochs=1)[0].state())


def test_a_callback_whose_state_cannot_be_stored_is_named_before_the_first_step(tmp_path):
    class Seen(cr.train.Callback):
        def state(self):
            return {"seen": set()}

    model, optimizer = network()
    before = model.state()
    with pytest.raises(cr.train.CheckpointError, match=r"callback Seen\.1 cannot be stored: .*set"):
        fit(data(), model, optimizer, checkpoint=tmp_path, callbacks=[Seen()])
    assert same(before, model.state())
    fit(data(), model, optimizer, callbacks=[Seen()])


def test_early_stopping_continues_only_with_the_best_weights(tmp_path):
    def watched(restore_best, epochs):
        early = cr.train.EarlyStopping("loss", restore_best=restore_best)
        return fit(data(), epochs=epochs, callbacks=[early], checkpoint=tmp_path)

    watched(False, 1)
    with pytest.raises(cr.train.TrainingError, match="without the best weights"):
        watched(True, 2)
    assert len(watched(False, 2)[1]) == 2


def test_the_rate_of_an_epoch_is_that_of_its_last_step_after_a_checkpoint_too(tmp_path):
    def run(folder, callbacks=()):
        model, _ = network()
        optimizer = cr.optim.SGD(model, lambda step: 0.4 - 0.1 * step.astype("float64"))
        options = {"batch_size": 20, "checkpoint": folder, "callbacks": callbacks}
        return fit(data(), model, optimizer, **options)[1]

    class Failing(cr.train.Callback):
        def after_epoch(self, run, record):
            raise RuntimeError("a power cut")

    saving = cr.train.Checkpoint(tmp_path / "parts", every_steps=2)
    with pytest.raises(RuntimeError, match="power cut"):
        run(saving, [Failing()])
    assert run(saving)["learning_rate"] == run(tmp_path / "whole")["learning_rate"]


def test_a_folder_that_is_a_file_is_named_before_training(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(cr.train.CheckpointError, match="is not a folder"):
        fit(data(), checkpoint=tmp_path / "file")


def test_settings_of_checkpoints_are_positive():
    steps = [{"every_steps": each} for each in (0, 2.5, "1")]
    seconds = [{"every_seconds": each} for each in (-1.0, 0, "1")]
    kept = [{"keep": each} for each in (0, 1.5, None)]
    for wrong in (*steps, *seconds, *kept):
        with pytest.raises(ValueError, match=rf"{next(iter(wrong))}=.*Give an? "):
            cr.train.Checkpoint(Path("run"), **wrong)


def test_only_folders_of_checkpoints_under_way_are_removed(tmp_path):
    own = [".step-notes.partial", ".step-000000001.safetensors.partial", ".step-1.01234567.partial"]
    for name in (*own, ".step-000000001.safetensors.01234567.partial"):
        (tmp_path / name).mkdir()
    cr.train.Checkpoint(tmp_path).tidy()
    assert sorted(os.listdir(tmp_path)) == sorted(own)
