"""Backpropagation through time: the gradient of a loop is a loop in the other direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from chainrule.grad.hoisting import Hoisted, hoisted
from chainrule.grad.residuals import StepBack, step_back
from chainrule.grad.stacks import Arrivals, Stacks, arrivals, forward_stacks
from chainrule.graph import Body, Constant, Input, Tensor, apply, rebuild, topological_order
from chainrule.ops import add, closed

Answers = tuple[Tensor | None, ...]


def through_time(
    g: Tensor,
    y: Tensor,
    *operands: Tensor,
    body: Body,
    length: int,
    reverse: bool,
    wanted: tuple[int, ...],
) -> Answers:
    """Return what a loop sends to its operands: the vjp of `scan`.

    The loop that computes it carries what arrives at the states, and reads the states, inputs and
    residuals of the forward loop and what arrives at its outputs. Gradients of captured tensors
    are sums over the steps: they are taken after the loop, from what it puts out, or else carried
    by it as accumulators.
    """
    arriving = arrivals(g, body, length, reverse)
    if length == 0:
        return (*arriving.last, *(None for _ in operands[len(body.states) :]))
    asked = [body.placeholders[i] for i in wanted]
    back = step_back(body, asked, arriving.at_states, arriving.at_outputs)
    stacks = Stacks(forward_stacks(body, y, operands, length, reverse))
    plan = _plan(back, arriving, stacks, wanted)
    direction = {"length": length, "reverse": not reverse}
    finals = _Run(plan, back, arriving, stacks).answers(y, operands, direction)
    return tuple(finals.get(i) for i in range(len(operands)))


@dataclass(frozen=True, eq=False)
class _Plan:
    """Tensors of one step back: what it sends, by the number of the operand it goes to.

    carried      to a state, and on to the step before
    scanned      to a scanned input
    hoisted      to a captured tensor, summed after the loop
    accumulated  to a captured tensor, summed by the loop
    """

    carried: dict[int, Tensor | None]
    scanned: dict[int, Tensor]
    hoisted: dict[int, list[Hoisted]]
    accumulated: dict[int, Tensor]


def _plan(back: StepBack, arriving: Arrivals, stacks: Stacks, wanted: Sequence[int]) -> _Plan:
    """Say what the loop back computes, and enter what arrives from outside into `stacks`."""
    for k, placeholder in back.outputs.items():
        stacks.add(placeholder, _existing(arriving.outputs[k]))
    first, last = len(back.body.states), len(back.body.states) + len(back.body.inputs)
    plan = _Plan({k: _carried(back, arriving, stacks, k) for k in back.states}, {}, {}, {})
    for i in wanted:
        placeholder = back.body.placeholders[i]
        received = back.received(placeholder)
        if first <= i < last and received is not None:
            plan.scanned[i] = received
        elif i >= last:
            _plan_captured(plan, i, back.shares(placeholder), stacks)
    return plan


def _plan_captured(plan: _Plan, i: int, shares: Sequence[Tensor], stacks: Stacks) -> None:
    for share in shares:
        found = hoisted(share, stacks.__contains__)
        if found is not None:
            plan.hoisted.setdefault(i, []).append(found)
        else:
            others = plan.accumulated.get(i)
            plan.accumulated[i] = share if others is None else others + share


def _carried(back: StepBack, arriving: Arrivals, stacks: Stacks, k: int) -> Tensor | None:
    """Return what a state receives from the step after it, and from outside."""
    received, outside = back.received(back.body.states[k]), arriving.earlier[k]
    if outside is None:
        return received
    entry = Input("∂entry", back.body.states[k].shape, back.body.dtype, None)
    stacks.add(entry, outside)
    return entry if received is None else received + entry


def _existing(tensor: Tensor | None) -> Tensor:
    assert tensor is not None
    return tensor


class _Run:
    """The loop back, built as planned."""

    def __init__(self, plan: _Plan, back: StepBack, arriving: Arrivals, stacks: Stacks) -> None:
        self.plan, self.back, self.arriving, self.stacks = plan, back, arriving, stacks
        self.dtype = back.body.dtype
        self.sums = {
            i: Input("Σ", share.shape, self.dtype, None) for i, share in plan.accumulated.items()
        }

    def answers(
        self, y: Tensor, operands: Sequence[Tensor], direction: dict[str, int]
    ) -> dict[int, Tensor]:
        """Run the loop and return, by number, what every operand receives."""
        finals = self._run(y, operands, direction)
        carried = {i: finals[i] for i, each in self.plan.carried.items() if each is not None}
        scanned = {i: self.stacks[each] for i, each in self.plan.scanned.items()}
        totals = {i: [finals[i]] for i in self.plan.accumulated}
        for i, shares in self.plan.hoisted.items():
            found = [each.total(self.stacks.__getitem__) for each in shares]
            totals[i] = totals.get(i, []) + [each.reshape(operands[i].shape) for each in found]
        return {**carried, **scanned, **{i: reduce(add, each) for i, each in totals.items()}}

    def _run(
        self, y: Tensor, operands: Sequence[Tensor], direction: dict[str, int]
    ) -> dict[int, Tensor]:
        """Run the loop, enter its outputs into the stacks, and return its final states."""
        states, outputs = self._new_states(), self._outputs()
        results = [*states, *(each.astype(self.dtype) for each in outputs)]
        if not results or y.primitive is None:
            return {}
        entering = {each: _step_of(each) for each in _read(results, self.stacks)}
        still = dict(zip(self.back.body.captured, operands[-len(self.back.body.captured) :]))
        made = rebuild(results, {**still, **entering})
        new = [made[each] for each in results]
        placeholders = [*self.back.states.values(), *self.sums.values()]
        body, captured = closed(
            placeholders, list(entering.values()), new[: len(states)], new[len(states) :]
        )
        scanned = [self.stacks[each] for each in entering]
        loop = apply(
            y.primitive, *self._initial(), *scanned, *captured, body=body, **direction
        )
        return self._read_off(loop, body, outputs, direction["length"])

    def _new_states(self) -> list[Tensor]:
        zeros = [_zeros(self.back.body.states[k], self.dtype) for k in self.plan.carried]
        carried = [
            zero if each is None else each
            for zero, each in zip(zeros, self.plan.carried.values(), strict=True)
        ]
        sums = zip(self.sums.values(), self.plan.accumulated.values(), strict=True)
        return [*carried, *(total + share.astype(self.dtype) for total, share in sums)]

    def _initial(self) -> list[Tensor]:
        """Return what arrives at the last states from outside, and zeros to add to."""
        last = {k: self.arriving.last[k] for k in self.plan.carried}
        carried = [
            _zeros(self.back.body.states[k], self.dtype) if each is None else each
            for k, each in last.items()
        ]
        return carried + [_zeros(each, self.dtype) for each in self.sums.values()]

    def _outputs(self) -> list[Tensor]:
        """Return what the loop puts out: shares of scanned inputs, parts of sums taken later."""
        parts = [part for each in self.plan.hoisted.values() for h in each for part in h.parts]
        asked = dict.fromkeys([*self.plan.scanned.values(), *parts])
        return [each for each in asked if each not in self.stacks]

    def _read_off(
        self, loop: Tensor, body: Body, outputs: Sequence[Tensor], length: int
    ) -> dict[int, Tensor]:
        fields = body.fields(length)
        for node, field in zip(outputs, fields[len(body.states) :], strict=True):
            stack = loop[field.start : field.stop].reshape(field.shape)
            self.stacks.add(node, stack.astype(node.dtype))
        numbers = [*self.plan.carried, *self.plan.accumulated]
        return {
            i: loop[field.stop - field.step : field.stop].reshape(field.shape[1:])
            for i, field in zip(numbers, fields, strict=False)
        }


def _read(results: Sequence[Tensor], stacks: Stacks) -> list[Tensor]:
    """Return what the results read of that which is there for all steps."""
    kept = set(stacks)
    order = topological_order(results, without=kept)
    read = {each for node in order for each in node.inputs} | set(results)
    return [each for each in stacks if each in read]


def _step_of(node: Tensor) -> Tensor:
    return Input(node.name or node.kind, node.shape, node.dtype, None)


def _zeros(like: Tensor, dtype: np.dtype[np.generic]) -> Tensor:
    return Constant(np.zeros(like.shape, dtype))
