"""The table of results, and the same as JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.comparison import Result, mean_ratio
from benchmarks.frameworks import FRAMEWORKS

_PER_SECOND = {"µs": 1e6, "ms": 1e3}


def show(results: list[Result], machine: dict[str, str], console: Console) -> None:
    """Print the table, what has to be said about its rows, and the machine."""
    table = Table(title="median time of a step; ratio: best of all peers / chainrule")
    table.add_column("task")
    for name in ("", *FRAMEWORKS, "ratio", "chainrule's first step"):
        table.add_column(name, justify="right", overflow="fold")
    for each in results:
        table.add_row(*_row(each))
    console.print(table)
    console.print("chainrule's first step compiles, or reads what its cache on disk holds by now.")
    for each in results:
        for remark in _remarks(each):
            console.print(f"[bold]{each.task.name}[/bold]: {escape(remark)}", highlight=False)
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()), highlight=False)
    if mean := mean_ratio(results):
        ratio, count = mean
        console.print(f"geometric mean of the ratios of {count} training steps: {ratio:.2f}")


def as_json(results: list[Result], machine: dict[str, str]) -> dict[str, Any]:
    """Return everything that was found, times in seconds, as JSON's types."""
    mean = mean_ratio(results)
    return {
        "machine": machine,
        "geometric_mean": None if mean is None else mean[0],
        "results": [_plain(each) for each in results],
    }


def _row(result: Result) -> list[str]:
    ratio, first = result.advantage, result.first.get("chainrule")
    return [
        result.task.title,
        result.task.unit,
        *(_cell(result, name) for name in FRAMEWORKS),
        "" if ratio is None else f"[{'green' if ratio >= 1 else 'red'}]{ratio:.2f}",
        "" if first is None else f"{first * 1e3:,.0f} ms",
    ]


def _cell(result: Result, framework: str) -> str:
    seconds = result.seconds(framework)
    if seconds is None:
        failed = framework in result.failed
        return "[red]failed[/red]" if failed else escape(result.absent.get(framework, "–"))
    figure = seconds * _PER_SECOND[result.task.unit]
    text = f"{figure:,.1f}" if figure < 100 else f"{figure:,.0f}"
    return f"[red]{text} ≠[/red]" if framework in result.differing else text


def _remarks(result: Result) -> list[str]:
    failed = [f"{name} failed: {why}" for name, why in result.failed.items()]
    away = [f"{name} {each:.1e}" for name, each in result.deviations.items()]
    agreement = (
        [f"losses of 20 steps are away from chainrule's by {', '.join(away)}"] if away else []
    )
    differing = [f"the losses of {name} do not agree" for name in result.differing]
    memory = [f"{name} {each / 1e6:,.0f} MB" for name, each in result.memory.items() if each]
    peak = [f"peak memory: {', '.join(memory)}"] if memory else []
    return [*failed, *differing, *agreement, *peak, *result.notes]


def _plain(result: Result) -> dict[str, Any]:
    return {
        "task": result.task.name,
        "title": result.task.title,
        "seconds": {name: result.seconds(name) for name in result.rounds},
        "rounds": result.rounds,
        "ratio": result.advantage,
        "absent": result.absent,
        "failed": result.failed,
        "first": result.first,
        "deviations": result.deviations,
        "differing": result.differing,
        "memory": result.memory,
        "notes": result.notes,
    }
