"""Calls with NumPy's arguments: those that ours take are passed on, others are refused in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from chainrule.graph import DTypeError, as_tensor

Parameters = dict[str, inspect.Parameter]

_RENAMED = {"a_max": "max", "a_min": "min", "ddof": "correction"}
_FLATTENING = ("cumprod", "cumsum")
HINTS = {
    "out": "Results are new tensors: write y = np.{name}(...).",
    "where": "Write cr.where(mask, x, ...), before or after.",
    "order": "Memory layout is no concern of tensors: leave it out.",
    "initial": "Combine the result with the number.",
    "casting": "Convert with x.astype(dtype).",
}


def called_as_numpy(function: Any, ours: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call `ours` with the arguments of a call of `function`.

    Arguments without default are passed by position, also those that were given by name, and
    others by name. Raises DTypeError for an argument that `ours` does not take.
    """
    given, known = _bound(function, args, kwargs), _parameters(ours)
    defaults = _parameters(function)
    operands: list[Any] = []
    named: dict[str, Any] = {}
    dtype = None
    for name, value in given.items():
        default = defaults[name].default if name in defaults else inspect.Parameter.empty
        if name in defaults and defaults[name].kind is inspect.Parameter.VAR_POSITIONAL:
            operands += value
        elif default is inspect.Parameter.empty and (name in defaults or name not in kwargs):
            operands.append(value)
        elif _is_default(value, default):
            continue
        elif _RENAMED.get(name, name) in known:
            named[_RENAMED.get(name, name)] = value
        elif name == "dtype":
            dtype = value
        else:
            refuse(function, name)
    named |= {name: each for name, each in _axis(function, defaults, known) if name not in given}
    if dtype is None:
        return ours(*operands, **named)
    if not isinstance(operands[0], list | tuple):
        operands[0] = as_tensor(operands[0]).astype(dtype)
    return ours(*operands, **named).astype(dtype)


def on_elements(ufunc: Any, ours: Callable[..., Any], *operands: Any, **options: Any) -> Any:
    """Call `ours` as a ufunc is called; `dtype` converts the operands before.

    Raises DTypeError for other options than `dtype`.
    """
    dtype = options.pop("dtype", None)
    for name in options:
        refuse(ufunc, name)
    if dtype is not None:
        operands = tuple(as_tensor(each).astype(dtype) for each in operands)
    return ours(*operands)


def refuse(function: Any, argument: str) -> None:
    """Raise DTypeError for an argument that has no meaning for tensors."""
    name = function.__name__
    hint = HINTS.get(argument, "Leave it out, or use x.value for the array.").format(name=name)
    raise DTypeError(
        f"numpy.{name} was called on a tensor with {argument}=, which gates do not take. {hint}"
    )


def _bound(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by the names of NumPy's parameters."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except ValueError:  # a function of C without a signature
        return {**{f"operand {i}": each for i, each in enumerate(args)}, **kwargs}
    found = dict(bound.arguments)
    return {**found, **found.pop("kwargs", {})}


@cache
def _parameters(function: Any) -> Parameters:
    """Return the parameters of a function by name; none where it has no signature."""
    try:
        return dict(inspect.signature(function).parameters)
    except ValueError:
        return {}


def _is_default(value: Any, default: Any) -> bool:
    """Return whether an argument is the default, so that it asks for nothing."""
    return value is default or (isinstance(value, str | bool | int) and value == default)


def _axis(function: Any, theirs: Parameters, ours: Parameters) -> Iterator[tuple[str, Any]]:
    """Yield NumPy's default of `axis`, where ours may have another.

    None has a meaning of its own in most functions; only those in `_FLATTENING` flatten.
    """
    if "axis" not in theirs or "axis" not in ours:
        return
    default = theirs["axis"].default
    if default is not None or function.__name__ in _FLATTENING:
        yield "axis", default
