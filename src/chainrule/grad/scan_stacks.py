"""Stacked tensors of a scan: values at all steps, and upstream gradients of its fields."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chainrule.graph import Body, Shape, Tensor
from chainrule.ops import flip, slice_of


class Stacks:
    """Maps tensors of one step to their stacked values at all steps, (steps, ...).

    Steps are in the order of the scanned inputs, also for a reversed scan. A reshape of a stacked
    tensor is also a key.
    """

    def __init__(self, stacked: Mapping[Tensor, Tensor]) -> None:
        self._stacked = dict(stacked)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._stacked)

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Tensor) and self._whole(node) in self._stacked

    def __getitem__(self, node: Tensor) -> Tensor:
        whole = self._whole(node)
        stack = self._stacked[whole]
        return stack if whole is node else stack.reshape(stack.shape[0], *node.shape)

    def _whole(self, node: Tensor) -> Tensor:
        """Return the stacked tensor of which `node` is a reshape, or `node`."""
        while node not in self._stacked and _is_reshape(node):
            node = node.inputs[0]
        return node

    def add(self, node: Tensor, stack: Tensor) -> None:
        """Add a tensor of one step and its stacked values."""
        self._stacked[node] = stack


def _is_reshape(node: Tensor) -> bool:
    return node.primitive is not None and node.primitive.name == "reshape"


def forward_stacks(
    body: Body, y: Tensor, operands: Sequence[Tensor], length: int, reverse: bool
) -> dict[Tensor, Tensor]:
    """Return the stacked outputs, states and scanned inputs of the scan `y` with the given body."""
    first, fields = len(body.states), body.fields(length)
    stacked = {
        node: y[field.start : field.stop].reshape(field.shape)
        for node, field in zip(body.outputs, fields[first:], strict=True)
    }
    kept = fields[: body.kept_states]
    for results, shift in ((body.new_states, 1), (body.states, 0)):
        for node, field in zip(results, kept, strict=False):
            start = field.start + shift * field.step
            states = y[start : start + length * field.step].reshape(length, *node.shape)
            stacked[node] = flip(states, 0) if reverse else states
    stacked.update(zip(body.inputs, operands[first:], strict=False))
    return stacked


@dataclass(frozen=True, eq=False)
class FieldGradients:
    """The upstream gradients of the fields of a scan; None for fields without a gradient.

    last     per state, the gradient of the last entry of its field
    earlier  per state, the gradient of all other entries, (steps, ...), in the order of the inputs
    outputs  per output, the gradient of all entries, (steps, ...)
    """

    last: tuple[Tensor | None, ...]
    earlier: tuple[Tensor | None, ...]
    outputs: tuple[Tensor | None, ...]

    @property
    def at_states(self) -> list[int]:
        """The numbers of the states with an upstream gradient."""
        pairs = zip(self.last, self.earlier, strict=True)
        return [k for k, (a, b) in enumerate(pairs) if a is not None or b is not None]

    @property
    def at_outputs(self) -> list[int]:
        """The numbers of the outputs with an upstream gradient."""
        return [k for k, each in enumerate(self.outputs) if each is not None]


def field_gradients(g: Tensor, body: Body, length: int, reverse: bool) -> FieldGradients:
    """Split `g`, the upstream gradient of the flat result of a scan, into its fields."""
    first, fields = len(body.states), body.fields(length)
    ends = [each.stop - each.step for each in fields[:first]]
    pairs = list(zip(fields, ends, strict=False))
    last = [_part(g, end, each.stop, each.shape[1:]) for each, end in pairs]
    earlier: list[Tensor | None] = [None] * first
    for k, (each, end) in enumerate(pairs[: body.kept_states]):
        earlier[k] = _part(g, each.start, end, (length, *each.shape[1:]))
    if reverse:
        earlier = [each if each is None else flip(each, 0) for each in earlier]
    outputs = [_part(g, each.start, each.stop, each.shape) for each in fields[first:]]
    return FieldGradients(tuple(last), tuple(earlier), tuple(outputs))


def _part(g: Tensor, start: int, stop: int, shape: Shape) -> Tensor | None:
    assert stop - start == math.prod(shape)
    part = slice_of(g, start, stop)
    return None if part is None else part.reshape(shape)
