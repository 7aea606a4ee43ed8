"""How a command fails: one sentence on the error stream, and exit code 2."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import typer
from pydantic import ValidationError

from chainrule import ChainruleError
from chainrule.text import ConllError, TagError

P = ParamSpec("P")
R = TypeVar("R")


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors that a user can mend into their sentence; others keep their traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ValidationError as error:
            _fail("; ".join(_setting(each) for each in error.errors()) + ".")
        except (ChainruleError, ConllError, TagError) as error:
            _fail(str(error))

    return run


def _setting(error: object) -> str:
    assert isinstance(error, dict)
    name = ".".join(str(part) for part in error["loc"]).replace("_", "-")
    return f"--{name} was given {error['input']}: {error['msg'].lower()}"


def _fail(sentence: str) -> NoReturn:
    typer.secho("error: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
