"""Reverse pass of one step of a scan, and the residuals that it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from chainrule.grad.reverse import Sweep, sweep_from
from chainrule.graph import (
    Body,
    Constant,
    Input,
    Tensor,
    computed_once,
    depending_on,
    topological_order,
)

_VIEWS = ("reshape", "permute_dims", "broadcast_to")
_MOVES = (*_VIEWS, "slice")


@dataclass(frozen=True, eq=False)
class StepGradients:
    """The reverse pass of one step, from the gradients of its results to those of its placeholders.

    body     the body of the scan
    states   by number, a placeholder for the upstream gradient of the state at the end of the step;
             only for states that receive a gradient and depend on a wanted placeholder
    outputs  by number, a placeholder for the upstream gradient of the output
    sweep    the gradients of all nodes of the step
    """

    body: Body
    states: dict[int, Tensor]
    outputs: dict[int, Tensor]
    sweep: Sweep

    def gradient_of(self, placeholder: Tensor) -> Tensor | None:
        """Return the gradient of a placeholder; None without a path to it."""
        return self.sweep.upstream.get(placeholder)

    def summands(self, placeholder: Tensor) -> list[Tensor]:
        """Return the summands of the gradient of a placeholder."""
        return self._summands.get(placeholder, [])

    @computed_once
    def _summands(self) -> dict[Tensor, list[Tensor]]:
        """The summands of the gradient of every node: from its uses, then from outside the step."""
        found: dict[Tensor, list[Tensor]] = {}
        for (node, i), gradient in self.sweep.downstream.items():
            found.setdefault(node.inputs[i], []).append(gradient)
        for k, gradient in self.states.items():
            found.setdefault(self.body.new_states[k], []).append(gradient)
        for k, gradient in self.outputs.items():
            found.setdefault(self.body.outputs[k], []).append(gradient)
        return found


def step_gradients(
    body: Body, wanted: Collection[Tensor], states: Collection[int], outputs: Collection[int]
) -> StepGradients:
    """Run the reverse pass of one step of `body`.

    wanted           the placeholders whose gradient is computed
    states, outputs  the numbers of the fields that receive a gradient from outside the scan
    """
    order = topological_order(body.results)
    moving = _moving_placeholders(body, order, wanted)
    dependent = depending_on(order, moving)
    into = {
        k: _upstream_placeholder(body.outputs[k]) for k in outputs if body.outputs[k] in dependent
    }
    back = {k: _upstream_placeholder(body.states[k]) for k in states if body.states[k] in moving}
    while True:
        seeds = [(body.outputs[k], each) for k, each in into.items()]
        seeds += [(body.new_states[k], each) for k, each in back.items()]
        found = sweep_from(seeds, moving)
        more = [k for k, each in enumerate(body.states) if k not in back and each in found.upstream]
        if not more:
            return StepGradients(body, dict(sorted(back.items())), into, found)
        back.update({k: _upstream_placeholder(body.states[k]) for k in more})


def _moving_placeholders(
    body: Body, order: Sequence[Tensor], wanted: Collection[Tensor]
) -> set[Tensor]:
    """Return the wanted placeholders, and those of states that depend on them at a later step."""
    following: dict[Tensor, list[Tensor]] = {}
    for node in order:
        for each in node.inputs:
            following.setdefault(each, []).append(node)
    for state, new in zip(body.states, body.new_states, strict=True):
        following.setdefault(new, []).append(state)
    met, waiting = set(wanted), list(wanted)
    while waiting:
        more = [each for each in following.get(waiting.pop(), []) if each not in met]
        met.update(more)
        waiting += more
    return {*wanted, *(each for each in body.states if each in met)}


def _upstream_placeholder(at: Tensor) -> Tensor:
    return Input(f"∂{at.name or at.kind}", at.shape, at.dtype, None)


def with_residuals(body: Body, wanted: Collection[Tensor]) -> Body:
    """Return `body` with the residuals, the nodes that its backward reads, as additional outputs.

    States, inputs and outputs of a step are always stored. Integers, masks, and views and slices of
    stored tensors are recomputed.
    """
    back = step_gradients(body, wanted, range(len(body.states)), range(len(body.outputs)))
    sent = [*back.sweep.downstream.values()]
    return replace(body, outputs=(*body.outputs, *_read_first(body, sent)))


def _read_first(body: Body, backward: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the forward nodes that the nodes of the backward step read."""
    forward = set(body.order)
    there = {*body.placeholders, *body.results}
    seen = set(there)
    stack = list(reversed(backward))
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in forward and _is_worth_keeping(node, body, there):
            yield node
        else:
            stack.extend(reversed(node.inputs))


def _is_worth_keeping(node: Tensor, body: Body, there: Collection[Tensor]) -> bool:
    if isinstance(node, Constant) or node.dtype != body.dtype or node.primitive is None:
        return False
    return node.primitive.name not in _VIEWS and not _is_moved(node, there)


def _is_moved(node: Tensor, there: Collection[Tensor]) -> bool:
    """Return whether a node is a view or slice of a stored tensor."""
    while node not in there:
        if node.primitive is None or node.primitive.name not in _MOVES:
            return False
        node = node.inputs[0]
    return True
