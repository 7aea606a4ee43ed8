"""The graph of one example, rebuilt for a batch: every gate is applied to all examples at once."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from chainrule.grad.argument_trees import leaves, mapped
from chainrule.graph import (
    Argument,
    Batch,
    Body,
    ImmutableError,
    Input,
    Parameter,
    Primitive,
    PrimitiveError,
    Tensor,
    Traced,
    apply,
    as_tensor,
    declared,
    depending_on,
    made_for,
    topological_order,
)
from chainrule.ops import MadeBefore, broadcast_to

_MAPPED = "a function mapped by vmap"


class Fields(Protocol):
    """A flat result of a batch whose fields are read without the whole: that of a scan."""

    def part(self, **slice_: Any) -> Tensor | None:
        """Return a slice of the result of the batch; None if it is not part of one field."""

    def whole(self) -> Tensor:
        """Return the result of the batch, (size, elements)."""


class BatchedGraph(NamedTuple):
    """The outputs of one example: those that differ between examples, and those that do not.

    mapped  per output that depends on a placeholder, the tensor (size, ...) of the batch
    same    per other output that was made as a gate, the tensor to use in its place
    """

    mapped: Mapping[Tensor, Tensor]
    same: Mapping[Tensor, Tensor]


def batched_graph(
    outputs: Sequence[Tensor], examples: Mapping[Tensor, Tensor], size: int
) -> BatchedGraph:
    """Rebuild the graph of one example for a batch.

    outputs   tensors of one example
    examples  the placeholders of one example, with the tensors (size, ...) of the batch
    size      the number of examples

    Gates that depend on no placeholder are not repeated or computed again; they are copied, so that
    the gates of one call are consecutive. A value is dropped after its last use. Raises
    ImmutableError if a parameter has changed since a gate read it.
    """
    order = topological_order(outputs, without=MadeBefore(list(examples)))
    moving = depending_on(order, examples)
    steps = [node for node in order if node.primitive is not None]
    uses = Counter(each for node in steps for each in node.inputs)
    made: dict[Tensor, Tensor | Fields] = dict(examples)
    same: dict[Tensor, Tensor] = {}
    kept = set(outputs)
    for node in steps:
        _refuse_changed(node)
        if node in moving:
            made[node] = _batched(node, made, same, size)
        elif type(node) in (Tensor, Traced):
            same[node] = _copied(node, [same.get(each, each) for each in node.inputs])
        for each in node.inputs:
            uses[each] -= 1
            if not uses[each] and each not in kept:
                made.pop(each, None)
    mapped_outputs = {each: _whole(made[each]) for each in outputs if each in made}
    return BatchedGraph(mapped_outputs, same)


def _copied(node: Tensor, inputs: Sequence[Tensor]) -> Tensor:
    """Return a gate of these inputs with the value of `node`, which is not computed again."""
    assert node.primitive is not None
    with made_for(node.origin):
        return (
            node.renewed(tuple(inputs))
            if node.known
            else apply(node.primitive, *inputs, **node.attributes)
        )


def _whole(found: Tensor | Fields) -> Tensor:
    return found if isinstance(found, Tensor) else found.whole()


def _batched(
    node: Tensor,
    made: Mapping[Tensor, Tensor | Fields],
    same: Mapping[Tensor, Tensor],
    size: int,
) -> Tensor | Fields:
    """Return the gate of the batch for a gate of one example."""
    assert node.primitive is not None
    first = made.get(node.inputs[0])
    with made_for(node.origin):
        if not isinstance(first, Tensor | None) and node.primitive.name == "slice":
            part = first.part(**node.attributes)
            if part is not None:
                return part
        flags = tuple(each in made for each in node.inputs)
        inputs = [_whole(made[x]) if x in made else same.get(x, x) for x in node.inputs]
        batch = Batch(size, flags, partial(over_examples, size=size))
        new: Tensor | Fields = _applied(node.primitive, batch, inputs, node.attributes)
    if isinstance(new, Tensor):
        _require_shape(node, new, size)
        new.name = node.name or new.name
    return new


def _applied(
    primitive: Primitive, batch: Batch, inputs: Sequence[Tensor], attributes: dict[str, Any]
) -> Any:
    rule = primitive.batching
    if callable(rule):
        return rule(batch, *inputs, **attributes)
    return _RULES[rule](primitive, batch, inputs, attributes)


def _elementwise(
    primitive: Primitive, batch: Batch, inputs: Sequence[Tensor], attributes: dict[str, Any]
) -> Tensor:
    """Apply an elementwise primitive: the axes of all examples are aligned."""
    pairs = list(zip(inputs, batch.mapped, strict=True))
    ndim = max(each.ndim - is_mapped for each, is_mapped in pairs)
    aligned = [batch.aligned(each, ndim) if is_mapped else each for each, is_mapped in pairs]
    return apply(primitive, *aligned, **attributes)


def _axis(
    primitive: Primitive, batch: Batch, inputs: Sequence[Tensor], attributes: dict[str, Any]
) -> Tensor:
    """Apply a primitive along the same axes of the examples."""
    axis = attributes["axis"]
    shifted = tuple(each + 1 for each in axis) if isinstance(axis, tuple) else axis + 1
    return apply(primitive, *batch.spread(inputs), **{**attributes, "axis": shifted})


def _leading(
    primitive: Primitive, batch: Batch, inputs: Sequence[Tensor], attributes: dict[str, Any]
) -> Tensor:
    """Apply a primitive that takes further leading axes."""
    return apply(primitive, *batch.spread(inputs), **attributes)


def _scan(
    primitive: Primitive, batch: Batch, inputs: Sequence[Tensor], attributes: dict[str, Any]
) -> Tensor:
    """Apply a primitive to one example after the other, as a scan over the examples."""
    pairs = list(zip(inputs, batch.mapped, strict=True))
    placeholders = [
        Input(each.name or each.kind, each.shape[is_mapped:], each.dtype, None)
        for each, is_mapped in pairs
    ]
    result = apply(primitive, *placeholders, **attributes)
    scanned, captured = (
        [i for i, is_mapped in enumerate(batch.mapped) if is_mapped is wanted]
        for wanted in (True, False)
    )
    entering, still = (tuple(placeholders[i] for i in part) for part in (scanned, captured))
    body = Body((), entering, still, (), (result,))
    operands = [inputs[i] for i in (*scanned, *captured)]
    flat = apply(declared("scan"), *operands, body=body, length=batch.size, reverse=False)
    return flat.reshape(batch.size, *result.shape)


def _without_rule(
    primitive: Primitive, batch: Batch, inputs: Sequence[Tensor], attributes: dict[str, Any]
) -> Tensor:
    warnings.warn(
        f"vmap runs {primitive.name} for one example after the other, since its declaration has "
        "no rule for a batch. Declare vmap=...; the docstring of cr.Primitive has the choices, "
        'of which "scan" is this one.',
        stacklevel=2,
    )
    return _scan(primitive, batch, inputs, attributes)


_RULES: dict[str | None, Callable[..., Tensor]] = {
    "elementwise": _elementwise,
    "axis": _axis,
    "leading": _leading,
    "scan": _scan,
    None: _without_rule,
}


def over_examples(
    function: Callable[..., Any], mapped_operands: Sequence[bool], *, size: int
) -> Callable[..., Any]:
    """Return a function of one example as a function of a batch; results have its axis in front.

    function         of tensors, to a tree of tensors and None
    mapped_operands  per operand, whether it has the axis of the batch
    """

    def of_batch(*operands: Tensor) -> Any:
        given = [
            Argument(each.name or "x", each.shape[1:], each.dtype, _MAPPED) if is_mapped else each
            for each, is_mapped in zip(operands, mapped_operands, strict=True)
        ]
        pairs = zip(given, operands, mapped_operands, strict=True)
        examples = {each: whole for each, whole, is_mapped in pairs if is_mapped}
        returned = mapped(lambda x: None if x is None else as_tensor(x), function(*given))
        found = batched_graph([x for x in leaves(returned) if x is not None], examples, size)
        return mapped(lambda x: None if x is None else _of_all(found, x, size), returned)

    return of_batch


def _of_all(found: BatchedGraph, x: Tensor, size: int) -> Tensor:
    """Return a result for every example, repeated if it does not differ between them."""
    if x in found.mapped:
        return found.mapped[x]
    return broadcast_to(found.same.get(x, x), (size, *x.shape))


def _refuse_changed(node: Tensor) -> None:
    """Raise ImmutableError if a parameter has changed since `node` read it."""
    for each in node.inputs:
        if isinstance(each, Parameter) and each.changed > node.serial:
            raise ImmutableError(
                f"The parameter {each.name!r} was updated in a function mapped by vmap, after "
                f"{node.label} had read it. Update parameters outside, before or after the call."
            )


def _require_shape(node: Tensor, new: Tensor, size: int) -> None:
    """Raise PrimitiveError if a rule returned a tensor that is not that of the batch."""
    if (new.shape, new.dtype) != ((size, *node.shape), node.dtype):
        assert node.primitive is not None
        raise PrimitiveError(
            f"The rule vmap of the primitive {node.primitive.name!r} returned "
            f"{new.dtype}{list(new.shape)} for {size} examples of "
            f"{node.dtype}{list(node.shape)}. It returns the results of all examples, with the "
            "axis of the batch in front."
        )
