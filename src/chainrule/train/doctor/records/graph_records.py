"""The graphs of a run as documents of the explorer page: that of its first exam, and the latest."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.storage import write_atomically

_NAME = re.compile(r"graph-([0-9]{8,})\.json")


def graph_files(folder: str | os.PathLike[str]) -> dict[int, Path]:
    """Return the files of graphs in the folder given to `Doctor`, by step, the first step first."""
    named = ((_NAME.fullmatch(each.name), each) for each in Path(folder).glob("graph-*.json"))
    found = {int(match[1]): path for match, path in named if match is not None}
    return dict(sorted(found.items()))


def write_graph(folder: Path, step: int, document: Mapping[str, Any]) -> None:
    """Write the graph of a step; those between the first and this one are removed."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":")).encode()
    path = folder / f"graph-{step:08}.json"
    write_atomically(path, lambda file: file.write_bytes(text))
    _, *between = graph_files(folder).values()
    for each in between:
        if each != path:
            each.unlink()


def remove_graphs(folder: Path, after: int) -> None:
    """Remove the graphs of steps after the one that a run continues with."""
    for step, path in graph_files(folder).items():
        if step > after:
            path.unlink()
