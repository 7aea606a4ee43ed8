"""The page on sequences: every block runs, and prints what stands below it."""

import re
from pathlib import Path

import pytest

from test_readme import printed

PAGE = (Path(__file__).parents[1] / "docs" / "sequences.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("code", "shown"), BLOCKS)
def test_every_block_prints_what_stands_below_it(code, shown, tmp_path):
    assert len(BLOCKS) == PAGE.count("```python")
    assert printed(code, tmp_path) == shown
