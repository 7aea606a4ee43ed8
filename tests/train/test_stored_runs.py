"""What runs of every version left behind can be gone on with; later versions are sentences."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import chainrule as cr
from chainrule.cli import app
from chainrule.storage import StorageError, read_arrays, write_arrays
from chainrule.train import doctor
from stored_run import STEP, train
from training_runs import same

STORED = Path(__file__).parent.parent / "stored"
VERSIONS = (1, 2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    model, history = train(folder)
    return model, history, folder


def copied(folder, version):
    """Put the files of a version where the run looks for them."""
    (folder / "run").mkdir(parents=True)
    name = f"step-{STEP:09d}.safetensors"
    shutil.copy(STORED / f"chainrule-training-{version}.safetensors", folder / "run" / name)
    for kind in ("log", "doctor"):
        shutil.copy(STORED / f"chainrule-{kind}-{version}.jsonl", folder / f"{kind}.jsonl")
    return folder / "run" / name


def test_every_version_has_its_files():
    for kind in ("training", "log", "doctor"):
        found = sorted(each.name for each in STORED.glob(f"chainrule-{kind}-*"))
        assert [name.split(".")[0].rsplit("-", 1)[1] for name in found] == list(map(str, VERSIONS))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_of_any_version_continues(tmp_path, whole, version):
    """The steps before were made by the code of then, whose last digits may differ."""
    copied(tmp_path, version)
    model, history = train(tmp_path)
    for path, wanted in whole[0].state().items():
        np.testing.assert_allclose(model.state()[path], wanted, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(history.losses, whole[1].losses, rtol=1e-5)
    assert steps(tmp_path) == steps(whole[2])
    found, wanted = doctor.read(tmp_path), doctor.read(whole[2])
    assert [each.step for each in found.exams] == [each.step for each in wanted.exams]
    assert read_arrays(cr.train.Checkpoint(tmp_path / "run").latest())[1]["format"] == "chainrule-2"


def steps(folder):
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [(each["event"], each["step"], each["loss"]) for each in map(json.loads, lines)]


def test_the_few_settings_of_the_first_version_are_compared(tmp_path):
    path = copied(tmp_path, 1)
    arrays, metadata = read_arrays(path)
    changed = metadata["training"].replace('"batch_size": 12', '"batch_size": 6')
    write_arrays(path, arrays, {"training": changed})
    with pytest.raises(cr.train.CheckpointError, match="batch_size was 6 and is 12"):
        train(tmp_path)


LATER = {
    "run": ("chainrule-training-2", "chainrule-training-3"),
    "log": ("chainrule-log-2", "chainrule-log-3"),
    "doctor": ("chainrule-doctor-2", "chainrule-doctor-33"),
}


@pytest.mark.parametrize(("kind", "names"), LATER.items(), ids=LATER)
def test_a_later_version_raises_an_error_and_nothing_is_changed(tmp_path, kind, names):
    path = copied(tmp_path, 2)
    if kind == "run":
        arrays, metadata = read_arrays(path)
        write_arrays(path, arrays, {"training": metadata["training"].replace(*names)})
    else:
        file = tmp_path / f"{kind}.jsonl"
        file.write_text(file.read_text().replace(*names))
    before = {each: each.read_bytes() for each in tmp_path.rglob("*.*") if each.is_file()}
    says = rf"has the format {names[1]}, and this version .* reads {names[0]} and older ones"
    with pytest.raises((cr.train.CheckpointError, StorageError), match=says):
        train(tmp_path)
    assert before == {each: each.read_bytes() for each in tmp_path.rglob("*.*") if each.is_file()}


DAMAGED = {
    "another byte": lambda content: content.replace(b'"epoch"', b'"ep\xffch"', 1),
    "no object": lambda content: b"[]\n" + content,
    "a line cut off": lambda content: content.replace(b"}\n", b"\n", 1),
    "another kind of value": lambda content: content.replace(b'"step": 1', b'"step": "1"', 1),
    "a missing value": lambda content: content.replace(b'"step": 1,', b"", 1),
    "deeply nested": lambda content: b"[" * 10**5 + b"\n" + content,
}


@pytest.mark.parametrize("kind", ["log", "doctor"])
@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_damaged_lines_raise_an_error_before_anything_is_changed(tmp_path, kind, change):
    copied(tmp_path, 2)
    file = tmp_path / f"{kind}.jsonl"
    file.write_bytes(change(file.read_bytes()))
    before, models = file.read_bytes(), []

    class Watching(cr.train.Callback):
        def check(self, run, state):
            models.append((run.model, run.model.state()))

    with pytest.raises(cr.train.TrainingError, match=rf"{kind}\.jsonl, line \d+, is not a record"):
        train(tmp_path, [Watching()])
    assert file.read_bytes() == before
    ((model, state),) = models
    assert same(state, model.state())
    file.write_bytes(b"")
    assert len(train(tmp_path)[1]) == 3


def test_what_is_no_log_raises_an_error(tmp_path):
    copied(tmp_path, 2)
    log = tmp_path / "log.jsonl"
    log.unlink()
    log.mkdir()
    with pytest.raises(StorageError, match=r"log\.jsonl was to be read, but it is a folder"):
        train(tmp_path)


# -- callbacks -------------------------------------------------------------------------------------


class Counting(cr.train.Callback):
    """Counts steps."""

    def __init__(self):
        self.seen = 0

    def after_step(self, run):
        self.seen += 1

    def state(self):
        return {"seen": self.seen}

    def load_state(self, state):
        self.seen = state["seen"]


class Forgetful(Counting):
    """Cannot take its state back."""

    def load_state(self, state):
        if state["seen"]:
            raise KeyError("lost")


def test_callbacks_take_their_states_back_all_or_none(tmp_path):
    counting = Counting()
    model = cr.nn.Linear(2, 1, random=0)
    data = (np.ones((4, 2), "float32"), np.ones((4, 1), "float32"))

    def run(callbacks, epochs):
        optimizer = cr.optim.SGD(model, 0.1)
        options = {"epochs": epochs, "callbacks": callbacks, "checkpoint": tmp_path}
        return cr.train.fit(model, optimizer, cr.nn.squared_error, data, **options)

    run([Counting(), Forgetful()], 1)
    before = model.state()
    with pytest.raises(cr.train.CheckpointError, match=r"callback Forgetful\.1 cannot .*'lost'"):
        run([counting, Forgetful()], 2)
    assert counting.seen == 0
    assert same(before, model.state())


HOSTILE = {
    "best": ("callbacks", "EarlyStopping.1", "best", "x"),
    "best epoch": ("callbacks", "EarlyStopping.1", "best_epoch", None),
    "waited": ("callbacks", "EarlyStopping.1", "waited", 1.5),
    "weights": ("callbacks", "EarlyStopping.1", "weights/0.weight", 3),
    "state": ("callbacks", "EarlyStopping.1", []),
    "array": ("callbacks", "EarlyStopping.1", "best", {"array": "best"}),
    "callbacks": ("callbacks", 3),
    "epoch": ("progress", "epoch", 0),
    "bool": ("progress", "step", True),
    "huge": ("progress", "step", 2**70),
    "another step": ("progress", "step", STEP + 1),
    "position": ("progress", "position", -1),
    "total": ("progress", "total", float("nan")),
    "seconds": ("progress", "seconds", "1"),
    "stopped": ("progress", "stopped", 1),
    "progress": ("progress", None),
    "epochs": ("epochs", [3]),
    "no epochs": ("epochs", []),
    "record": ("epochs", [{"epoch": 1}]),
    "settings": ("settings", "python.version", 3),
    "all settings": ("settings", []),
    "header": (7,),
}


@pytest.mark.parametrize("path", HOSTILE.values(), ids=HOSTILE)
def test_wrong_values_with_a_right_checksum_raise_errors_and_nothing_is_changed(tmp_path, path):
    file = copied(tmp_path, 2)
    arrays, metadata = read_arrays(file)
    *keys, last, value = ("header", *path)
    root = {"header": json.loads(metadata["training"])}
    holder = root
    for key in keys:
        holder = holder[key]
    holder[last] = value
    write_arrays(file, arrays, {"training": json.dumps(root["header"])})
    content, log = file.read_bytes(), (tmp_path / "log.jsonl").read_bytes()
    with pytest.raises(cr.train.TrainingError):
        train(tmp_path)
    assert (file.read_bytes(), (tmp_path / "log.jsonl").read_bytes()) == (content, log)


ODD_RECORDS = {
    "no step forward": lambda text: text + text.splitlines(keepends=True)[0],
    "step 0": lambda text: text.replace('"step": 1,', '"step": 0,', 1),
    "a negative norm": lambda text: text.replace('"norm": ', '"norm": -', 1),
    "lone surrogate": lambda text: text.replace('"name": "', '"name": "\\ud800', 1),
    "a huge number": lambda text: text.replace('"samples": 12', f'"samples": {10**30}', 1),
    "a number too long": lambda text: text.replace('"samples": 12', f'"samples": {"9" * 5000}', 1),
    "an unknown field": lambda text: text.replace('"samples"', '"simples"', 1),
    "gates that are none": lambda text: text.replace('"gates": [', '"gates": [3, ', 1),
    "another record": lambda text: text.replace('"exam"', '"examination"', 1),
    "nothing": lambda text: "",
}


@pytest.mark.parametrize("change", ODD_RECORDS.values(), ids=ODD_RECORDS)
def test_the_doctor_answers_odd_records_with_a_readable_message(tmp_path, change):
    copied(tmp_path, 2)
    file = tmp_path / "doctor.jsonl"
    file.write_text(change(file.read_text()))
    result = CliRunner().invoke(app, ["doctor", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert "doctor.jsonl" in result.stderr
    assert isinstance(result.exception, SystemExit)


@pytest.mark.skipif(os.name != "posix", reason="such files exist on POSIX systems only")
def test_the_doctor_answers_odd_files_with_a_readable_message(tmp_path):
    os.mkfifo(tmp_path / "doctor.jsonl")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "loop", tmp_path / ("x" * 300), tmp_path / "half \udcff"):
        result = CliRunner().invoke(app, ["doctor", os.fspath(path)])
        assert result.exit_code == 2, result.output
        assert isinstance(result.exception, SystemExit)


def test_records_of_nothing_but_zeros_can_be_read(tmp_path):
    copied(tmp_path, 2)
    file = tmp_path / "doctor.jsonl"
    file.write_text(
        re.sub(r'"(norm|gradient|size|moved)": [\d.e-]+', r'"\1": 0.0', file.read_text())
    )
    result = CliRunner().invoke(app, ["doctor", str(tmp_path)])
    assert result.exit_code in (0, 1), result.output
