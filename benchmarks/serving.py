"""Load on `chainrule ner serve`, made by wrk: requests/s and latencies by number of connections.

python -m benchmarks.serving MODEL [--texts FILE]

Each connection sends one text, waits for the answer, and sends the next. The last row is overload:
a server that accepts 8 requests at a time is asked by 64 connections. The row before it is a server
whose model is replaced all the time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from chainrule.ner.embedded import corpus

_COMMAND = "from chainrule.cli import app; app()"
_MOST_TEXTS = 2000
_OVERLOAD = 8, 64  # places of the server, connections
_RELOADED = 8  # connections
_SAVE = """
import sys, time
from chainrule.ner import load, save
tagger = load(sys.argv[1])
while True:
    save(tagger, sys.argv[1])
    time.sleep(1)
"""
_PROCESSOR = "process_cpu_seconds_total"
_PERCENTILES = (50, 95, 99)
# wrk calls these functions: `request` for each request, `done` at the end.
_SCRIPT = """
local bodies = {BODIES}
local at, threads = 0, {{}}
counts = {{}}

function setup(thread)
  table.insert(threads, thread)
  thread:set("offset", #threads * 131)
end

function init(args)
  at = offset
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  at = at % #bodies + 1
  return wrk.format(nil, "/entities", nil, bodies[at])
end

function response(status)
  counts[status] = (counts[status] or 0) + 1
end

function done(summary, latency, requests)
  local parts = {{}}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("counts")) do
      table.insert(parts, string.format('[%d, %d]', status, count))
    end
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {{"seconds": %f, "lost": %d, "p50": %f, "p95": %f, "p99": %f, "statuses": [%s]}}\\n',
    summary.duration / 1e6, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    table.concat(parts, ", ")))
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk measured.

    seconds      of the run
    lost         connections that failed, and requests without an answer
    statuses     the number of answers by HTTP status
    percentiles  of the time from request to answer, milliseconds, by percentage
    """

    seconds: float
    lost: int
    statuses: Mapping[int, int]
    percentiles: Mapping[int, float]


def measured(output: str) -> Load:
    """Return what the script printed."""
    found = json.loads(output.split("RESULT ", 1)[1].splitlines()[0])
    statuses: dict[int, int] = {}
    for status, count in found["statuses"]:
        statuses[status] = statuses.get(status, 0) + count
    percentiles = {each: found[f"p{each}"] for each in _PERCENTILES}
    return Load(found["seconds"], found["lost"], statuses, percentiles)


def script(texts: Sequence[str], as_words: bool = False) -> str:
    """Return a script for wrk that asks for the entities of the texts in turn, or for tags."""
    asked = ({"words": [each.split()]} if as_words else {"text": each} for each in texts)
    bodies = (json.dumps(each).replace("\\", "\\\\").replace('"', '\\"') for each in asked)
    quoted = ",\n".join(f'"{each}"' for each in bodies)
    return _SCRIPT.format(BODIES="{" + quoted + "}")


@contextmanager
def server(model: Path, *options: str) -> Iterator[str]:
    """Run the command; yield its address. Raises SystemExit unless it ends with 0 when stopped."""
    arguments = ["ner", "serve", "--model", str(model), "--port", "0", *options]
    command = [sys.executable, "-c", _COMMAND, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            found = re.search(r"http://\S+", child.stdout.readline())
            if found is None:
                raise SystemExit("The server did not start.")
            yield found.group()
        finally:
            child.terminate()
            child.wait(60)
    if child.returncode:
        raise SystemExit(f"The server ended with status {child.returncode}.")


def load(address: str, path: Path, connections: int, seconds: int) -> Load:
    """Send requests over so many connections for some seconds."""
    command = ["wrk", f"-c{connections}", "-t1", f"-d{seconds}s", "--timeout", "30s"]
    run = subprocess.run(
        [*command, "-s", str(path), address], capture_output=True, text=True, check=True
    )
    return measured(run.stdout)


@contextmanager
def replaced(model: Path) -> Iterator[None]:
    """Save a model again and again in its folder, by another process."""
    child = subprocess.Popen([sys.executable, "-c", _SAVE, str(model)])
    try:
        yield
    finally:
        child.terminate()
        child.wait()


def metric(address: str, name: str) -> float:
    """Return a metric of a server."""
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        text = answer.read().decode()
    return float(re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[0])


def requests_per_batch(address: str) -> float:
    """Return the mean number of requests of a batch since the server started."""
    total, count = (
        metric(address, f"chainrule_batch_requests_{each}") for each in ("sum", "count")
    )
    return total / max(1.0, count)


def main(
    model: Annotated[Path, typer.Argument(help="The folder of a tagger.")],
    texts: Annotated[Path | None, typer.Option(help="A text per line.")] = None,
    seconds: Annotated[int, typer.Option(min=1, help="Seconds of each measurement.")] = 10,
    words: Annotated[bool, typer.Option("--words", help="Send words, which get tags.")] = False,
    connections: Annotated[list[int] | None, typer.Option(help="Numbers of connections.")] = None,
) -> None:
    """Measure a server; print a table."""
    if shutil.which("wrk") is None:
        raise SystemExit("The program wrk was not found. Install it: apt-get install wrk.")
    table = Table("server", "connections", "answers/s", "p50", "p95", "p99", box=None)
    for column in ("statuses", "lost", "requests per batch", "processor time per answer"):
        table.add_column(column)
    places, clients = _OVERLOAD
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.lua"
        path.write_text(script(_texts(texts), words), encoding="utf-8")
        for count in connections or (1, 8, 64):
            with server(model) as address:
                _add_row(table, "", address, path, count, seconds)
        copy = shutil.copytree(model, Path(folder) / "copy")
        with server(copy, "--watch", "0.1") as address, replaced(copy):
            _add_row(table, "new models", address, path, _RELOADED, seconds)
        with server(model, "--queue", str(places)) as address:
            _add_row(table, f"{places} places", address, path, clients, seconds)
    console = Console()
    console.print(table)
    described = machine.described()["processor"]
    console.print(f"{described}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")


def _texts(path: Path | None) -> list[str]:
    if path is None:
        return [" ".join(each.words) for each in corpus("train")][:_MOST_TEXTS]
    with path.open(encoding="utf-8") as file:
        return [line.strip() for line in islice(file, _MOST_TEXTS) if line.strip()]


def _add_row(
    table: Table, name: str, address: str, path: Path, connections: int, seconds: int
) -> None:
    load(address, path, connections, 1)
    before = metric(address, _PROCESSOR)
    found = load(address, path, connections, seconds)
    used = metric(address, _PROCESSOR) - before
    reloads = metric(address, 'chainrule_reloads_total{result="done"}')
    answers = sum(found.statuses.values())
    table.add_row(
        f"{name} ({reloads:.0f})" if reloads else name,
        str(connections),
        f"{answers / found.seconds:,.0f}",
        *(f"{found.percentiles[each]:.1f} ms" for each in _PERCENTILES),
        ", ".join(f"{count:,} of {each}" for each, count in found.statuses.items()),
        str(found.lost),
        f"{requests_per_batch(address):.1f}",
        f"{1e3 * used / answers:.2f} ms",
    )


if __name__ == "__main__":
    typer.run(main)
