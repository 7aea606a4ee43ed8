"""A run that is killed at any moment goes on bit for bit."""

import csv
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import killed_run
from chainrule.storage import read_arrays
from killed_run import EPOCHS, train

SCRIPT = Path(killed_run.__file__)
KILLS = 20


def started(folder, pace):
    command = [sys.executable, str(SCRIPT), str(folder), pace]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def wait(process, log, aim):
    """Wait for a random moment: of starting and resuming, or of the steps after that."""
    if aim.random() < 0.25:
        time.sleep(aim.uniform(0.1, 0.6))
        return
    before = log.stat().st_mtime_ns if log.exists() else 0
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if log.exists() and log.stat().st_mtime_ns > before:
            break
        time.sleep(0.002)
    time.sleep(aim.uniform(0, 0.1))


def test_killed_twenty_times_it_ends_with_the_same_bits(tmp_path):
    """Parameters, statistics, optimizer, streams, best weights, history and logs are as without."""
    aim = random.Random(4)
    log, weights = tmp_path / "log.jsonl", tmp_path / "weights.safetensors"
    killed = 0
    for _ in range(KILLS):
        process = started(tmp_path, "slowly")
        wait(process, log, aim)
        killed += process.poll() is None
        process.kill()
        told = process.communicate()[1]
        assert process.returncode < 0, told.decode()
    assert killed == KILLS, "the run was over before it was killed so often"
    process = started(tmp_path, "fast")
    told = process.communicate()[1]
    assert process.returncode == 0, told.decode()

    (tmp_path / "whole").mkdir()
    train(tmp_path / "whole", pause=False)
    found, _ = read_arrays(weights)
    wanted, _ = read_arrays(tmp_path / "whole" / "weights.safetensors")
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        assert np.array_equal(found[name], value), name
    assert steps(log) == steps(tmp_path / "whole" / "log.jsonl")
    with open(tmp_path / "log.csv", encoding="utf-8") as table:
        assert len(list(csv.reader(table))) == 1 + EPOCHS


def steps(log):
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    timing = ("seconds", "samples_per_second")
    return [{k: v for k, v in each.items() if k not in timing} for each in lines]
