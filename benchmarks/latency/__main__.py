"""The command: `python -m benchmarks.latency [CASE ...]`, in the project root.

What a user waits for before a step runs, in new processes: the first call with an empty and with a
filled cache, and calls with other extents. Counts of Python calls are the same on every machine;
times are those of the processor, shortest of some rounds. With `--beside FOLDER` another version of
chainrule takes turns with this one.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.latency.cases import CASES

Calls = list[dict[str, float]]
_OURS = Path(__file__).resolve().parents[2] / "src"


@dataclass
class Found:
    """What was measured of one version of chainrule: the calls of every process."""

    cold: list[Calls] = field(default_factory=list)
    cached: list[Calls] = field(default_factory=list)
    counts: list[Calls] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[str, float, float, float]]:
        """Yield what was called, seconds of the processor, Python calls, and compiled kernels."""
        counted = self.counts[0]
        first = counted[0]["python calls"]
        yield "first call", _shortest(self.cold, 0), first, self.cold[0][0]["compiled"]
        yield "first call, cached", _shortest(self.cached, 0), first, self.cached[0][0]["compiled"]
        others = range(1, len(counted))
        yield (
            f"new extents, median of {len(others)}",
            statistics.median(_shortest(self.cached, each) for each in others),
            statistics.median(counted[each]["python calls"] for each in others),
            statistics.mean(self.cold[0][each]["compiled"] for each in others),
        )


def _shortest(runs: Sequence[Calls], call: int) -> float:
    return min(each[call]["processor"] for each in runs)


def _run(name: str, how: str, source: Path, cache: str) -> Calls:
    """Run one process with the chainrule of a folder and a cache."""
    root = str(_OURS.parent)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(source), root]),
        "CHAINRULE_CACHE": cache,
        "CHAINRULE_THREADS": "1",
    }
    command = [sys.executable, "-m", "benchmarks.latency.worker", name, how]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if ran.returncode:
        raise RuntimeError(f"{name} failed:\n{ran.stderr}")
    found: Calls = json.loads(ran.stdout)
    return found


def _measure(name: str, source: Path, found: Found) -> None:
    """Run the processes of one round."""
    with TemporaryDirectory() as cache:
        found.cold.append(_run(name, "time", source, cache))
        found.cached.append(_run(name, "time", source, cache))
        if not found.counts:
            found.counts.append(_run(name, "count", source, cache))


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Cases; all if none.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; times are the shortest.")] = 3,
    beside: Annotated[
        Path | None, typer.Option(help="The src folder of another version of chainrule.")
    ] = None,
) -> None:
    """Measure first calls, and calls with other extents."""
    sources = [_OURS] if beside is None else [beside.resolve(), _OURS]
    table = Table(box=None)
    for head in ("case", "call", *(["before"] if beside else []), "ms", "ratio", "Python calls"):
        table.add_column(head)
    table.add_column("compiled kernels")
    for name in names or list(CASES):
        found = [Found() for _ in sources]
        for _ in range(rounds):
            for source, each in zip(sources, found, strict=True):
                _measure(name, source, each)
        for rows in zip(*(each.rows() for each in found), strict=True):
            table.add_row(name, *_cells(rows))
    console = Console()
    console.print(table)
    console.print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _cells(rows: Sequence[tuple[str, float, float, float]]) -> Iterator[str]:
    """Yield the cells of one call, of one version or two."""
    yield rows[0][0]
    yield from (f"{seconds * 1e3:,.1f}" for _, seconds, _, _ in rows)
    yield f"{rows[-1][1] / rows[0][1]:.2f}"
    yield " -> ".join(f"{calls:,.0f}" for _, _, calls, _ in rows)
    yield " -> ".join(f"{compiled:.3g}" for _, _, _, compiled in rows)


if __name__ == "__main__":
    typer.run(main)
