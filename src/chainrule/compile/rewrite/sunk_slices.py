"""Slices of sums and other elementwise gates, as gates on slices of their inputs.

f(a, b)[slice] is f(a[slice], b[slice]). Where only slices read a gate, as with the pre-activations
of an LSTM, the gate is then computed by the kernels that read the slices, and never written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.compile.gates.lowerings import scalar_of, template_of
from chainrule.compile.gates.strided_copies import is_near_slice
from chainrule.graph import Tensor, apply

Made = Callable[[Tensor], Tensor]


def sunk_gates(order: Sequence[Tensor], results: set[Tensor]) -> frozenset[Tensor]:
    """Return the elementwise gates that only slices read, or gates that only slices read.

    order    all nodes, each after its inputs
    results  the nodes that are read from outside
    """
    if not any(template_of(node) == "slice" for node in order):
        return frozenset()
    readers: dict[Tensor, list[Tensor]] = {}
    for node in order:
        for each in node.inputs:
            readers.setdefault(each, []).append(node)
    sunk: set[Tensor] = set()
    for node in reversed(order):
        reading = readers.get(node, [])
        if node in results or not reading or scalar_of(node) is None:
            continue
        slices = [each for each in reading if each not in sunk]
        if not slices and all(each.shape == node.shape for each in reading):
            sunk.add(node)
        if len(slices) == len(reading) and _are_parts(slices, node):
            sunk.add(node)
    return frozenset(sunk)


def _are_parts(slices: Sequence[Tensor], node: Tensor) -> bool:
    """Return whether gates are slices read in place, which have no more elements than `node`."""
    return all(map(is_near_slice, slices)) and sum(each.size for each in slices) <= node.size


def slice_through(node: Tensor, sunk: frozenset[Tensor], made: Made) -> Tensor:
    """Return a slice of a sunk gate as a gate on slices.

    made  returns the replacement of a node
    """
    return _part_of(node.inputs[0], node, sunk, made)


def _part_of(source: Tensor, node: Tensor, sunk: frozenset[Tensor], made: Made) -> Tensor:
    """Return the part of `source` that broadcasts to the slice `node`."""
    if source in sunk:
        assert source.primitive is not None
        parts = [_part_of(each, node, sunk, made) for each in source.inputs]
        return apply(source.primitive, *parts, **_attributes(source, node))
    kept = {name: node.attributes[name] for name in ("starts", "lengths", "steps")}
    missing = node.ndim - source.ndim
    cut = _cut_axes(source, node)
    for name, full in (("starts", 0), ("lengths", 1), ("steps", 1)):
        values = kept[name][missing:]
        kept[name] = tuple(each if here else full for each, here in zip(values, cut, strict=True))
    assert node.primitive is not None
    return apply(node.primitive, made(source), **kept)


def _cut_axes(source: Tensor, node: Tensor) -> list[bool]:
    """Return for each axis of `source` whether the slice `node` cuts it; others are broadcast."""
    whole = node.inputs[0].shape[node.ndim - source.ndim :]
    return [mine == extent for mine, extent in zip(source.shape, whole, strict=True)]


def _attributes(source: Tensor, node: Tensor) -> dict[str, Any]:
    """Return the attributes of the part of a gate; a broadcast has the shape of the part."""
    if "shape" not in source.attributes:
        return dict(source.attributes)
    part = node.shape[node.ndim - source.ndim :]
    cut = zip(_cut_axes(source, node), part, source.shape, strict=True)
    return {**source.attributes, "shape": tuple(new if here else old for here, new, old in cut)}
