"""The textbook form of a call in a graph: its operands, and their gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.explore.structure.fold import Unit
from chainrule.explore.textbook.activations import ACTIVATIONS, Parts, activation
from chainrule.explore.textbook.losses import ELEMENT_LOSSES, WrittenLoss
from chainrule.explore.textbook.operands import function_of, operands_of
from chainrule.graph import Array, Constant, Scope, Tensor, is_float, is_integer, made_for, tracing
from chainrule.ops import OWN_BACKWARD, exp, one_hot, softmax, where

_UNWRITTEN = ("class_weights", "ignore_index", "mask")
COUPLED = ("softmax", "log_softmax", "logsumexp", "layer_norm")
ROW_LOSSES = ("cross_entropy", "negative_log_likelihood", "hinge")
Gradient = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Form:
    """The textbook form of one call.

    name      the name of the function
    operands  the nodes that receive the gradients written here: x, or x and t
    gradient  the gradient of an operand, of the operand and the upstream gradient
    names     the names of what gradients are written with, such as p and y
    options   the options of the call
    written   the formulas of an activation, or of a loss of elements
    prediction, target  what a loss compares; they may be nodes inside the call
    """

    name: str
    operands: tuple[Tensor, ...]
    gradient: Gradient
    names: Mapping[Tensor, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    written: Any = None
    prediction: Tensor | None = None
    target: Tensor | None = None


def has_form(scope: Scope) -> bool:
    """Say whether a call is one of a function whose textbook form is known."""
    return scope.kind == "" and scope.label in (*ACTIVATIONS, *ELEMENT_LOSSES, *ROW_LOSSES)


def forms_of(
    units: Iterable[Unit], names: Mapping[Tensor, str], values: Mapping[Tensor, Array]
) -> dict[Tensor, Form]:
    """Return the textbook forms of the units that have one, by their results.

    names   the names of nodes; no new name is one of these
    values  the values of nodes
    """
    found: dict[Tensor, Form] = {}
    taken = dict(names)
    for unit in units:
        form = form_of(unit, taken, values)
        if form is not None:
            found[unit.result] = form
            taken |= form.names
    return found


def form_of(unit: Unit, names: Mapping[Tensor, str], values: Mapping[Tensor, Array]) -> Form | None:
    """Return the textbook form of a unit; None if there is none for its function and options.

    names   the names that are given already
    values  the values of nodes
    """
    with tracing(), made_for(unit.result.origin):
        return _form_of(unit, names, values)


def _form_of(
    unit: Unit, names: Mapping[Tensor, str], values: Mapping[Tensor, Array]
) -> Form | None:
    name, options = function_of(unit)
    if any(each.size == 0 for each in (unit.result, *unit.inputs)):
        return None
    if name in COUPLED and unit.result.primitive is OWN_BACKWARD:
        return _coupled(name, unit, names)
    if any(each in options for each in _UNWRITTEN):
        return None
    if name in ACTIVATIONS:
        return _activation(name, options, unit, names)
    found = operands_of(name, unit)
    if found is None or found[0] not in set(unit.inputs) or found[0] is found[1]:
        return None
    if name in ELEMENT_LOSSES:
        return _of_elements(name, options, unit, found, names)
    if name not in ROW_LOSSES or not _adds_up(found[1], values):
        return None
    return _of_rows(name, options, unit, found, names)


def _adds_up(target: Tensor, values: Mapping[Tensor, Array]) -> bool:
    """Say whether targets are labels, or probabilities that add up to 1."""
    if is_integer(target.dtype):
        return True
    found = values[target] if target in values else target.peek()
    return bool(np.allclose(found.sum(-1), 1, rtol=1e-6))


def _activation(
    name: str, options: Mapping[str, Any], unit: Unit, names: Mapping[Tensor, str]
) -> Form | None:
    written = activation(name, options)
    inputs = [each for each in unit.inputs if each.size > 1 or is_float(each.dtype)]
    if written is None or len(inputs) != 1 or inputs[0].shape != unit.result.shape:
        return None
    (x,) = inputs
    parts: Parts = {}
    slope = written.slope(unit.result, x, parts)
    return Form(name, (x,), lambda node, g: g * slope, called(parts, names), options, written)


def called(parts: Parts, names: Mapping[Tensor, str]) -> dict[Tensor, str]:
    """Return the names of functions of named tensors, such as σ(x)."""
    return {part: f"{sign}({names.get(x, 'x')})" for part, (sign, x) in parts.items()}


def _coupled(name: str, unit: Unit, names: Mapping[Tensor, str]) -> Form:
    x, y = unit.result.inputs[1], unit.result
    if name == "log_softmax":
        p = exp(y)
        return Form(
            name,
            (x,),
            lambda node, g: g - p * g.sum(-1, keepdims=True),
            {p: free("p", y, names)},
        )
    if name == "logsumexp":
        p = softmax(x)
        return Form(name, (x,), lambda node, g: g * p, {p: free("p", y, names)})
    return Form(name, (), lambda node, g: g)  # the sweep's own formula is the textbook's


def free(name: str, node: Tensor, names: Mapping[Tensor, str]) -> str:
    """Return a name, with that of `node` as a suffix if it is taken."""
    return f"{name}_{names.get(node, 'x')}" if name in names.values() else name


def _of_elements(
    name: str,
    options: Mapping[str, Any],
    unit: Unit,
    found: tuple[Tensor, Tensor],
    names: Mapping[Tensor, str],
) -> Form | None:
    form = ELEMENT_LOSSES[name]
    if not form.fits(options) or found[0].shape != found[1].shape:
        return None
    written, parts, outside = WrittenLoss(form, options), Parts(), set(unit.inputs)
    slopes = {
        node: written.slope(i, found, parts) for i, node in enumerate(found) if node in outside
    }
    # a slope of the target alone has no gate where the target is constant, so that it is named
    fixed = {
        each: f"-{names.get(found[1], 't')}"
        for each in slopes.values()
        if isinstance(each, Constant)
    }
    count = found[0].size
    if form.by_row:
        count //= found[0].shape[-1]

    def gradient(node: Tensor, g: Tensor) -> Tensor:
        arrived = g.reshape(*g.shape, 1) if g.ndim and form.by_row else g
        return _averaged(arrived * slopes[node], options, count)

    known = called(parts, names) | fixed
    return Form(name, tuple(slopes), gradient, known, options, written, *found)


def _averaged(total: Tensor, options: Mapping[str, Any], count: int) -> Tensor:
    return total / count if options["reduction"] == "mean" and count != 1 else total


def _of_rows(
    name: str,
    options: Mapping[str, Any],
    unit: Unit,
    found: tuple[Tensor, Tensor],
    names: Mapping[Tensor, str],
) -> Form:
    x, target = found
    count = x.size // x.shape[-1]
    y = _targets(target, x, options)
    row = _ROW_GRADIENTS[name](x, y, options)
    parts = {each: free(sign, unit.result, names) for sign, each in {**row[1], "y": y}.items()}

    def gradient(node: Tensor, g: Tensor) -> Tensor:
        arrived = g.reshape(*g.shape, 1) if g.ndim else g
        return _averaged(arrived * row[0], options, count)

    return Form(name, (x,), gradient, parts, options, None, *found)


def _targets(target: Tensor, x: Tensor, options: Mapping[str, Any]) -> Tensor:
    """Return targets as probabilities: 1 at the label and 0 elsewhere, smoothed if asked for."""
    if not is_integer(target.dtype):
        return target
    smoothing = options.get("label_smoothing", 0.0)
    hard = one_hot(target.reshape(x.shape[:-1]), x.shape[-1], x.dtype)
    return hard * (1 - smoothing) + smoothing / x.shape[-1] if smoothing else hard


def _of_cross_entropy(x: Tensor, y: Tensor, options: Any) -> tuple[Tensor, dict[str, Tensor]]:
    p = softmax(x)
    return p - y, {"p": p}


def _of_log_likelihood(x: Tensor, y: Tensor, options: Any) -> tuple[Tensor, dict[str, Tensor]]:
    negative = -y
    return negative, {"-y": negative}


def _of_hinge(x: Tensor, y: Tensor, options: Any) -> tuple[Tensor, dict[str, Tensor]]:
    """Return m - y Σ m, where m is 1 for the wrong classes within the margin."""
    own = (x * y).sum(-1, keepdims=True)
    m = where(x - own + options["margin"] > 0, 1 - y, 0)
    return m - y * m.sum(-1, keepdims=True), {"m": m}


_ROW_GRADIENTS: Mapping[str, Callable[[Tensor, Tensor, Any], tuple[Tensor, dict[str, Tensor]]]] = {
    "cross_entropy": _of_cross_entropy,
    "negative_log_likelihood": _of_log_likelihood,
    "hinge": _of_hinge,
}
