"""The results of a body that is computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from chainrule.graph import (
    Array,
    Body,
    Constant,
    DType,
    Shape,
    Tensor,
    compute,
    rebuild,
    topological_order,
)
from chainrule.ops import concat

Values = dict[Tensor, Array]


def run_once(body: Body, arrays: Sequence[Array]) -> Array:
    """Return the outputs of a body without states in one flat array."""
    values = dict(zip(body.captured, arrays, strict=True))
    flat = np.empty(body.size(1), body.dtype)
    compute_into(values, body.outputs)
    for field, node in zip(body.fields(1), body.outputs, strict=True):
        flat[field.start : field.stop] = values[node].reshape(-1)
    return flat


def compute_into(values: Values, wanted: Sequence[Tensor]) -> None:
    """Add the values of the wanted nodes to `values`; values in between are freed."""
    order = topological_order(wanted, without=set(values))
    kept = {*values, *wanted}
    last = {each: i for i, node in enumerate(order) for each in node.inputs}
    for i, node in enumerate(order):
        if isinstance(node, Constant):
            values[node] = node.read()
            continue
        assert node.primitive is not None
        inputs = [values[each] for each in node.inputs]
        values[node] = compute(node.primitive, inputs, node.attributes)
        for each in node.inputs:
            if last[each] == i and each not in kept:
                values.pop(each, None)


def flat_infer(body: Body) -> tuple[Shape, DType]:
    """Return the shape and dtype of `run_once`."""
    return (body.size(1),), body.dtype


def flat_function(body: Body) -> Callable[..., Tensor]:
    """Return the function of the operands of a body without states to its flat result."""

    def flat(*operands: Tensor) -> Tensor:
        made = rebuild(body.outputs, dict(zip(body.placeholders, operands, strict=True)))
        return concat([made[each].reshape(each.size).astype(body.dtype) for each in body.outputs])

    return flat
