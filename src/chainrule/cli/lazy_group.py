"""Groups of commands whose modules are imported when one of them is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


def lazy_group(modules: Mapping[str, str]) -> type[TyperGroup]:
    """Return the class of a group with these commands, for `typer.Typer(cls=...)`.

    modules  the module of each command, by its name. It has a group `app`, or a function of the
             command's name
    """

    class LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return [*modules]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return _command(cmd_name, modules[cmd_name]) if cmd_name in modules else None

    return LazyGroup


def _command(name: str, path: str) -> Any:
    """Return the command of a module under the given name."""
    module = import_module(path)
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False)
        app.command(name)(getattr(module, name))
    command: Any = get_command(app)
    command.name = name
    return command
