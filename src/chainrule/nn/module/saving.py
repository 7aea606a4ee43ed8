"""Saving and loading of the state of a model, as safetensors."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from chainrule.graph import Array, ChainruleError
from chainrule.nn.module.module import Module
from chainrule.nn.module.state_matching import require_fit
from chainrule.storage import StorageError, read_arrays, shown, write_arrays

Path = str | os.PathLike[str]
Model = TypeVar("Model", bound=Module)


def save(path: Path, model: Module | Mapping[str, Any]) -> None:
    """Save the state of a model, every parameter by its path in the tree, as safetensors.

    path   a file; missing folders are created, and an existing file is replaced atomically: a
           full disk or Ctrl-C does not change it
    model  a module, or a state: arrays by name

    Parameters that are not trained, such as running statistics, belong to the state; random
    streams, such as that of dropout, do not. The header has the version of chainrule.

    Raises StorageError if the file cannot be written, DTypeError for arrays that are no numbers.
    """
    if not isinstance(model, Module | Mapping):
        raise TypeError(
            f"cr.save was given {type(model).__name__} to save. Give the path first, then a model "
            "or a dict of arrays: cr.save('model.safetensors', model)."
        )
    write_arrays(_path(path, "save"), model.state() if isinstance(model, Module) else model)


@overload
def load(path: Path) -> dict[str, Array]: ...
@overload
def load(path: Path, model: Model) -> Model: ...
def load(path: Path, model: Model | None = None) -> dict[str, Array] | Model:
    """Load a safetensors file, such as `save` writes, into `model` or as arrays by name.

    Returns the model, or the arrays if no model is given.

    Raises StorageError for a file that is missing, damaged or of another format; ChainruleError for
    a file that does not fit the model, with every parameter that is missing or unknown or has
    another shape or dtype. The model is then unchanged.
    """
    if model is not None and not isinstance(model, Module):
        raise TypeError(
            f"cr.load was given {type(model).__name__} to load into. Give the path first, then a "
            "model: cr.load('model.safetensors', model)."
        )
    if model is None:
        return read_arrays(_path(path, "load"))[0]
    try:
        model.load_state(read_arrays(_path(path, "load"), _check_of(model))[0])
    except StorageError:
        raise
    except ChainruleError as error:
        raise ChainruleError(f"{shown(path)} was to be loaded. {error}") from error
    return model


def _check_of(model: Module) -> Callable[[Mapping[str, Array]], None]:
    """Return a function that compares the arrays of a file with the parameters of a model."""
    own, others = model.named_parameters(), model._other_paths()

    def check(found: Mapping[str, Array]) -> None:
        once = {name: each for name, each in found.items() if others.get(name) not in found}
        require_fit(type(model).__name__, own, model._without_unread(once), others)

    return check


def _path(path: Path, asked: str) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"cr.{asked} was given {type(path).__name__} as the path. Give the path first, then "
            f"the model: cr.{asked}('model.safetensors', model)."
        )
    return path
