"""The notebooks of the gallery: stored without outputs, and listed in the guide that runs them."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [each for each in cells if each["cell_type"] == "code"]
    assert code
    assert all(each["outputs"] == [] and each["execution_count"] is None for each in code)


def test_the_guide_lists_every_notebook():
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    listed = [line.removeprefix("gallery/") for line in page.splitlines() if line[:8] == "gallery/"]
    assert sorted(listed) == [each.stem for each in NOTEBOOKS]
