"""The scan of a batch: all examples take every step together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.grad.batched_graph import batched_graph
from chainrule.graph import (
    Batch,
    Body,
    Field,
    Input,
    Tensor,
    apply,
    declared,
    depending_on,
    rebuild,
    topological_order,
)
from chainrule.ops import closed_body, concat, permute_dims


def batched_scan(
    batch: Batch, *operands: Tensor, body: Body, length: int, reverse: bool
) -> BatchedFields:
    """Return the fields of a scan for every example, the batching of `scan`.

    A state is that of a batch if its first value is, or if a step computes it from what is.
    """
    moving = moving_placeholders(body, batch.mapped)
    first, last = len(body.states), len(body.states) + len(body.inputs)
    whole = [
        each if is_mapped or placeholder not in moving else batch.repeated(each)
        for each, is_mapped, placeholder in zip(
            operands, batch.mapped, body.placeholders, strict=True
        )
    ]
    states, inputs, results, is_mapped = _step(batch, body, whole, moving)
    new, captured = closed_body(states, inputs, results[:first], results[first:])
    stacks = [
        _steps_first(each) if placeholder in moving else each
        for each, placeholder in zip(whole[first:last], body.inputs, strict=True)
    ]
    loop = apply(
        declared("scan"),
        *(*whole[:first], *stacks, *captured),
        body=new,
        length=length,
        reverse=reverse,
    )
    return BatchedFields(batch, loop, body.fields(length), new.fields(length), is_mapped)


def moving_placeholders(body: Body, mapped: Sequence[bool]) -> set[Tensor]:
    """Return the placeholders that have the axis of the batch."""
    flags = zip(body.placeholders, mapped, strict=True)
    moving = {each for each, is_mapped in flags if is_mapped}
    order = topological_order(body.results)
    while True:
        dependent = depending_on(order, moving)
        pairs = zip(body.states, body.new_states, strict=True)
        more = {state for state, new in pairs if new in dependent} - moving
        if not more:
            return moving
        moving |= more


def _step(
    batch: Batch, body: Body, operands: Sequence[Tensor], moving: set[Tensor]
) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[bool]]:
    """Return a step of the batch: placeholders of states and inputs, results, which are mapped."""
    first, last = len(body.states), len(body.states) + len(body.inputs)
    entering = [
        Input(each.name or each.kind, (batch.size, *each.shape), each.dtype, None)
        if each in moving
        else each
        for each in body.placeholders[:last]
    ]
    given = dict(zip(body.placeholders, (*entering, *operands[last:]), strict=True))
    still = {each: new for each, new in given.items() if each not in moving and new is not each}
    exchanged = rebuild(body.results, still)
    plain = [exchanged[each] for each in body.results]
    found = batched_graph(plain, {each: given[each] for each in moving}, batch.size)
    pairs = list(zip(plain, (*body.states, *body.outputs), strict=True))
    is_mapped = [x in found.mapped or state in moving for x, state in pairs]
    same = [found.same.get(x, x) for x in plain]
    results = [
        found.mapped[x] if x in found.mapped else batch.repeated(s) if flag else s
        for x, s, flag in zip(plain, same, is_mapped, strict=True)
    ]
    return entering[:first], entering[first:], results, is_mapped


def _steps_first(x: Tensor) -> Tensor:
    """Return (examples, steps, ...) as (steps, examples, ...)."""
    axes = (1, 0, *range(2, x.ndim))
    inner = x
    while inner.primitive is not None and inner.primitive.name == "reshape":
        inner = inner.inputs[0]
    is_turned = inner.primitive is not None and inner.primitive.name == "permute_dims"
    if is_turned and inner.shape == x.shape and inner.attributes["axes"] == axes:
        return inner.inputs[0]
    return permute_dims(x, axes)


@dataclass(frozen=True)
class BatchedFields:
    """The flat results of a scan for every example, read field by field.

    loop    the flat result of the scan of the batch
    of_one  the fields of one example
    of_all  the fields of the batch
    mapped  per field, whether its entries have the axis of the batch
    """

    batch: Batch
    loop: Tensor
    of_one: Sequence[Field]
    of_all: Sequence[Field]
    mapped: Sequence[bool]

    def part(
        self, *, starts: Sequence[int], lengths: Sequence[int], steps: Sequence[int]
    ) -> Tensor | None:
        """Return a slice that consists of whole entries of one field; None for other slices."""
        (start,), (length,), (step,) = starts, lengths, steps
        for i, field in enumerate(self.of_one):
            inside = field.start <= start and start + length <= field.stop
            if step == 1 and length and inside:
                first, extra = divmod(start - field.start, field.step)
                count, more = divmod(length, field.step)
                return None if extra or more else self._entries(i, first, first + count)
        return None

    def whole(self) -> Tensor:
        """Return the flat results, (examples, elements)."""
        return concat(
            [self._entries(i, 0, each.shape[0]) for i, each in enumerate(self.of_one)], axis=1
        )

    def _entries(self, i: int, first: int, last: int) -> Tensor:
        """Return entries of a field for every example, (examples, elements)."""
        field = self.of_all[i]
        entries = self.loop[field.start + first * field.step : field.start + last * field.step]
        entries = entries.reshape(last - first, *field.shape[1:])
        if not self.mapped[i]:
            entries = self.batch.repeated(entries)
        else:
            entries = permute_dims(entries, (1, 0, *range(2, entries.ndim)))
        return entries.reshape(self.batch.size, (last - first) * self.of_one[i].step)
