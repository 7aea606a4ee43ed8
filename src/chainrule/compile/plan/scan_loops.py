"""Repeat: the loop of a scan, its body lowered once, its operands moving from step to step."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from chainrule.compile.fuse.fusion import Reference, Rows, Scan, Step
from chainrule.compile.lower.kernel_calls import (
    Call,
    Item,
    Moving,
    Note,
    Place,
    Repeat,
    Scratch,
    is_computed,
    places_of,
    replaced,
)
from chainrule.compile.lower.step_calls import copied, lowered, room_of_rows
from chainrule.compile.plan.arena import lifetimes, placed
from chainrule.compile.plan.place_bounds import require_inside
from chainrule.compile.plan.views import Views
from chainrule.graph import Field, Tensor


def items_of(steps: Iterable[Step]) -> Iterator[Item | Reference]:
    """Yield what the steps call, in order; gates without native code as they are."""
    for step in steps:
        if isinstance(step, Reference):
            yield step
        elif isinstance(step, Scan):
            yield from _scanned(step)
        else:
            yield from lowered(step)


def _scanned(step: Scan) -> Iterator[Item]:
    """Yield the copies of the initial states, and the loop."""
    node, body, length = step.node, step.body, step.node.attributes["length"]
    for initial, field in zip(node.inputs, body.fields(length)[: len(body.states)], strict=False):
        if initial.size:
            yield copied(initial, Place(node, field.start * node.dtype.itemsize))
    if length:
        yield from _Loop(step).items_once_and_again()


class _Loop:
    """What goes into the `Repeat` of a scan: places of its body are found one by one.

    moving  what has another place at every step: states, inputs of the step, results
    fixed   where captured tensors and what the body works in stand
    """

    def __init__(self, step: Scan) -> None:
        self.node, self.body = step.node, step.body
        self.length: int = step.node.attributes["length"]
        self.backwards: bool = step.node.attributes["reverse"]
        self.views, self.steps = Views(step.steps), step.steps
        items = [each for each in items_of(step.steps) if not isinstance(each, Reference)]
        self.items = [replaced(each, self.views.place) for each in items]
        self.fixed = self._captured()
        self.once = self._prepared_once()
        self.moving = self._operands()
        self.items += self._results()
        self._place_the_rest()

    def items_once_and_again(self) -> Iterator[Item]:
        """Yield what prepares captured operands, and the loop."""
        again: list[Item] = []
        for each in self.items:
            if isinstance(each, Call) and each.prepares and self._writes_once(each):
                yield replaced(each, self._placed)
            else:
                again.append(replaced(each, self._placed))
        moving = tuple(Moving(of, *where) for of, where in self.moving.items())
        yield Repeat(tuple(again), moving, self.length)

    def _prepared_once(self) -> set[Hashable]:
        """Return the scratch memory that holds what is prepared of captured operands."""
        found: set[Hashable] = set()
        for item in self.items:
            used = {each.of for each in places_of(item)}
            if isinstance(item, Call) and item.prepares and used & set(self.fixed):
                found |= {each for each in used if isinstance(each, Scratch)}
        return found

    def _writes_once(self, call: Call) -> bool:
        return any(each.of in self.once for each in places_of(call))

    def _placed(self, place: Place) -> Place:
        if isinstance(place.of, Note):
            return Place(replace(place.of, within=self.node))
        if place.of not in self.fixed:
            return place
        base = self.fixed[place.of]
        return place.within(base.of, base.offset)

    def _captured(self) -> dict[Hashable, Place]:
        count = len(self.body.states) + len(self.body.inputs)
        pairs = zip(self.body.captured, self.node.inputs[count:], strict=True)
        return {placeholder: Place(operand) for placeholder, operand in pairs}

    def _operands(self) -> dict[Tensor | Scratch, tuple[Place, int]]:
        """Return where states and inputs are at the first step, and how far they move per step."""
        fields = self._fields()
        moving: dict[Tensor | Scratch, tuple[Place, int]] = {}
        for placeholder, field in zip(self.body.states, fields, strict=False):
            moving[placeholder] = self._along(self.node, field.start, field.step, False)
        first = len(self.body.states)
        for placeholder, operand in zip(self.body.inputs, self.node.inputs[first:], strict=False):
            moving[placeholder] = self._along(operand, 0, placeholder.size, self.backwards)
        return moving

    def _along(self, tensor: Tensor, start: int, step: int, backwards: bool) -> tuple[Place, int]:
        size = tensor.dtype.itemsize
        if backwards:
            return Place(tensor, (start + (self.length - 1) * step) * size), -step * size
        return Place(tensor, start * size), step * size

    def _results(self) -> list[Item]:
        """Let results be computed where they belong, or return the calls that copy them there."""
        computed = {each.of for item in self.items for each in places_of(item)}
        calls: list[Item] = []
        for number, (result, field) in enumerate(
            zip(self.body.results, self._fields(), strict=True)
        ):
            if not result.size:
                continue
            is_state = number < len(self.body.states)
            start = field.start + field.step if is_state else field.start
            where = self._along(self.node, start, field.step, self.backwards and not is_state)
            mine = result.primitive is not None and self.views.owner(result) is result
            if mine and result in computed and result not in self.moving:
                self.moving[result] = where
            else:
                target = Scratch(result.nbytes)
                self.moving[target] = where
                calls.append(replaced(copied(result, Place(target)), self.views.place))
        return calls

    def _fields(self) -> Sequence[Field]:
        return self.body.fields(self.length)

    def _place_the_rest(self) -> None:
        """Give the values in between, and what calls work in, a part of one scratch memory."""
        uses = [[each.of for each in places_of(item)] for item in self.items]
        sizes: dict[Hashable, int] = {
            each: each.nbytes
            for used in uses
            for each in used
            if not (each in self.moving or each in self.fixed or each in self.once)
            and is_computed(each)
        }
        rows = (each for each in self.steps if isinstance(each, Rows) and each.node in sizes)
        sizes |= {each.node: room_of_rows(each) for each in rows}
        require_inside(self.items, lambda block: sizes.get(block, block.nbytes))
        offsets, total = placed(lifetimes(uses, sizes, []))
        room = Scratch(total)
        self.fixed |= {each: Place(room, offset) for each, offset in offsets.items()}
