"""The benchmarks compare like with like: every model learns in chainrule as it does in PyTorch."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import frameworks
from benchmarks.__main__ import app
from benchmarks.catalogue import TASKS, Once, Training, chosen
from benchmarks.comparison import Result, mean_ratio
from benchmarks.problem import Learner
from benchmarks.timing import Stopwatch

STEPS = 4
BY_SIZES = {(task.module, task.tiny): task.name for task in TASKS if isinstance(task, Training)}
RANDOM = {"layer-dropout"}  # frameworks drop different elements


def losses(framework, name):
    (task,) = chosen([name])
    problem = task.problem(task.tiny)
    return frameworks.learner(framework, task.module, problem).losses(problem.batches, STEPS)


@pytest.mark.parametrize("name", [name for name in BY_SIZES.values() if name not in RANDOM])
def test_the_model_learns_as_in_torch(name):
    pytest.importorskip("torch")
    assert np.allclose(losses("chainrule", name), losses("torch", name), rtol=1e-4)


@pytest.mark.parametrize("name", ["encoder", "encoder-inference", "layer-attention-masked"])
def test_the_model_learns_as_in_jax(name):
    pytest.importorskip("optax")
    assert np.allclose(losses("chainrule", name), losses("jax", name), rtol=2e-3)


@pytest.mark.filterwarnings("ignore")  # of torch itself
def test_the_model_learns_as_in_compiled_torch():
    if absent := frameworks.missing("torch.compile"):
        pytest.skip(f"{absent} is not installed")
    assert np.allclose(losses("torch", "mlp"), losses("torch.compile", "mlp"), rtol=1e-5)


def test_the_tagger_learns_as_by_hand():
    assert np.allclose(losses("chainrule", "tagger"), losses("numpy", "tagger"), rtol=1e-5)


def test_inference_changes_nothing():
    first = losses("chainrule", "encoder-inference")
    assert first == losses("chainrule", "encoder-inference")
    (task,) = chosen(["encoder-inference"])
    problem = task.problem(task.tiny)
    learner = frameworks.learner("chainrule", task.module, problem)
    assert learner.losses(problem.batches[:1], 2) == [first[0]] * 2


def test_torch_compile_needs_a_compiler(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert frameworks.missing("torch.compile") == "a C++ compiler"
    assert frameworks.missing("torch") is None


def test_the_ratio_is_to_the_best_of_all_peers():
    rounds = {"chainrule": [1.0], "torch": [3.0], "torch.compile": [2.0], "jax": [4.0]}
    assert Result(chosen(["mlp"])[0], rounds=rounds).advantage == 2.0


def test_the_mean_ratio_is_that_of_training_steps():
    rows = {"mlp": 4.0, "lstm": 1.0, "encoder-inference": 9.0, "eager": 9.0, "import": 9.0}
    results = [
        Result(*chosen([name]), rounds={"chainrule": [1.0], "torch": [ratio]})
        for name, ratio in rows.items()
    ]
    assert mean_ratio(results) == (2.0, 2)
    assert mean_ratio(results[2:]) is None


def test_a_measurement_begins_when_times_are_stable(monkeypatch):
    took = iter([9.0, 5.0, 2.0, 1.0, 1.0, 1.0, 1.0])
    watch = Stopwatch(Learner(lambda: None), [()])
    monkeypatch.setattr(watch, "_awake", lambda seconds: next(took))
    monkeypatch.setattr(watch, "_run", lambda count: count)
    assert watch.measure(4) == 4
    assert len(list(took)) == 1


@pytest.mark.parametrize("task", [task for task in TASKS if isinstance(task, Once)])
def test_frameworks_of_first_calls_are_known(task):
    assert set(task.frameworks) <= set(frameworks.FRAMEWORKS)


def test_the_command_prints_a_table_and_writes_it_as_json(tmp_path):
    file = tmp_path / "results.json"
    options = ["--seconds", "0.01", "--rounds", "1", "--json", str(file)]
    options += ["--without", "jax", "--without", "torch"]
    ran = CliRunner().invoke(app, ["eager", *options], catch_exceptions=False)
    assert ran.exit_code == 0
    assert "chainrule" in ran.output
    assert "processor" in ran.output
    (result,) = json.loads(file.read_text(encoding="utf-8"))["results"]
    assert result["seconds"]["chainrule"] > 0
    assert result["absent"]["jax"] == "left out"


def test_the_last_line_is_the_mean_ratio_also_beside_a_busy_core(tmp_path):
    pytest.importorskip("llvmlite")
    file = tmp_path / "results.json"
    options = ["--tiny", "--busy", "--seconds", "0.01", "--rounds", "1", "--json", str(file)]
    options += [part for peer in frameworks.PEERS[:-1] for part in ("--without", peer)]
    ran = CliRunner().invoke(app, ["tagger", *options], env={"COLUMNS": "200"})
    assert ran.exit_code == 0
    assert "other core busy" in ran.output
    mean = json.loads(file.read_text(encoding="utf-8"))["geometric_mean"]
    assert ran.output.splitlines()[-1].endswith(f"of 1 training steps: {mean:.2f}")


def test_an_unknown_task_is_named():
    ran = CliRunner().invoke(app, ["taggre"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert ran.exit_code == 2
    assert "taggre" in ran.output


def test_the_growth_of_compile_time_is_printed_size_by_size():
    pytest.importorskip("llvmlite")
    options = ["--tiny", "--rounds", "1", "--without", "jax"]
    ran = CliRunner().invoke(app, ["compile-growth-adam", *options], env={"COLUMNS": "200"})
    assert ran.exit_code == 0
    assert re.search(r"chainrule: 6: \d+\.\d\d s, 12: \d+\.\d\d s \(x\d+\.\d\)", ran.output)
