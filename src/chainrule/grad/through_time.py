"""Backpropagation through time: the gradient of a scan is a scan in the opposite direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from chainrule.grad.scan_residuals import StepGradients, step_gradients
from chainrule.grad.scan_stacks import FieldGradients, Stacks, field_gradients, forward_stacks
from chainrule.grad.step_sums import StepSum, step_sum
from chainrule.graph import (
    Body,
    Constant,
    Input,
    Primitive,
    Tensor,
    apply,
    rebuild,
    topological_order,
)
from chainrule.ops import add, closed_body


def through_time(
    g: Tensor,
    y: Tensor,
    *operands: Tensor,
    body: Body,
    length: int,
    reverse: bool,
    wanted: tuple[int, ...],
) -> tuple[Tensor | None, ...]:
    """Return the downstream gradients of the scan `y`, the vjp of `scan`.

    g         the upstream gradient of the flat result `y`
    wanted    the numbers of the operands whose gradient is computed
    returns   a gradient per operand, of its shape and dtype, or None

    The states of the backward scan are the gradients of the states; its inputs are the states,
    inputs, residuals and output gradients of the forward scan. The gradient of a captured tensor is
    a sum over the steps, computed after the backward scan from its outputs, or accumulated in it.
    """
    assert y.primitive is not None
    upstream = field_gradients(g, body, length, reverse)
    if length == 0:
        return (*upstream.last, *(_zeros(each) for each in operands[len(body.states) :]))
    asked = [body.placeholders[i] for i in wanted]
    back = step_gradients(body, asked, upstream.at_states, upstream.at_outputs)
    stacks = Stacks(forward_stacks(body, y, operands, length, reverse))
    plan = _plan(back, upstream, stacks, wanted)
    still = operands[len(body.states) + len(body.inputs) :]
    states, outputs, finals = _states(plan, back, upstream), _outputs(plan, stacks), {}
    if states or outputs:
        loop = _loop(states, outputs, back, stacks, still)
        finals = loop.run(y.primitive, stacks, length=length, reverse=not reverse)
    return tuple(_answer(plan, stacks, finals, i, each) for i, each in enumerate(operands))


@dataclass(frozen=True, eq=False)
class _Plan:
    """The downstream gradients of one backward step, by the number of the operand.

    carried      the gradient of a state, passed to the preceding step; None without a gradient
    scanned      the gradient of a scanned input
    after        the summands of a captured tensor that are summed after the scan
    accumulated  the gradient of a captured tensor that the scan accumulates
    """

    carried: dict[int, Tensor | None]
    scanned: dict[int, Tensor]
    after: dict[int, list[StepSum]]
    accumulated: dict[int, Tensor]


def _plan(
    back: StepGradients, upstream: FieldGradients, stacks: Stacks, wanted: Sequence[int]
) -> _Plan:
    """Return the gradients of one backward step; add the upstream gradients to `stacks`."""
    for k, placeholder in back.outputs.items():
        outside = upstream.outputs[k]
        assert outside is not None
        stacks.add(placeholder, outside)
    first, last = len(back.body.states), len(back.body.states) + len(back.body.inputs)
    plan = _Plan({k: _carried(back, upstream, stacks, k) for k in back.states}, {}, {}, {})
    for i in wanted:
        placeholder = back.body.placeholders[i]
        received = back.gradient_of(placeholder)
        if first <= i < last and received is not None:
            plan.scanned[i] = received
        elif i >= last:
            _plan_sum(plan, i, back.summands(placeholder), stacks)
    return plan


def _carried(
    back: StepGradients, upstream: FieldGradients, stacks: Stacks, k: int
) -> Tensor | None:
    """Return the gradient of a state: from the following step, plus its upstream gradient."""
    received, outside = back.gradient_of(back.body.states[k]), upstream.earlier[k]
    if outside is None:
        return received
    entry = _entry_of(back.states[k])
    stacks.add(entry, outside)
    return entry if received is None else received + entry


def _plan_sum(plan: _Plan, i: int, summands: Sequence[Tensor], stacks: Stacks) -> None:
    """Plan the sum of a captured tensor's gradient: after the scan if possible, else in it."""
    for gradient in summands:
        found = step_sum(gradient, stacks.__contains__)
        if found is not None:
            plan.after.setdefault(i, []).append(found)
        else:
            others = plan.accumulated.get(i)
            plan.accumulated[i] = gradient if others is None else others + gradient


def _answer(
    plan: _Plan, stacks: Stacks, finals: dict[int, Tensor], i: int, operand: Tensor
) -> Tensor | None:
    """Return the gradient of operand `i` from the stacks and final states of the backward scan."""
    totals = [each.total(stacks.__getitem__) for each in plan.after.get(i, [])]
    if i in plan.scanned:
        totals.append(stacks[plan.scanned[i]])
    if i in plan.accumulated or plan.carried.get(i) is not None:
        totals.append(finals[i])
    if not totals:
        return None
    return reduce(add, [each.reshape(operand.shape).astype(operand.dtype) for each in totals])


@dataclass(frozen=True, eq=False)
class _State:
    """A state of the backward scan: the gradient of a state, or a total, which is not kept."""

    number: int
    placeholder: Tensor
    initial: Tensor
    new: Tensor
    is_total: bool = False


def _states(plan: _Plan, back: StepGradients, upstream: FieldGradients) -> list[_State]:
    """Return the states of the backward scan, each with the number of its operand."""
    states = []
    for k, placeholder in back.states.items():
        last, new, zeros = upstream.last[k], plan.carried[k], _zeros(placeholder)
        initial = zeros if last is None else last
        states.append(_State(k, placeholder, initial, zeros if new is None else new))
    for i, gradient in plan.accumulated.items():
        gradient = gradient.astype(back.body.dtype)
        total = _entry_of(gradient)
        states.append(_State(i, total, _zeros(gradient), total + gradient, True))
    return states


def _outputs(plan: _Plan, stacks: Stacks) -> list[Tensor]:
    """Return the outputs of the backward scan: gradients of inputs, and parts of later sums."""
    parts = [part for each in plan.after.values() for sum_ in each for part in sum_.parts]
    asked = dict.fromkeys([*plan.scanned.values(), *parts])
    return [each for each in asked if each not in stacks]


@dataclass(frozen=True, eq=False)
class _Loop:
    """The backward scan: its states, outputs, body and operands."""

    states: list[_State]
    outputs: list[Tensor]
    body: Body
    operands: list[Tensor]

    def run(self, scan: Primitive, stacks: Stacks, **how: int) -> dict[int, Tensor]:
        """Add the outputs to `stacks`; return the final states by the number of the operand."""
        loop = apply(scan, *self.operands, body=self.body, **how)
        fields = self.body.fields(how["length"])
        for node, field in zip(self.outputs, fields[len(self.states) :], strict=True):
            stack = loop[field.start : field.stop].reshape(field.shape)
            stacks.add(node, stack.astype(node.dtype))
        return {
            state.number: loop[field.stop - field.step : field.stop].reshape(field.shape[1:])
            for state, field in zip(self.states, fields, strict=False)
        }


def _loop(
    states: list[_State],
    outputs: list[Tensor],
    back: StepGradients,
    stacks: Stacks,
    still: Sequence[Tensor],
) -> _Loop:
    """Return the backward scan; its scanned inputs are the stacked tensors that it reads."""
    results = [*(each.new for each in states), *(x.astype(back.body.dtype) for x in outputs)]
    entering = {each: _entry_of(each) for each in _read(results, stacks)}
    captured = dict(zip(back.body.captured, still, strict=True))
    made = rebuild(results, {**captured, **entering})
    new = [made[each] for each in results]
    placeholders = [each.placeholder for each in states]
    body, operands = closed_body(
        placeholders, list(entering.values()), new[: len(states)], new[len(states) :]
    )
    body = replace(body, totals=sum(each.is_total for each in states))
    initial = [each.initial for each in states]
    return _Loop(states, outputs, body, [*initial, *(stacks[each] for each in entering), *operands])


def _read(results: Sequence[Tensor], stacks: Stacks) -> list[Tensor]:
    """Return the stacked tensors that the results read."""
    order = topological_order(results, without=set(stacks))
    read = {each for node in order for each in node.inputs} | set(results)
    return [each for each in stacks if each in read]


def _entry_of(node: Tensor) -> Tensor:
    return Input(node.name or node.kind, node.shape, node.dtype, None)


def _zeros(like: Tensor) -> Tensor:
    return Constant(np.zeros(like.shape, like.dtype))
