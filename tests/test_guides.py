"""The guides: every block of code runs, and prints what stands below it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?", re.DOTALL)
BLOCKS = {
    f"{path.stem}, {number}": block
    for path in sorted(DOCS.glob("*.md"))
    for number, block in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")), start=1)
}


@pytest.mark.parametrize(("code", "shown"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_prints_what_stands_below_it(code, shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "block.py"
    script.write_text(code, encoding="utf-8")
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        exec(compile(code, str(script), "exec"), {"__name__": "__main__"})
    assert output.getvalue() == shown
