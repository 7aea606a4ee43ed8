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
from benchmarks.catalogue import TASKS, Training

STEPS = 4
MODELS = {task.module: task for task in TASKS if isinstance(task, Training)}


def losses(framework, task):
    problem = task.problem(task.tiny)
    return frameworks.learner(framework, task.module, problem).losses(problem.batches, STEPS)


@pytest.mark.parametrize("module", MODELS)
def test_the_model_learns_as_in_torch(module):
    pytest.importorskip("torch")
    task = MODELS[module]
    assert np.allclose(losses("chainrule", task), losses("torch", task), rtol=1e-4)


def test_the_tagger_learns_as_by_hand():
    task = MODELS["tagger"]
    assert np.allclose(losses("chainrule", task), losses("numpy", task), rtol=1e-5)


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
