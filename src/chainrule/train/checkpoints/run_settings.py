"""The settings of a run: what must be the same for a resumed run to give the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

from chainrule.graph import Array
from chainrule.nn import Module
from chainrule.nn.module.compiled_module import uncompiled
from chainrule.optim import Average, Optimizer
from chainrule.storage import printable
from chainrule.train.callbacks.callback import Callback
from chainrule.train.checkpoints.setting_text import (
    PYTHON,
    is_ours,
    options_of,
    setting_text,
    without_code,
)
from chainrule.train.data.data_source import Batches

RunSettings = dict[str, str]
Differences = dict[str, tuple[str, str]]

_PYTHON = "python"
_ATTRIBUTES = ("model.", "loss.")
RATE = "optimizer.learning_rate"
CALLBACK = "callback"
GIVEN, NOT_GIVEN = "given", "not given"


def settings_of(
    model: Module,
    optimizer: Optimizer,
    loss: Any,
    training: Batches,
    held_out: Batches | None,
    average: Average | None,
) -> RunSettings:
    """Return the settings of a run by name, each as text.

    The text of a function holds a digest of its bytecode, which depends on the version of Python;
    `differences` ignores the digests where the versions differ.
    """
    held = held_out.described if held_out is not None else {"arrays": None}
    parts = {
        _PYTHON: {"version": PYTHON},
        "loss": {} if isinstance(loss, Module) else {"": loss},
        "optimizer": _of_optimizer(optimizer),
        "training": training.described,
        "validation": held,
        "average": {"": average and f"decay {average.decay!r}"},
    }
    flat = {
        f"{part}.{k}" if k else part: v for part, each in parts.items() for k, v in each.items()
    }
    settings = {name: setting_text(value) for name, value in flat.items()}
    modules = {"model": model} | ({"loss": loss} if isinstance(loss, Module) else {})
    for name, each in modules.items():
        settings |= _of_module(name, each)
    return settings


def of_version_1(stored: Mapping[str, Any]) -> RunSettings:
    """Return the settings of a checkpoint of version 1 under their current names."""
    found = {"optimizer": stored["optimizer"]}
    for name in ("training", "validation"):
        held = stored[f"{name} data"] or {"arrays": None}
        found |= {f"{name}.{option}": value for option, value in held.items()}
    return {name: setting_text(value) for name, value in found.items()}


def of_callbacks(callbacks: Mapping[str, Callback]) -> RunSettings:
    """Return the settings of callbacks by their names."""
    return {
        f"{CALLBACK} {name}.{option}": setting_text(value)
        for name, each in callbacks.items()
        for option, value in each.settings().items()
    }


def differences(stored: Mapping[str, str], given: Mapping[str, str]) -> Differences:
    """Return the settings that differ by name, each as (stored, given).

    Attributes of modules are compared only if both sides have them, because `forward` may create
    some.
    """
    same_python = stored.get(f"{_PYTHON}.version") == given.get(f"{_PYTHON}.version")
    found: Differences = {}
    for name in [*given, *(each for each in stored if each not in given)]:
        pair = stored.get(name, NOT_GIVEN), given.get(name, NOT_GIVEN)
        left, right = pair if same_python else map(without_code, pair)
        optional = name.startswith(_ATTRIBUTES) and NOT_GIVEN in pair
        if left != right and not optional and not name.startswith(f"{_PYTHON}."):
            found[name] = pair
    return found


def without_current_rate(found: Differences, values: Mapping[str, Array]) -> Differences:
    """Return differences without a given learning rate that equals the current rate of the run.

    The rate may have been lowered since the run began; giving that rate is no difference.
    """
    rate = values.get("optimizer/learning_rate")
    was, now = found.get(RATE, ("", ""))
    if rate is None or rate.size != 1 or not _is_number(was) or now != setting_text(rate.item()):
        return found
    return {name: each for name, each in found.items() if name != RATE}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def in_words(found: Differences) -> list[str]:
    """Return differences as phrases for a message."""
    return [
        f"{_short(name)} was {_short(was)} and is {_short(now)}"
        for name, (was, now) in found.items()
    ]


def _of_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    schedule = optimizer.schedule
    moved = [str(each.name) for each in optimizer.parameters]
    return {
        "": type(optimizer).__name__,
        "learning_rate": optimizer.learning_rate if schedule is None else schedule,
        "transforms": [type(each).__name__ for each in optimizer.transforms],
        "parameters": moved,
        **_of_transforms(optimizer.transforms),
        **optimizer.settings,
    }


def _of_transforms(transforms: Sequence[Any]) -> dict[str, Any]:
    """Return the options of transforms by their own names, such as "beta1"."""
    found: dict[str, Any] = {}
    for each in transforms:
        for name, value in options_of(each).items():
            key = f"{type(each).__name__}.{name}" if name in found else name
            found[key] = value
    return found


def _of_module(what: str, model: Module) -> RunSettings:
    """Return class, mode, options and user code of every module, by its path."""
    found = {}
    for path, held in model.named_modules().items():
        start, each = f"{what}.{path}" if path else what, uncompiled(held)
        kind = type(each)
        found[start] = kind.__name__
        found[f"{start}.mode"] = "training" if each.training or not model.training else "inference"
        if not is_ours(kind):
            found[f"{start}.code"] = setting_text(_methods(kind))
        for name, value in options_of(each).items():
            found[f"{start}.{name}"] = setting_text(value)
    return found


def _methods(kind: type) -> dict[str, Any]:
    """Return the functions that a user's class defines or inherits, by name."""
    return {
        name: each
        for parent in reversed(kind.__mro__)
        if not is_ours(parent)
        for name, each in sorted(vars(parent).items())
        if _is_method(each) and not name.startswith("__")
    }


def _is_method(value: Any) -> bool:
    """Return whether an attribute of a class is a function, a property or a wrapped function."""
    return isinstance(value, FunctionType | property) or hasattr(value, "__wrapped__")


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= 160 else f"{text[:100]} ... {text[-50:]}"
