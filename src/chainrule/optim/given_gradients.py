"""Gradients given to an optimizer, matched with its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chainrule.graph import (
    ChainruleError,
    GradientError,
    Parameter,
    ShapeError,
    Tensor,
    as_tensor,
    is_float,
)

GivenGradients = Mapping[Any, Any] | Sequence[Any]


def matched_gradients(
    owner: str, names: Mapping[Parameter, str], given: GivenGradients
) -> list[Tensor | None]:
    """Return one gradient per parameter, in order; None for a parameter that is not updated.

    owner  the name of the optimizer, for messages
    names  the parameters with their names
    given  gradients by parameter or by name, or a list in the order of the parameters

    Raises GradientError for gradients that are missing, unknown or not floating-point, and if all
    are None; ShapeError for another shape.
    """
    listed = _by_key(owner, names, given) if isinstance(given, Mapping) else list(given)
    if len(listed) != len(names):
        raise GradientError(
            f"{owner}.apply was given {len(listed)} gradients for {len(names)} parameters: "
            f"{', '.join(names.values())}. Give one per parameter in this order, None for a "
            "parameter that is not updated."
        )
    pairs = zip(names.items(), listed, strict=True)
    found = [_fitted(owner, each, name, gradient) for (each, name), gradient in pairs]
    if all(each is None for each in found):
        raise GradientError(
            f"{owner}.apply was given no gradient, only None. Give the gradient of at least one "
            "parameter, or do not call it."
        )
    return found


def _by_key(owner: str, names: Mapping[Parameter, str], given: Mapping[Any, Any]) -> list[Any]:
    """Return the values of a dict in the order of the parameters."""
    keys = {each: each if each in given else name for each, name in names.items()}
    missing = [names[each] for each, key in keys.items() if key not in given]
    _refuse(owner, "no gradient for", missing, "Give None for a parameter that is not updated.")
    known = set(keys.values())
    unknown = [_label(key) for key in given if key not in known]
    help_ = "Make the optimizer for these parameters too, or leave their gradients out."
    _refuse(owner, "gradients of what it does not update:", unknown, help_)
    return [given[key] for key in keys.values()]


def _refuse(owner: str, what: str, found: Iterable[str], help_: str) -> None:
    """Raise GradientError if there are names."""
    if listed := ", ".join(found):
        raise GradientError(f"{owner}.apply was given {what} {listed}. {help_}")


def _label(key: Any) -> str:
    return str(key.name) if isinstance(key, Parameter) else repr(key)


def _fitted(owner: str, to: Parameter, name: str, gradient: Any) -> Tensor | None:
    """Return a gradient in the dtype of its parameter."""
    if gradient is None:
        return None
    try:
        found = as_tensor(gradient)
    except ChainruleError as error:
        raise GradientError(f"{owner}.apply cannot use the gradient of {name}: {error}") from error
    if found.shape != to.shape:
        raise ShapeError(
            f"{owner}.apply was given a gradient of shape {found.shape} for {name} of shape "
            f"{to.shape}. A gradient has the shape of its parameter."
        )
    if not is_float(found.dtype):
        raise GradientError(
            f"{owner}.apply was given a gradient of dtype {found.dtype} for {name}. Gradients are "
            f"floating-point: convert it with astype({str(to.dtype)!r})."
        )
    return found if found.dtype == to.dtype else found.astype(to.dtype)
