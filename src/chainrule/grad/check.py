"""Gradient check: comparison of derivatives with central differences, in float64."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import partial, reduce
from typing import Any

import numpy as np

from chainrule.grad.argument_trees import mapped
from chainrule.grad.check_report import Finding, Report, Verdict
from chainrule.grad.differences import STEP, Probe, branch_of
from chainrule.grad.reverse import downstream, gradients
from chainrule.grad.rounding import Rounding
from chainrule.graph import (
    Array,
    Constant,
    GradientError,
    Input,
    Parameter,
    Tensor,
    apply,
    as_tensor,
    compute,
    equal_layers,
    evaluate,
    in_double_precision,
    is_float,
    rebuild,
    rolled_back,
    topological_order,
)
from chainrule.ops import OWN_BACKWARD, add

Values = dict[Tensor, Array]
_NOISE_MARGIN = 1e5
_TINY = 1e-300


def check_gradients(
    function: Callable[..., Any],
    *args: Any,
    samples: int = 20,
    tolerance: float = 1e-5,
    seed: int = 0,
) -> Report:
    """Compare the gradients of a function or model with central differences.

    function   a function of tensors, or a model, that returns one tensor. A result that is not a
               scalar is multiplied by random weights and summed
    args       its arguments; floating-point arrays, also in lists and dicts, are checked. The
               trainable parameters that the function uses are checked too
    samples    the maximum number of coordinates checked per input, up to half of them where the
               gradient is not zero. An input with more coordinates is also checked along two random
               directions. Of three or more equal layers of a stack, the coordinates of the last are
               sampled; the parameters of the others are checked along the random directions
    tolerance  the largest accepted relative error
    seed       the seed of the random choices
    returns    a Report with a verdict per input and per gate. The backward of every gate is checked
               separately; a wrong gate is reported with its source line. Points on a kink (of ReLU,
               max, ...) and on the boundary of a domain (of log, ...) are not counted. A gradient
               that is not finite is an error

    The graph is evaluated in float64. The model is not changed, including its running statistics
    and random streams. The difference is (f(x + h d) - f(x - h d)) / 2h with h = 6e-6 max(1, |x|).
    Raises GradientError if the function does not return one tensor, or if the result is not finite
    or depends on no floating-point input.
    """
    names = _argument_names(function, len(args))
    changed = [
        mapped(partial(_checkable, name), each) for name, each in zip(names, args, strict=True)
    ]
    with rolled_back():
        output = function(*changed)
    if not isinstance(output, Tensor):
        raise GradientError(
            f"The function to check returned a value of type {type(output).__name__} instead of "
            "one tensor. Return what chainrule's functions computed."
        )
    return check_graph(output, samples=samples, tolerance=tolerance, seed=seed)


def check_graph(
    output: Tensor, *, samples: int = 20, tolerance: float = 1e-5, seed: int = 0
) -> Report:
    """Compare the gradients of a graph with central differences; see `check_gradients`."""
    random = np.random.default_rng(seed)
    double = in_double_precision([output])[output]
    scalar = _weighed(double, random)
    order = topological_order([scalar])
    leaves = [each for each in order if _is_checked(each)]
    if not leaves:
        raise GradientError(
            f"{output.label} depends on no floating-point input or parameter, so there is no "
            "gradient to check. Pass floating-point arguments, or use parameters."
        )
    values = evaluate([scalar], {})
    _refuse_nonfinite(order, values)
    found = gradients(scalar, leaves)
    inputs, along = [], _checked_along(order)
    for leaf, gradient in zip(leaves, found, strict=True):
        probe = Probe(scalar, leaf, values)
        sampled = 0 if leaf in along else samples
        directions = _directions(probe.point, gradient, sampled, random)
        findings = tuple(findings_along(probe, gradient, directions, tolerance))
        inputs.append(Verdict(leaf, leaf.name or leaf.label, findings, tolerance))
    gates = [_gate_verdict(node, values, tolerance, random) for node in order if _is_gate(node)]
    return Report(tuple(inputs), tuple(gates))


def _checked_along(order: list[Tensor]) -> set[Tensor]:
    """Return the parameters of equal layers of a stack but the last, whose checks cost least."""
    return {leaf for stack in equal_layers(order) for layer in stack[:-1] for leaf in layer.own}


def _argument_names(function: Callable[..., Any], count: int) -> list[str]:
    parameters = inspect.signature(getattr(function, "forward", function)).parameters
    variadic = inspect.Parameter.VAR_POSITIONAL
    names = [name for name, each in parameters.items() if each.kind is not variadic]
    return [names[i] if i < len(names) else f"argument {i}" for i in range(count)]


def _checkable(name: str, leaf: Any) -> Any:
    """Return a floating-point leaf as a float64 input; other leaves as tensors."""
    if isinstance(leaf, Tensor) and leaf.tracked:
        return leaf
    tensor = as_tensor(leaf)
    if not is_float(tensor.dtype):
        return tensor
    value = tensor.read().astype(np.float64)
    return Input(name, value.shape, value.dtype, value)


def _weighed(output: Tensor, random: np.random.Generator) -> Tensor:
    if output.shape == ():
        return output
    return (output * Constant(random.uniform(0.5, 1.5, output.shape))).sum()


def _is_checked(node: Tensor) -> bool:
    is_leaf = isinstance(node, Input) or (isinstance(node, Parameter) and node.trainable)
    return is_leaf and is_float(node.dtype) and node.size > 0


def _is_gate(node: Tensor) -> bool:
    return node.primitive is not None and node.primitive.differentiable and is_float(node.dtype)


def _refuse_nonfinite(order: list[Tensor], values: Values) -> None:
    """Raise GradientError if the output is not finite, with the first such gate."""
    if np.isfinite(values[order[-1]]).all():
        return
    first = next(node for node in order if not np.isfinite(values[node]).all())
    raise GradientError(
        f"The function is not finite at this point, so it has no gradient to check: "
        f"{first.label} is the first gate with an infinite or NaN value. "
        "Choose another point, or correct that gate."
    )


def _coordinates(formula: Array, samples: int, random: np.random.Generator) -> Array:
    """Return up to `samples` coordinates, up to half of them where the gradient is not zero.

    The sample of a large embedding table thus includes rows that the batch uses.
    """
    if formula.size <= samples:
        return np.arange(formula.size)
    moving = np.flatnonzero(formula)
    half: Array = random.choice(moving, min(samples // 2, moving.size), replace=False)
    others = np.setdiff1d(
        random.choice(formula.size, min(2 * samples, formula.size), replace=False), half
    )
    return np.concatenate([half, random.permutation(others)[: samples - half.size]])


def _directions(
    point: Array, gradient: Tensor | None, samples: int, random: np.random.Generator
) -> Iterator[tuple[str, Array]]:
    """Yield unit vectors of sampled coordinates; if not all are sampled, two random directions."""
    shape, size = point.shape, point.size
    formula = np.zeros(shape) if gradient is None else gradient.read()
    for position in _coordinates(formula, samples, random):
        direction = np.zeros(shape)
        index = np.unravel_index(int(position), shape)
        direction[index] = 1.0
        yield str([int(each) for each in index]), direction
    for _ in range(2 if size > samples else 0):
        anywhere = random.standard_normal(shape)
        yield "a random direction", np.asarray(anywhere / np.linalg.norm(anywhere))


def findings_along(
    probe: Probe,
    gradient: Tensor | None,
    directions: Iterable[tuple[str, Array]],
    tolerance: float,
) -> Iterator[Finding]:
    """Yield the comparison of a gradient and the measurement for every direction.

    gradient    the gradient of the probe's output with respect to what it moves; None for zero
    directions  pairs of a text that says where, and an array of the shape of what is moved

    Directions on the boundary of the domain, such as 0 for log and sqrt, are left out.
    """
    formula = np.zeros(probe.point.shape) if gradient is None else gradient.read()
    rounding = Rounding(probe, gradient, probe.values)
    for where, direction in directions:
        measured = probe.difference(direction)
        moving = direction != 0
        derived = float(np.dot(formula[moving], direction[moving]))
        if not np.isfinite(measured.value) and np.isfinite(derived):
            continue
        error = _relative(measured.value, derived, measured.noise)
        if tolerance < error < np.inf:
            bound = rounding.bound(direction, measured.step)
            error = _relative(measured.value, derived, bound)
        yield Finding(
            where, measured.value, derived, error, measured.kink, measured.left, measured.right
        )


def _relative(numeric: float, formula: float, noise: float) -> float:
    """Return the error relative to the largest of both derivatives and the scaled rounding noise.

    The error is infinite if one of the derivatives is not finite.
    """
    if not (np.isfinite(numeric) and np.isfinite(formula)):
        return np.inf
    return abs(numeric - formula) / max(abs(numeric), abs(formula), noise * _NOISE_MARGIN, _TINY)


def _gate_verdict(
    node: Tensor, values: Values, tolerance: float, random: np.random.Generator
) -> Verdict:
    """Check one gate separately: compare the measured <u, J t> with <vjp(u), t>, per input."""
    findings = []
    upstream = np.asarray(random.uniform(0.5, 1.5, node.shape))
    alone, own = _alone(node, values)
    for position, each in enumerate(node.inputs):
        if is_float(each.dtype) and node.size and each.size:
            found = _gate_finding(alone, position, own, upstream, tolerance, random)
            findings += [] if found is None else [found]
    return Verdict(node, node.label, tuple(findings), tolerance)


def _alone(node: Tensor, values: Values) -> tuple[Tensor, Values]:
    """Return a gate whose inputs can be moved one by one, and the values of its nodes.

    Inputs that are equal, or made of one another, move together in the graph: they are replaced by
    leaves. A gate with its own backward that has an input twice has one leaf for both.
    """
    if node.primitive is OWN_BACKWARD:
        end = len(node.inputs) - len(node.attributes["kept"])
        operands = dict.fromkeys(node.inputs[1:end])
        if len(operands) == 1:
            return node, values
        alone = rebuild([node], {each: _leaf(each, values) for each in operands})[node]
    elif len(set(node.inputs)) == len(node.inputs):
        return node, values
    else:
        assert node.primitive is not None
        leaves = [_leaf(each, values) for each in node.inputs]
        alone = apply(node.primitive, *leaves, **node.attributes)
    return alone, evaluate([alone], {})


def _leaf(node: Tensor, values: Values) -> Input:
    return Input(node.label, node.shape, node.dtype, values[node])


def _gate_finding(
    node: Tensor,
    position: int,
    values: Values,
    upstream: Array,
    tolerance: float,
    random: np.random.Generator,
) -> Finding | None:
    """Compare the vjp of a gate with a central difference along one random direction."""
    moved = node.inputs[position]
    direction = random.uniform(-1, 1, moved.shape) * _sizes(values[moved])
    above, below = (
        _gate_at(node, position, values, values[moved] + move)
        for move in (STEP * direction, -STEP * direction)
    )
    weights = np.asarray(upstream * _on_one_piece(node, position, values, STEP * direction))
    measurable = np.isfinite(above) & np.isfinite(below)
    weights = np.where(measurable, weights, 0.0)
    above, below = np.where(measurable, above, 0.0), np.where(measurable, below, 0.0)
    numeric = float((weights * (above - below)).sum()) / (2 * STEP)
    size = float(np.abs(weights * above).sum())
    found = dict(downstream(node, Constant(weights), {moved}))
    if position not in found:
        return None
    sent = reduce(add, found.values())
    formula = float(np.dot(sent.read().ravel(), direction.ravel()))
    if not np.isfinite(formula) and not measurable.all():
        return None
    noise = 8 * float(np.finfo(np.float64).eps) * size / STEP
    error = _relative(numeric, formula, noise)
    if tolerance < error < np.inf and node.primitive is OWN_BACKWARD:
        inside = Probe(node.inputs[0], moved, values)
        noise = Rounding(inside, sent, values).bound(direction, STEP)
        error = _relative(numeric, formula, noise)
    return Finding(f"its input {position}", numeric, formula, error)


def _sizes(values: Array) -> Array:
    """Return the scale of the step of each element: max(1, |x|)."""
    return np.maximum(1.0, np.abs(np.where(np.isfinite(values), values, 1.0)))


def _gate_at(node: Tensor, position: int, values: Values, point: Array) -> Array:
    """Return the value of a gate with the value of one input replaced by `point`."""
    if node.primitive is OWN_BACKWARD:
        return Probe(node.inputs[0], node.inputs[position], values).at(point)[0]
    arrays = [values[each] for each in node.inputs]
    arrays[position] = point
    assert node.primitive is not None
    return compute(node.primitive, arrays, node.attributes)


def _on_one_piece(node: Tensor, position: int, values: Values, move: Array) -> Array:
    """Return 1 for elements with the same smooth piece at `+move` and `-move`, else 0."""
    if node.primitive is None or node.primitive.branch is None:
        return np.ones(node.shape)
    here = node.inputs[position]
    at = [branch_of(node, {**values, here: values[here] + each}) for each in (move, -move)]
    same = np.equal(at[0], at[1])
    if same.size == node.size:
        return np.asarray(same.reshape(node.shape), np.float64)
    return np.full(node.shape, float(same.all()))
