"""`chainrule check MODULE:FUNCTION`: the gradient check on the command line."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

import chainrule as cr
from chainrule.cli.errors import reported


@reported
def check(
    target: Annotated[
        str, typer.Argument(help="module:function, or path/to/file.py:function", show_default=False)
    ],
    args: Annotated[
        str,
        typer.Option(
            help="The arguments as a JSON list, such as '[[1.0, 2.0], 3.0]'. Without them the "
            "function is called without arguments; it may use parameters, or return (function, "
            "argument, ...)."
        ),
    ] = "[]",
    samples: Annotated[int, typer.Option(min=1, help="Coordinates checked per input.")] = 20,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Largest relative error that passes.")
    ] = 1e-5,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the sampled coordinates and directions.")
    ] = 0,
) -> None:
    """Compare the gradients of a function with central differences in float64, gate by gate.

    The exit code is 0 if all gradients are right and 1 if one is wrong.
    """
    function, values = _loaded(target), _arguments(args)
    _require_callable_with(function, values)
    if not values:
        function, values = _prepared(function)
    report = cr.check_gradients(function, *values, samples=samples, tolerance=tolerance, seed=seed)
    typer.echo(str(report))
    raise typer.Exit(0 if report.ok else 1)


def _loaded(target: str) -> Callable[..., Any]:
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise cr.ChainruleError(
            f"{target!r} does not name a function. Write module:function or file.py:function."
        )
    found: Any = _file(Path(place)) if place.endswith(".py") else _module(place)
    for part in name.split("."):
        if not hasattr(found, part):
            raise cr.ChainruleError(f"{place} has no {name!r}. Check the spelling after the colon.")
        found = getattr(found, part)
    if not callable(found):
        raise cr.ChainruleError(
            f"{target} has the type {type(found).__name__}, which cannot be called. Name a "
            "function."
        )
    return found  # type: ignore[no-any-return]


def _module(name: str) -> ModuleType:
    sys.path.insert(0, "")
    if name.startswith("."):
        raise cr.ChainruleError(f"The module {name!r} begins with a dot. Write its full name.")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise cr.ChainruleError(
            f"The module {name!r} cannot be imported: {error}. Run the command where `import "
            f"{name}` works, or give the path of its file."
        ) from error


def _file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise cr.ChainruleError(f"There is no Python file {path}. Check the path.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _arguments(text: str) -> list[Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise cr.ChainruleError(f"--args is not JSON: {error}. Write a list: '[1.0]'.") from error
    if not isinstance(values, list):
        raise cr.ChainruleError(
            f"--args must be a JSON list, one entry per argument, not {text}. Write '[{text}]'."
        )
    return values


def _require_callable_with(function: Callable[..., Any], values: list[Any]) -> None:
    """Raise ChainruleError if the arguments do not match; a TypeError inside is the user's."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # a built-in function may have none
        return
    try:
        signature.bind(*values)
    except TypeError as error:
        found = f"with {len(values)} arguments" if values else "without arguments"
        raise cr.ChainruleError(
            f"The function could not be called {found}: {error}. Pass what it takes as --args."
        ) from error


def _prepared(function: Callable[..., Any]) -> tuple[Callable[..., Any], list[Any]]:
    """Return function and arguments from the result of a call: a tensor, or a tuple of them."""
    result = function()
    if isinstance(result, tuple) and result and callable(result[0]):
        return result[0], list(result[1:])
    return lambda: result, []
