"""Scans: the reference evaluation of a body, step by step, and the capture of outer tensors."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import numpy as np

from chainrule.graph import (
    Array,
    Body,
    Constant,
    DType,
    DTypeError,
    Input,
    PrimitiveError,
    Shape,
    ShapeError,
    Tensor,
    compute,
    depending_on,
    rebuild,
    topological_order,
)

Values = dict[Tensor, Array]


def scan_infer(*operands: Tensor, body: Body, length: int, reverse: bool) -> tuple[Shape, DType]:
    """Return the shape and dtype of the flat result of `run_scan`.

    Raises PrimitiveError, ShapeError or DTypeError for operands that do not fit.
    """
    if len(operands) != len(body.placeholders):
        raise PrimitiveError(
            f"A scan of a {body!r} was given {len(operands)} operands but has "
            f"{len(body.placeholders)}: its states, scanned inputs and captured tensors."
        )
    first, last = len(body.states), len(body.states) + len(body.inputs)
    for i, (given, asked) in enumerate(zip(operands, body.placeholders, strict=True)):
        shape = (length, *asked.shape) if first <= i < last else asked.shape
        if given.shape != shape:
            raise ShapeError(
                f"A scan of {length} steps of a {body!r} was given {given.label} with shape "
                f"{given.shape} for {asked.name!r}; it takes {shape}."
            )
        if given.dtype != asked.dtype:
            raise DTypeError(
                f"A scan of a {body!r} was given {given.label} of dtype {given.dtype} for "
                f"{asked.name!r}, but its body was traced for {asked.dtype}. Convert with astype."
            )
    return (body.size(length),), body.dtype


def run_scan(*arrays: Array, body: Body, length: int, reverse: bool) -> Array:
    """Run the body step by step, and return its fields in one flat array."""
    flat = np.empty(body.size(length), body.dtype)
    for _ in _steps(flat, arrays, body, length, reverse):
        pass
    return flat


def scan_branch(*arrays: Array, body: Body, length: int, reverse: bool) -> Array:
    """Return a hash of the smooth pieces that all gates of all steps use."""
    branching = [node for node in body.gates if node.primitive and node.primitive.branch]
    flat = np.empty(body.size(length), body.dtype)
    taken = [
        branch_of(node, values)
        for values in _steps(flat, arrays, body, length, reverse)
        for node in branching
    ]
    return np.asarray(hash(b"".join(taken)))


def branch_of(node: Tensor, values: Values) -> bytes:
    """Return the smooth piece that a gate uses, as bytes."""
    assert node.primitive is not None
    assert node.primitive.branch is not None
    arrays = [values[each] for each in node.inputs]
    return np.asarray(node.primitive.branch(*arrays, **node.attributes)).tobytes()


def _steps(
    flat: Array, arrays: Sequence[Array], body: Body, length: int, reverse: bool
) -> Iterator[Values]:
    """Run the body, write its fields into `flat`, and yield the values of every step."""
    fields = [flat[each.start : each.stop].reshape(each.shape) for each in body.fields(length)]
    states, outputs = fields[: len(body.states)], fields[len(body.states) :]
    scanned = arrays[len(states) : len(states) + len(body.inputs)]
    still = _still(body, arrays[len(states) + len(scanned) :])
    for field, initial in zip(states, arrays, strict=False):
        field[0] = initial
    kept = [i < body.kept_states for i in range(len(states))]
    for step in range(length):
        at = length - 1 - step if reverse else step
        values = dict(still)
        now = [field[step if each else 0, ...] for field, each in zip(states, kept, strict=True)]
        values.update(zip(body.states, now, strict=True))
        values.update(zip(body.inputs, (each[at, ...] for each in scanned), strict=True))
        for node in body.gates:
            assert node.primitive is not None
            inputs = [values[each] for each in node.inputs]
            values[node] = compute(node.primitive, inputs, node.attributes)
        for field, result, each in zip(states, body.new_states, kept, strict=True):
            field[step + 1 if each else 0] = values[result]
        for field, result in zip(outputs, body.outputs, strict=True):
            field[at] = values[result]
        yield values


def _still(body: Body, captured: Sequence[Array]) -> Values:
    """Return the values that are the same at every step: captured tensors and constants."""
    constants = (node for node in body.order if isinstance(node, Constant))
    values: Values = {each: each.read() for each in constants}
    values.update(zip(body.captured, captured, strict=True))
    return values


def closed_body(
    states: Sequence[Tensor],
    inputs: Sequence[Tensor],
    new_states: Sequence[Tensor],
    outputs: Sequence[Tensor],
) -> tuple[Body, tuple[Tensor, ...]]:
    """Return the body from placeholders to results, and the outer tensors that it captures.

    states, inputs       placeholders, made before the nodes that depend on them
    new_states, outputs  tensors computed from the placeholders and from outer tensors

    Nodes that do not depend on a placeholder are captured: for `state @ weight.T` the body holds
    the product, and captures the transpose. Constants of one element stay in the body.
    """
    results = (*new_states, *outputs)
    frontier = _frontier(results, (*states, *inputs))
    stand_ins: dict[Tensor, Tensor] = {
        each: Input(each.name or each.kind, each.shape, each.dtype, None) for each in frontier
    }
    made = rebuild(results, stand_ins)
    body = Body(
        tuple(states),
        tuple(inputs),
        tuple(stand_ins.values()),
        tuple(made[each] for each in new_states),
        tuple(made[each] for each in outputs),
    )
    return body, tuple(stand_ins)


def _frontier(results: Sequence[Tensor], placeholders: Sequence[Tensor]) -> list[Tensor]:
    """Return the nodes that the results use and that depend on no placeholder, each once."""
    order = topological_order(results, without=MadeBefore(placeholders))
    moving = depending_on(order, placeholders)
    used = [each for node in order if node in moving for each in node.inputs]
    return [
        each
        for each in dict.fromkeys([*used, *results])
        if each not in moving and not (isinstance(each, Constant) and each.size == 1)
    ]


class MadeBefore(Container[Tensor]):
    """The nodes older than all placeholders, which cannot depend on one."""

    def __init__(self, placeholders: Sequence[Tensor]) -> None:
        self._first = min((each.serial for each in placeholders), default=None)

    def __contains__(self, node: object) -> bool:
        assert isinstance(node, Tensor)
        return self._first is not None and node.serial < self._first
