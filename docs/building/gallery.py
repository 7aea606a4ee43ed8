"""Puts the notebooks of examples/ into the guide, where they are executed and rendered."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FOLDER = "gallery"


def place_notebooks(app: Sphinx) -> None:
    """Copy the notebooks into the folder of the guide, if they have changed."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    notebooks = sorted((Path(app.srcdir).parent / "examples").glob("*.ipynb"))
    for old in folder.glob("*.ipynb"):
        if old.name not in {each.name for each in notebooks}:
            old.unlink()
    for each in notebooks:
        copy = folder / each.name
        if not copy.exists() or copy.read_bytes() != each.read_bytes():
            shutil.copyfile(each, copy)


def setup(app: Sphinx) -> dict[str, Any]:
    """Copy them before the sources are looked for."""
    app.connect("builder-inited", place_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
