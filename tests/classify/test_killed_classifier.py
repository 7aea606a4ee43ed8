"""A fine-tuning run that is killed continues bit for bit."""

import subprocess
import sys
import time
from pathlib import Path

import killed_classifier
import numpy as np

from chainrule.storage import read_arrays

SCRIPT = Path(killed_classifier.__file__)


def started(bert, texts, folder, pace):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, str(SCRIPT), str(bert), *map(str, texts), str(folder), pace]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def changed(path, before):
    return path.exists() and path.stat().st_mtime_ns > before


def kill_after_steps(process, run, pause):
    """Kill the process some steps after it has begun to write checkpoints of its own."""
    before = max((each.stat().st_mtime_ns for each in run.glob("*")), default=0)
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if any(changed(each, before) for each in run.glob("*.safetensors")):
            break
        time.sleep(0.01)
    time.sleep(pause)
    process.kill()
    printed = process.communicate()[1]
    assert process.returncode < 0, printed.decode()


def test_a_killed_run_ends_with_the_same_bits(bert, texts, tmp_path):
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    for pause in (0.5, 1.1):
        kill_after_steps(started(bert, texts, parts, "slowly"), parts / "run", pause)
    assert not (parts / "weights.safetensors").exists()
    for folder in (parts, whole):
        process = started(bert, texts, folder, "fast")
        printed = process.communicate()[1]
        assert process.returncode == 0, printed.decode()
    found, wanted = (read_arrays(each / "weights.safetensors")[0] for each in (parts, whole))
    assert found.keys() == wanted.keys()
    assert any("lora.a" in name for name in wanted)
    assert [name for name in wanted if not np.array_equal(found[name], wanted[name])] == []
    assert len(wanted["losses"]) == 24
