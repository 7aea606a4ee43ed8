"""Errors of commands: one message on the error stream, and the exit code 2.

If a reader such as `head` closes the pipe early, the command ends silently with the exit code that
shells use for programs ended by SIGPIPE.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer
from pydantic import ValidationError

from chainrule import ChainruleError
from chainrule.distributed.world import begin_to_end, end_others
from chainrule.ner import TypesWarning
from chainrule.ner.data import DataWarning
from chainrule.text import ConllError, TagError

P = ParamSpec("P")
R = TypeVar("R")

_BROKEN_PIPE = 128 + 13
_ABOUT_DATA = (DataWarning, TypesWarning)
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """Print errors that a user can fix as a message; other errors keep their traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with _warnings_as_sentences():
                return command(*args, **kwargs)
        except BrokenPipeError:
            _leave_the_pipe()
        except ValidationError as error:
            _fail("; ".join(_setting(each) for each in error.errors()) + ".")
        except (ChainruleError, ConllError, TagError) as error:
            _fail(str(error))
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
            _drop_output()
            _fail(f"The output cannot be written: {error.strerror}. Free some space.")

    return run


@contextmanager
def _warnings_as_sentences() -> Iterator[None]:
    """Print each warning about data once as a message; other warnings as usual."""
    warned: set[str] = set()
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            if not issubclass(category, _ABOUT_DATA):
                shown(message, category, *place, **more)
            elif str(message) not in warned:
                warned.add(str(message))
                typer.echo(f"warning: {message}", err=True)

        for each in _ABOUT_DATA:
            warnings.simplefilter("always", each)
        warnings.showwarning = show
        yield


def _leave_the_pipe() -> NoReturn:
    _drop_output()
    raise typer.Exit(_BROKEN_PIPE)


def _drop_output() -> None:
    # The rest of the buffer goes to the null device; else the interpreter reports an error at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _setting(error: object) -> str:
    assert isinstance(error, dict)
    name = ".".join(part for part in error["loc"] if isinstance(part, str)).replace("_", "-")
    return f"--{name} was given {error['input']}: {error['msg'].lower()}"


def _fail(sentence: str) -> NoReturn:
    begin_to_end()
    typer.secho("error: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    typer.echo(sentence, err=True)
    end_others(2)
    raise typer.Exit(2)
