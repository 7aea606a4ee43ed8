"""The code of the guides runs and prints what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?", re.DOTALL)
GUIDES = ["models.md", "training.md"]


@pytest.mark.parametrize("name", GUIDES)
def test_every_block_runs_and_prints_what_stands_below_it(name, tmp_path):
    blocks = BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    assert blocks
    for code, shown in blocks:
        script = tmp_path / "block.py"
        script.write_text(code, encoding="utf-8")
        command = [sys.executable, "-X", "utf8", "-W", "error", str(script)]
        run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        assert (run.stdout, run.stderr) == (shown, ""), code
