"""A process that saves a tagger is killed at every step: the old or the new one is there, whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks and kills")
DRIVER = Path(__file__).with_name("killed_saves.py")


def outcomes(tmp_path, steps):
    command = [sys.executable, str(DRIVER), str(tmp_path), steps]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the exchange is that of Linux")
def test_exchanged_in_one_step_the_model_is_always_in_its_place(tmp_path):
    found = outcomes(tmp_path, "one")
    values = [value for value, *_ in found]
    assert len(found) > 20
    assert values == sorted(values)
    assert set(values) == {1.0, 2.0}
    assert not any(warned for _, warned, *_ in found)
    assert all(left == ["run"] for *_, left in found)


def test_in_two_steps_the_model_before_is_found_beside(tmp_path):
    found = outcomes(tmp_path, "two")
    assert {value for value, *_ in found} == {1.0, 2.0}
    assert any(warned for _, warned, *_ in found)
    assert all(count <= 3 for _, _, count, _ in found)
    assert all(left == ["run"] for *_, left in found)
