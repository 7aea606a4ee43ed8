"""`chainrule zoo`: the networks of the lectures, each with its summary and demonstrations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from chainrule import ChainruleError
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.lecture import Claim, measured
from chainrule.zoo import NETWORKS, Network, named

PICTURES = Path("build/zoo")


@reported
def zoo(
    name: Annotated[
        str | None,
        typer.Argument(
            help="The network to show. Without it the networks are listed.", show_default=False
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Run the demonstrations at full size instead.")
    ] = False,
    out: Annotated[Path, typer.Option(help="The folder for pictures, made if missing.")] = PICTURES,
) -> None:
    """List the networks of the lectures, or show one: its summary and its demonstrations.

    Each demonstration trains the network, prints figures, and saves a picture in the folder --out.
    The exit code is 0 if all demonstrations succeed and 1 if one does not.
    """
    if name is None:
        _list(full)
        return
    network = named(name)
    demonstrations = _full(network) if full else network.demonstrations
    typer.echo(f"{network.name}: {network.says}\n\n{network.summary()}")
    outcomes = []
    for each in demonstrations:
        found = measured(each, out)
        outcomes.append(found.outcome)
        typer.echo(f"\n{found}")
    raise typer.Exit(0 if all(each.held for each in outcomes) else 1)


def _list(full: bool) -> None:
    if full:
        raise ChainruleError("--full was given without a network. Name one: `chainrule zoo NAME`.")
    table = Table("name", "what it is", box=None, pad_edge=False)
    for each in NETWORKS:
        table.add_row(each.name, each.says)
    PlainConsole().print(table)
    typer.echo("\n`chainrule zoo NAME` shows one: its layers, and what it learns.")


def _full(network: Network) -> tuple[Claim, ...]:
    if not network.full:
        have = ", ".join(each.name for each in NETWORKS if each.full)
        raise ChainruleError(
            f"{network.name} has no demonstrations at full size beside its usual ones. These have: "
            f"{have}."
        )
    return network.full
