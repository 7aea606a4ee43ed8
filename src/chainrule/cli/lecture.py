"""`chainrule lecture`: the claims of the lectures, measured on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from chainrule import ChainruleError
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.lecture import CLAIMS, Claim, Measured, measured, named

PICTURES = Path("build/lecture")


@reported
def lecture(
    name: Annotated[
        str | None,
        typer.Argument(
            help="The claim to measure. Without it the claims are listed.", show_default=False
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Measure every claim.")] = False,
    out: Annotated[Path, typer.Option(help="The folder for pictures, made if missing.")] = PICTURES,
    explore: Annotated[
        bool, typer.Option(help="Open the graphs of the claim in a browser.")
    ] = False,
    vectors: Annotated[
        Path | None,
        typer.Option(help="A file of word vectors, for claims about words.", show_default=False),
    ] = None,
) -> None:
    """List the claims of the lectures, or measure one or all of them on this machine.

    The figures are printed. The picture is saved as NAME.png in the folder --out, the graphs of the
    claim as explorer pages, NAME.html. The exit code is 0 if all measured claims hold and 1 if one
    does not.
    """
    if name is not None and everything:
        raise ChainruleError("A claim and --all were both given. Give one of them.")
    if name is None and not everything:
        _list()
        return
    chosen = CLAIMS if name is None else (named(name),)
    options = {} if vectors is None else {"vectors": vectors}
    _require_used(options, chosen)
    found = []
    for each in chosen:
        own = {option: value for option, value in options.items() if option in each.options}
        found.append(measured(each, out, **own))
        typer.echo(f"{found[-1]}\n")
        if explore:
            _open(found[-1])
    if everything:
        _summarise(found)
    raise typer.Exit(0 if all(each.outcome.held for each in found) else 1)


def _open(found: Measured) -> None:
    for path in found.pages.values():
        typer.launch(path.resolve().as_uri())
    if not found.pages:
        typer.echo(f"The claim {found.claim.name} has no graph to open.")


def _require_used(options: dict[str, Path], claims: Sequence[Claim]) -> None:
    for option in options:
        if not any(option in each.options for each in claims):
            takers = ", ".join(each.name for each in CLAIMS if option in each.options)
            raise ChainruleError(
                f"The claim {claims[0].name} does not use --{option}. Leave the option out; it is "
                f"used by: {takers}."
            )


def _list() -> None:
    table = Table("name", "what the lectures say", box=None, pad_edge=False)
    for each in CLAIMS:
        table.add_row(each.name, each.says)
    PlainConsole().print(table)
    typer.echo("\n`chainrule lecture NAME` measures one, `chainrule lecture --all` all of them.")


def _summarise(found: list[Measured]) -> None:
    table = Table("name", "held", "with", "seconds", box=None, pad_edge=False)
    for each in found:
        held = "yes" if each.outcome.held else "NO"
        shown = each.outcome.because
        table.add_row(each.claim.name, held, shown, f"{each.seconds:.1f}")
    PlainConsole().print(table)
    count = sum(each.outcome.held for each in found)
    seconds = sum(each.seconds for each in found)
    typer.echo(f"\n{count} of {len(found)} claims held, measured in {seconds:.0f} s")
