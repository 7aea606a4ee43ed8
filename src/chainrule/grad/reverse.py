"""Reverse-mode differentiation: one reverse pass from the output visits every gate once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from chainrule.graph import (
    Constant,
    GradientError,
    Parameter,
    ShapeError,
    Tensor,
    Trace,
    as_tensor,
    current_trace,
    flowing_from,
    is_float,
    made_for,
    read_for,
    topological_order,
)
from chainrule.ops import OWN_BACKWARD, add, sum_row_gradients, sum_slice_gradients


@dataclass(frozen=True)
class Sweep:
    """The gradients of one reverse pass, as tensors of the same graph.

    upstream    the gradient of the output with respect to each node, summed over its uses
    downstream  the gradient on each edge (node, position), from a node to one input
    """

    upstream: dict[Tensor, Tensor]
    downstream: dict[tuple[Tensor, int], Tensor]


def gradients(output: Tensor, wrt: Sequence[Tensor], upstream: Any = None) -> list[Tensor | None]:
    """Return the gradient of `output` with respect to each tensor of `wrt`, by one reverse pass.

    output    a scalar, or any tensor if `upstream` is given
    wrt       inputs, parameters or tensors computed from them
    upstream  the upstream gradient of `output`, of its shape; 1 for a scalar
    returns   tensors of the shapes and dtypes of `wrt`, nodes of the graph that can be
              differentiated again. None, not zero, for a tensor without a path to the output

    Raises GradientError for an output that is not a scalar if `upstream` is missing, for an
    `upstream` of another shape, for an integer output, for integer or constant tensors in `wrt`,
    and if a parameter changed after the output was computed.
    """
    wrt, trace = [read_for(each) for each in wrt], current_trace()
    found = sweep(output, wrt, upstream).upstream
    return [found.get(each if trace is None else trace.as_updated(each)) for each in wrt]


def sweep(output: Tensor, wrt: Sequence[Tensor], upstream: Any = None) -> Sweep:
    """Run one reverse pass from `output` to `wrt`, and return the gradients of all nodes.

    Arguments and errors are those of `gradients`.
    """
    _refuse_unsuitable(output, wrt)
    return sweep_from([(output, _first_upstream(output, upstream))], wrt)


def sweep_from(seeds: Sequence[tuple[Tensor, Tensor]], wrt: Collection[Tensor]) -> Sweep:
    """Run one reverse pass from several outputs.

    seeds  pairs of an output and its upstream gradient
    wrt    the nodes whose gradients are computed
    """
    order = topological_order([output for output, _ in seeds])
    trace = current_trace()
    needed = flowing_from(order, wrt if trace is None else {*wrt, *map(trace.as_updated, wrt)})
    is_run = trace is not None or any(seed.known for _, seed in seeds)
    summands: dict[Tensor, list[Tensor]] = {}
    for output, seed in seeds:
        summands.setdefault(output, []).append(seed)
    result = Sweep({}, {})
    for node in reversed(order):
        if node not in needed or node not in summands:
            continue
        total = result.upstream[node] = _total(node, summands[node])
        if node.primitive is None:
            continue
        _refuse_stale(node, is_run, trace)
        with made_for(node.origin):
            for position, gradient in downstream(node, total, needed):
                result.downstream[node, position] = gradient
                summands.setdefault(node.inputs[position], []).append(gradient)
    return result


def _total(node: Tensor, summands: list[Tensor]) -> Tensor:
    """Return the upstream gradient of a node: the sum over its uses."""
    if len(summands) == 1:
        return summands[0]
    with made_for(node.origin):
        for combined in (sum_row_gradients, sum_slice_gradients):
            total = combined(summands)
            if total is not None:
                return total
        return reduce(add, summands)


def downstream(node: Tensor, upstream: Tensor, needed: set[Tensor]) -> list[tuple[int, Tensor]]:
    """Return the downstream gradients of `node` for the needed inputs, with their positions."""
    primitive = node.primitive
    wanted = [i for i, each in enumerate(node.inputs) if each in needed]
    if primitive is None or not wanted:
        return []
    if callable(primitive.vjp):
        options = {"wanted": tuple(wanted)} if primitive.selective else {}
        found = primitive.vjp(upstream, node, *node.inputs, **node.attributes, **options)
        pairs = [(i, found[i]) for i in wanted]
    else:
        pairs = [
            (i, rule(upstream, node, *node.inputs, **node.attributes))
            for i in wanted
            if (rule := primitive.vjp[i]) is not None
        ]
    return [(i, _fitted(node, i, gradient)) for i, gradient in pairs if gradient is not None]


def _fitted(node: Tensor, position: int, gradient: Tensor) -> Tensor:
    """Undo the broadcasting of an input: sum the gradient to the shape of the input."""
    target = node.inputs[position]
    if gradient.shape != target.shape:
        gradient = _summed_to(node, position, gradient)
    return gradient if gradient.dtype == target.dtype else gradient.astype(target.dtype)


def _summed_to(node: Tensor, position: int, gradient: Tensor) -> Tensor:
    """Return a gradient summed to the shape of an input; raise ShapeError if it does not fit."""
    want = node.inputs[position].shape
    extra = gradient.ndim - len(want)
    fits = extra >= 0 and all(
        have == size or size == 1 for have, size in zip(gradient.shape[extra:], want, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"The backward of {node.label} returned a gradient of shape {gradient.shape} for its "
            f"input {_as_written(node, position)}, which has shape {want}. Return a gradient of "
            "the shape of its input."
        )
    stretched = [
        extra + i for i, size in enumerate(want) if size == 1 and gradient.shape[extra + i] != 1
    ]
    return gradient.sum([*range(extra), *stretched]).reshape(want)


def _as_written(node: Tensor, position: int) -> int:
    """Return the position of an input for messages; the result operand of user gates is skipped."""
    return position - 1 if node.primitive is OWN_BACKWARD else position


def _first_upstream(output: Tensor, upstream: Any) -> Tensor:
    """Return the upstream gradient of the output: 1 for a scalar if none is given."""
    if upstream is None:
        if output.shape != ():
            raise GradientError(
                f"The gradient of {output.label} with shape {output.shape} was requested, but only "
                "a scalar has one. Reduce it first (sum or mean), or pass upstream=, an array of "
                "its shape that weights its elements; cr.jacobian gives all of them."
            )
        return Constant(np.array(1, output.dtype))
    given = as_tensor(upstream)
    if given.shape != output.shape:
        raise GradientError(
            f"upstream has shape {given.shape} but {output.label} has shape {output.shape}. The "
            "upstream gradient of a tensor has that tensor's shape."
        )
    return given.astype(output.dtype)


def _refuse_unsuitable(output: Tensor, wrt: Sequence[Tensor]) -> None:
    """Raise GradientError for an output or tensors that cannot be differentiated."""
    if not isinstance(output, Tensor):
        raise GradientError(
            f"The gradient of a value of type {type(output).__name__} was requested. Compute the "
            "output with chainrule's functions, so that it is a tensor with a history."
        )
    if not is_float(output.dtype):
        raise GradientError(
            f"The gradient of {output.label} was requested, but it is {output.dtype}, and only "
            "floating-point values have derivatives. Differentiate a floating-point tensor."
        )
    for each in wrt:
        if not isinstance(each, Tensor) or isinstance(each, Constant):
            raise GradientError(
                f"A gradient with respect to {each!r} was requested, but it is not a tensor of the "
                "graph. Make it with cr.input(name, value=...) or cr.parameter(...) before using "
                "it."
            )
        if not is_float(each.dtype):
            raise GradientError(
                f"A gradient with respect to {each.label} was requested, but it is {each.dtype}; "
                "gradients exist for floating-point tensors only. Leave it out, or convert it with "
                "astype('float64') if it is a quantity."
            )


def _refuse_stale(node: Tensor, is_run: bool, trace: Trace | None) -> None:
    """Raise GradientError if a parameter changed after the gate that reads it was computed.

    is_run  whether the pass uses the current values of gates, not those of a later run; a traced
            function uses the current values of outer gates while they are valid
    """
    for each in node.inputs:
        if not isinstance(each, Parameter):
            continue
        pending = None
        if trace is not None:
            pending = trace.pending.get(each)
            if node.known:
                trace.assume(each, "changed", each.changed)
        is_pending = pending is not None and pending.serial > node.serial
        if is_pending or (is_run and node.known and each.changed > node.serial):
            raise GradientError(
                f"{node.label} was computed before the parameter {each.name!r} last changed, so "
                "its gradient would mix old and new values. Compute the loss again after every "
                "update."
            )
