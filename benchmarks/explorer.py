"""Marks of the explorer page in a headless Chromium: first paint, opening, search, edits, memory.

python -m benchmarks.explorer [--rounds 5]
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import median
from time import process_time
from typing import Annotated, Any

import numpy as np
import typer
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

import chainrule as cr
from benchmarks import machine

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
_SIZE = {"width": 1280, "height": 800}
_PAINTED = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
_FIRST_PAINT = f"""
(async () => {{
  while (!window.explorer?.idle) await new Promise((done) => setTimeout(done, 1));
  await window.explorer.idle();
  {_PAINTED}
  window.firstPaint = performance.now();
}})();
"""
_OPENING = f"""
async (call) => {{
  const start = performance.now();
  const opened = new Set([...window.explorer.state().opened, call]);
  window.explorer.set({{ opened }});
  await window.explorer.idle();
  {_PAINTED}
  return performance.now() - start;
}}
"""
_SEARCH = """
async (text) => {
  const input = document.querySelector("[role=combobox]");
  const start = performance.now();
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  while (!document.querySelectorAll("#found [role=option]").length)
    await new Promise((done) => setTimeout(done, 1));
  return performance.now() - start;
}
"""
_EDIT = """
async ([node, value]) => {
  const before = window.explorer.state().numbers;
  const start = performance.now();
  window.explorer.set({ edits: [{ node, position: 0, value }] });
  while (window.explorer.state().numbers === before)
    await new Promise((done) => setTimeout(done, 1));
  await window.explorer.idle();
  return performance.now() - start;
}
"""

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Mark:
    """One measured figure beside what the page promises; a limit of infinity promises nothing."""

    name: str
    figure: float
    limit: float
    unit: str

    @property
    def is_kept(self) -> bool:
        return self.figure < self.limit


class Block(cr.nn.Module):
    """A module of a few gates per repetition."""

    def __init__(self, gates: int) -> None:
        self.scale = cr.parameter(np.linspace(0.5, 1.0, 4))
        self.gates = gates

    def forward(self, x: cr.Tensor) -> cr.Tensor:
        for i in range(self.gates):
            x = x * self.scale if i % 2 else x + 0.25
        return x


class Stack(cr.nn.Module):
    """Blocks one after the other."""

    def __init__(self, blocks: int, gates: int) -> None:
        self.blocks = [Block(gates) for _ in range(blocks)]

    def forward(self, x: cr.Tensor) -> cr.Tensor:
        for block in self.blocks:
            x = block(x)
        return x


def stacked(blocks: int, gates: int) -> cr.Graph:
    """Return the graph of a stack of blocks."""
    x = cr.input("x", value=np.linspace(-1.0, 1.0, 4))
    return cr.Graph(Stack(blocks, gates)(x).sum())


def perceptron() -> cr.Graph:
    """Return the graph of a network 784-256-10 on 64 examples."""
    random = np.random.default_rng(0)
    layers = cr.nn.Linear(784, 256, random=0), cr.relu, cr.nn.Linear(256, 10, random=1)
    x = cr.input("x", value=random.normal(size=(64, 784)).astype("float32"))
    labels = cr.input("labels", value=random.integers(0, 10, 64))
    return cr.Graph(cr.nn.cross_entropy(cr.nn.Sequential(*layers)(x), labels))


@app.command()
def main(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the table has medians.")] = 5,
) -> None:
    """Measure the marks of the explorer page, and fail if one is missed."""
    console = Console()
    with _browser() as browser, tempfile.TemporaryDirectory() as folder:
        marks = [*_folded(browser, Path(folder), rounds), *_large(browser, Path(folder), rounds)]
        marks.append(_edited(browser, rounds))
    _show(marks, console)
    if not all(each.is_kept for each in marks):
        raise typer.Exit(1)


@contextmanager
def _browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        raise typer.BadParameter(
            "The explorer page is measured in Chromium, which is not installed. Install it with "
            "the system's package manager."
        )
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=[*_FLAGS])
        yield browser
        browser.close()


def _folded(browser: Browser, folder: Path, rounds: int) -> Iterator[Mark]:
    """Give the marks of 5,000 gates folded to 200 boxes."""
    file = folder / "folded.html"
    stacked(200, 25).explore(file)
    times: dict[str, list[float]] = {"paint": [], "open": [], "search": []}
    for number in range(rounds):
        with _page(browser, file.as_uri()) as page:
            times["paint"].append(_first_paint(page))
            times["open"].append(page.evaluate(_OPENING, 100 + number))
            times["search"].append(page.evaluate(_SEARCH, f"blocks.1{number}"))
    yield Mark("5,000 gates in 200 boxes, first paint", median(times["paint"]), 1000, "ms")
    yield Mark("opening a module of 25 gates there", median(times["open"]), 200, "ms")
    yield Mark("search there", median(times["search"]), 100, "ms")


def _large(browser: Browser, folder: Path, rounds: int) -> Iterator[Mark]:
    """Give the marks of 100,000 gates, and of writing their page in Python."""
    file = folder / "large.html"
    graph = stacked(200, 500)
    graph.backward()
    start = process_time()
    graph.explore(file)
    yield Mark("100,000 gates, written by Python", process_time() - start, 5, "s")
    yield Mark("100,000 gates, size of the file", file.stat().st_size / 1e6, 10, "MB")
    times: dict[str, list[float]] = {"paint": [], "memory": [], "open": [], "search": []}
    for number in range(rounds):
        with _page(browser, file.as_uri()) as page:
            times["paint"].append(_first_paint(page))
            times["memory"].append(_memory(browser))
            times["open"].append(page.evaluate(_OPENING, 50 + number))
            times["search"].append(page.evaluate(_SEARCH, f"blocks.1{number}"))
    yield Mark("100,000 gates in 200 boxes, first paint", median(times["paint"]), 3000, "ms")
    yield Mark("memory of that page", median(times["memory"]), 300, "MB")
    yield Mark("opening a module of 500 gates there", median(times["open"]), inf, "ms")
    yield Mark("search there", median(times["search"]), 100, "ms")


@contextmanager
def _page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=_SIZE)
    page = context.new_page()
    page.add_init_script(_FIRST_PAINT)
    page.goto(address)
    yield page
    context.close()


def _first_paint(page: Page) -> float:
    """Return the milliseconds from the start of the navigation to the first picture."""
    page.wait_for_function("() => window.firstPaint !== undefined")
    return float(page.evaluate("window.firstPaint"))


def _memory(browser: Browser) -> float:
    """Return the memory of the largest process that renders pages, in MB."""
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return max(_resident(each["id"]) for each in found if each["type"] == "renderer")


def _resident(process: int) -> float:
    """Return the memory that a process has to itself, in MB."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    own = (line.split() for line in lines if line.startswith("Private_"))
    return sum(int(each[1]) for each in own) / 1e3


def _edited(browser: Browser, rounds: int) -> Mark:
    """Return the mark of an edit that a server computes."""
    os.environ["BROWSER"] = "true"  # the command that does nothing, instead of the user's browser
    explorer: Any = perceptron().explore(wait=False)
    times = []
    with _page(browser, explorer.address) as page:
        _first_paint(page)
        node = page.evaluate("window.explorer.state().document.editing.nodes[0]")
        for number in range(rounds):
            times.append(page.evaluate(_EDIT, [node, number + 0.5]))
    explorer.stop()
    return Mark("an edit of 784-256-10, to new gradients", median(times), 150, "ms")


def _show(marks: list[Mark], console: Console) -> None:
    table = Table("mark", "median", "limit", "", title="Explorer page")
    for each in marks:
        found, limit = (f"{number:,.4g} {each.unit}" for number in (each.figure, each.limit))
        verdict = "kept" if each.is_kept else "missed"
        table.add_row(each.name, found, *(("", "") if each.limit == inf else (limit, verdict)))
    console.print(table)
    for name, text in machine.described().items():
        console.print(f"{name}: {text}", highlight=False)


if __name__ == "__main__":
    app()
