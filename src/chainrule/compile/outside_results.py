"""Results from outside: results made before the trace that a compiled function uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chainrule.compile.compiled_calls import CALL, opened
from chainrule.compile.trace import TracedGraph, require_bound, with_sources
from chainrule.graph import Constant, Parameter, Tensor, rebuild, tracing


@dataclass(frozen=True)
class OutsideResults:
    """The results from outside that a traced function uses.

    outdated  results older than the last change of a parameter they depend on, used as values
    changed   the parameters of the others, with the serial number of each parameter's last change
    """

    outdated: tuple[Tensor, ...]
    changed: tuple[tuple[Parameter, int], ...]

    @property
    def holds(self) -> bool:
        """Whether no further result is outdated now."""
        return all(parameter.changed == serial for parameter, serial in self.changed)


def inline_outside_results(traced: TracedGraph) -> tuple[TracedGraph, OutsideResults]:
    """Return the graph that is compiled, and the results from outside that it uses.

    Outdated results become constants; calls of compiled functions become the gates inside.
    Raises UnboundInputError for an input without a value that is no argument.
    """
    require_bound(traced)
    outside = outside_results_of(traced)
    return native_graph(traced, outside), outside


def outside_results_of(traced: TracedGraph) -> OutsideResults:
    """Return the results from outside among the nodes of a traced function."""
    newest: dict[Tensor, int] = {}
    outdated: list[Tensor] = []
    below: dict[Parameter, None] = {}
    for node in traced.order:
        if isinstance(node, Parameter):
            newest[node] = node.changed
        elif node.inputs and node.known and node.serial < traced.start:
            newest[node] = max(newest.get(each, 0) for each in node.inputs)
            if newest[node] > node.serial:
                outdated.append(node)
            else:
                below |= dict.fromkeys(x for x in node.inputs if isinstance(x, Parameter))
    return OutsideResults(tuple(outdated), tuple((each, each.changed) for each in below))


def native_graph(traced: TracedGraph, outside: OutsideResults) -> TracedGraph:
    """Return the graph with constants for outdated results, and gates for calls."""
    values = {each: Constant(each.read()) for each in outside.outdated}
    with tracing():
        traced = _exchanged(traced, rebuild(traced.results, values)) if values else traced
        has_calls = any(each.primitive is CALL for each in traced.order)
        made = opened(traced.results) if has_calls else {}
    return _exchanged(traced, made) if made else traced


def _exchanged(traced: TracedGraph, made: Mapping[Tensor, Tensor]) -> TracedGraph:
    """Return the graph with other outputs and updates."""
    return replace(
        traced,
        outputs=tuple(made[each] for each in traced.outputs),
        updates=tuple(with_sources(each, made.__getitem__) for each in traced.updates),
    )
