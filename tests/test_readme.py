"""The README's code runs and prints what the README says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?", README, re.DOTALL)


def printed(code, folder):
    script = folder / "circuit.py"
    script.write_text(code, encoding="utf-8")
    command = [sys.executable, "-X", "utf8", "-W", "error", str(script)]
    options = {"capture_output": True, "encoding": "utf-8", "check": True, "cwd": folder}
    return subprocess.run(command, **options).stdout


def test_every_block_runs_and_prints_what_the_page_shows(tmp_path):
    assert len(BLOCKS) == 2
    for code, shown in BLOCKS:
        output = printed(code, tmp_path)
        if shown:
            assert output == shown


def test_the_first_block_is_a_training_loop_of_fifteen_lines():
    lines = [line for line in BLOCKS[0][0].splitlines() if line and "import" not in line]
    assert len(lines) <= 15


def test_files_that_the_readme_points_to_exist():
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", README):
        assert (ROOT / target).is_file(), target
