"""The cost of a call of a model, by module, from the graph of the call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chainrule.compile.fuse.fusion import fuse
from chainrule.compile.rewrite.rules import rewrite
from chainrule.compile.step_costs import ComputeCost, gate_costs
from chainrule.compile.trace import Signature, TracedGraph, trace
from chainrule.grad.argument_trees import leaves
from chainrule.grad.reverse import sweep_from
from chainrule.graph import Parameter, Tensor, is_float
from chainrule.nn.module.recorded_calls import ModuleCall, recorded_calls

_CALLED = "cr.summary"
Forward = Callable[..., Any]


def traced_call(forward: Forward, signature: Signature) -> tuple[TracedGraph, list[ModuleCall]]:
    """Trace a call of `forward` on inputs of some shapes and dtypes; record the calls within."""
    with recorded_calls() as calls:
        traced = trace(
            lambda *given: tensors(forward(*given)), signature, _names(signature), called=_CALLED
        )
    return traced, calls


def traced_training(
    forward: Forward, signature: Signature, outputs: Sequence[Tensor], wrt: Sequence[Parameter]
) -> TracedGraph:
    """Trace a call and the gradients with respect to `wrt`, with upstream gradients as inputs.

    outputs  the outputs of such a call, for their shapes
    """
    arriving = tuple((each.shape, each.dtype) for each in outputs if is_float(each.dtype))

    def both(*given: Tensor) -> tuple[Tensor, ...]:
        made = tensors(forward(*given[: len(signature)]))
        moving = [each for each in made if is_float(each.dtype)]
        seeds = list(zip(moving, given[len(signature) :], strict=True))
        upstream = sweep_from(seeds, wrt).upstream
        return (*made, *(upstream[each] for each in wrt if each in upstream))

    return trace(both, (*signature, *arriving), _names((*signature, *arriving)), called=_CALLED)


def costs(
    traced: TracedGraph, calls: Iterable[ModuleCall] = ()
) -> tuple[ComputeCost, dict[int, ComputeCost]]:
    """Return the total cost, and the cost of the calls of each module by its id."""
    callers = {each.scope.serial: id(each.module) for each in calls}
    total, by_module = ComputeCost(), defaultdict[int, ComputeCost](ComputeCost)
    for step in fuse(rewrite(traced)[0]):
        for share in gate_costs(step):
            total += share.cost
            serials = (each.serial for each in share.gate.origin.scope)
            for module in {callers[each] for each in serials if each in callers}:
                by_module[module] += share.cost
    return total, dict(by_module)


def tensors(output: Any) -> tuple[Tensor, ...]:
    """Return the tensors in nested tuples, lists and dicts, in order, without None."""
    return tuple(each for each in leaves(output) if each is not None)


def _names(signature: Signature) -> list[str]:
    return [f"input {position}" for position in range(len(signature))]
