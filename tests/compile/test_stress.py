"""Threads, forks, signals and finalizers during compiled calls, one process per scenario."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stress import SCENARIOS

pytestmark = pytest.mark.native
STRESS = Path(__file__).parent / "stress.py"


@pytest.mark.parametrize("scenario", [each.__name__ for each in SCENARIOS])
def test_scenario(scenario):
    if scenario == "fork_while_busy" and not hasattr(os, "fork"):
        pytest.skip("this system does not fork processes")
    command = [sys.executable, "-W", "error", str(STRESS), scenario]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
