"""Where runs write: one run per folder, and odd paths are sentences before the first step."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.storage import StorageError
from training_runs import Script, data, fit, network, same

LOCK = ".chainrule.lock"
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from training_runs import Script, data, fit

def wait(run):
    print("training", flush=True)
    sys.stdin.read()

fit(data(), checkpoint=sys.argv[2], callbacks=[Script(1, wait)], compiled=False)
"""


def training(folder):
    tests = os.path.dirname(os.path.dirname(__file__))
    command = [sys.executable, "-c", RUN, tests, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_second_run_in_the_folder_is_refused_until_the_first_ends_or_is_killed(tmp_path):
    pytest.importorskip("fcntl")
    process = training(tmp_path)
    try:
        assert process.stdout.readline() == b"training\n"
        before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
        model, optimizer = network()
        state = model.state()
        says = (
            rf"The folder .* is in use by process {process.pid} on .*Wait until .* another folder"
        )
        for resume in (True, False, "with new settings"):
            with pytest.raises(cr.train.CheckpointError, match=says):
                fit(data(), model, optimizer, checkpoint=tmp_path, resume=resume)
        assert same(state, model.state())
        assert before == {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    found, _ = fit(data(), checkpoint=tmp_path)
    assert same(found.state(), fit(data())[0].state())
    assert LOCK not in os.listdir(tmp_path)


def test_threads_of_one_process_are_two_runs_too(tmp_path):
    pytest.importorskip("fcntl")
    found = []

    def second():
        try:
            fit(data(), checkpoint=tmp_path)
        except cr.train.CheckpointError as error:
            found.append(str(error))

    def start(run):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()

    fit(data(), checkpoint=tmp_path, callbacks=[Script(2, start)])
    assert [f"in use by process {os.getpid()}" in each for each in found] == [True]


def test_a_run_that_fails_gives_the_folder_back(tmp_path):
    def fail(run):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fit(data(), checkpoint=tmp_path, callbacks=[Script(2, fail)])
    assert LOCK not in os.listdir(tmp_path)
    assert len(fit(data(), checkpoint=tmp_path)[1]) == 2


def test_partial_files_of_a_living_writer_stay(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    folder = tmp_path / ".step-000000005.safetensors.abcd.partial"
    folder.mkdir()
    os.utime(folder, (0, 0))
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        fit(data(), checkpoint=tmp_path)
        assert folder.exists()
    finally:
        os.close(descriptor)
    fit(data(), epochs=3, checkpoint=tmp_path)
    assert not folder.exists()


def loop(path):
    path.symlink_to(path)


ODD = {
    "a pipe": ("run", os.mkfifo),
    "a file": ("run", lambda path: path.write_text("x")),
    "a loop": ("run", loop),
    "below a file": ("run/below", lambda path: path.parent.write_text("x")),
    "a null": ("nul\0", None),
    "lone surrogate": ("half \ud800", None),
    "too long": ("x" * 300, None),
}


@pytest.mark.skipif(os.name != "posix", reason="such files exist on POSIX systems only")
@pytest.mark.parametrize(("name", "make"), ODD.values(), ids=ODD)
def test_odd_paths_raise_printable_errors(tmp_path, name, make):
    path = tmp_path / name
    if make is not None:
        make(path)
    model, optimizer = network()
    before = model.state()
    with pytest.raises(cr.train.CheckpointError) as raised:
        fit(data(), model, optimizer, checkpoint=path)
    str(raised.value).encode()
    assert same(before, model.state())


def logs(path):
    yield cr.train.CSVLog(path)
    yield cr.train.JSONLinesLog(path)
    yield cr.train.BestModel(path, "loss")
    yield cr.train.Doctor(path, quiet=True)


@pytest.mark.skipif(os.name != "posix", reason="such files exist on POSIX systems only")
@pytest.mark.parametrize(("name", "make"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("place", range(4), ids=["csv", "json lines", "best model", "doctor"])
def test_odd_paths_of_logs_raise_printable_errors(tmp_path, name, make, place):
    path = tmp_path / name
    if make is not None:
        make(path)
    callback = list(logs(path))[place]
    if name == "run" and path.is_file() and place < 3:
        fit(data(), callbacks=[callback])
        return
    with pytest.raises((StorageError, cr.train.TrainingError)) as raised:
        fit(data(), callbacks=[callback])
    str(raised.value).encode()


@pytest.mark.parametrize("place", range(4), ids=["csv", "json lines", "best model", "doctor"])
def test_long_names_are_written(tmp_path, place):
    path = tmp_path / ("x" * 240)
    fit(data(), callbacks=[list(logs(path))[place]], checkpoint=tmp_path / ("y" * 250))
    assert path.exists()
    assert cr.train.Checkpoint(tmp_path / ("y" * 250)).latest() is not None


@pytest.mark.skipif(os.name != "posix", reason="such files exist on POSIX systems only")
def test_a_pipe_in_the_place_of_a_checkpoint_raises_an_error(tmp_path):
    os.mkfifo(tmp_path / "step-000000004.safetensors")
    with pytest.raises(cr.train.CheckpointError, match=r"a pipe, a socket or a device"):
        fit(data(), checkpoint=tmp_path)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_figures_at_odd_paths_raise_errors(tmp_path, suffix):
    pytest.importorskip("matplotlib")
    history = fit(data())[1]
    if os.name == "posix":
        os.mkfifo(tmp_path / f"pipe.{suffix}")
        loop(tmp_path / f"loop.{suffix}")
    odd = ["nul\0", "half \ud800", "x" * 300, "pipe", "loop"]
    for name in odd:
        with pytest.raises((StorageError, cr.train.TrainingError)) as raised:
            history.plot(tmp_path / f"{name}.{suffix}")
        str(raised.value).encode()
    long = tmp_path / f"{'x' * 240}.{suffix}"
    history.plot(long)
    assert long.stat().st_size > 1000
    assert np.isfinite(history["loss"]).all()
