"""The command: `python -m benchmarks [TASK ...]`, in the project root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import frameworks, machine, roofline
from benchmarks.busy import other_core
from benchmarks.catalogue import TASKS, chosen
from benchmarks.comparison import Result, Settings, compare
from benchmarks.table import as_json, show

app = typer.Typer(add_completion=False)


@app.command()
def main(
    tasks: Annotated[list[str] | None, typer.Argument(help="Names of tasks; all if none.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the table has medians.")] = 5,
    seconds: Annotated[float, typer.Option(min=0, help="Seconds per measurement.")] = 0.5,
    without: Annotated[list[str] | None, typer.Option(help="A framework to leave out.")] = None,
    slow: Annotated[bool, typer.Option("--slow", help="With the peers left out as slow.")] = False,
    busy: Annotated[bool, typer.Option("--busy", help="Keep one other core busy.")] = False,
    tiny: Annotated[bool, typer.Option("--tiny", help="Tiny sizes, to try the command.")] = False,
    file: Annotated[Path | None, typer.Option("--json", help="Write the results there.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Name the tasks and stop.")] = False,
) -> None:
    """Time chainrule beside PyTorch (eager and compiled), JAX and NumPy.

    The losses of 20 steps must agree before anything is timed.
    """
    console = Console()
    if listing:
        for task in TASKS:
            console.print(f"{task.name:<24}{task.title}", highlight=False)
        return
    settings = Settings(seconds, rounds, _known(without or []), slow, tiny)
    names = _names(tasks or [])
    with other_core(busy):
        results = [_compared(name, settings, console) for name in names]
        described = machine.described() | roofline.measured()
    described["other core"] = "busy" if busy else "free"
    if tiny:
        console.print("Tiny sizes: these figures say nothing.")
    show(results, described, console)
    if file is not None:
        text = json.dumps(as_json(results, described), indent=2, ensure_ascii=False)
        file.write_text(text + "\n", encoding="utf-8")
    if any(each.differing or each.failed for each in results):
        raise typer.Exit(1)


def _names(names: list[str]) -> list[str]:
    try:
        return [task.name for task in chosen(names)]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _known(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if name not in frameworks.PEERS:
            raise typer.BadParameter(f"{name} is no peer: {', '.join(frameworks.PEERS)}.")
    return tuple(names)


def _compared(name: str, settings: Settings, console: Console) -> Result:
    (task,) = chosen([name])
    with console.status(task.title):
        return compare(task, settings)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
