"""Runs a graph again with edited leaves: only what depends on them is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chainrule.explore.live.edit_requests import Edit
from chainrule.explore.live.edited_leaves import edited_values
from chainrule.explore.live.seeds import Seeds, seeds_of
from chainrule.explore.record import Record
from chainrule.explore.seeded_sweep import SeededSweep
from chainrule.graph import (
    Array,
    Tensor,
    computed_once,
    depending_on,
    evaluate,
    topological_order,
)

Values = Mapping[Tensor, Array]


class EditableRun:
    """The run of a graph as recorded, and its runs with other numbers.

    A run with edits has the numbers of `Graph.forward` and `Graph.backward` with these values. What
    no edit changes keeps its arrays, the same objects.
    """

    def __init__(self, record: Record) -> None:
        self.record = record

    def with_edits(self, edits: Sequence[Edit], seed: Seeds | None = None) -> Record:
        """Return the run with edited leaves and seeds.

        Raises RefusedRequest for edits and seeds that do not fit.
        """
        record = self.record
        leaves = edited_values(record, edits)
        seeds = seeds_of(record, seed)
        values = _recomputed(record.outputs, record.order, record.values, leaves)
        if record.backward is None:
            return replace(record, values=values)
        return self._with_gradients(record.backward, values, leaves, seeds)

    def _with_gradients(
        self, backward: SeededSweep, values: Values, leaves: Values, seeds: Values
    ) -> Record:
        changed = {node: values[node] for node in depending_on(self.record.order, leaves)}
        changed |= {
            backward.seeds[output]: seed
            for output, seed in seeds.items()
            if seed is not self.record.seeds.get(output)
        }
        numbers = _recomputed(self._wanted, self._order, self._numbers, changed)
        sweep = backward.sweep
        return replace(
            self.record,
            values=values,
            upstream={node: numbers[each] for node, each in sweep.upstream.items()},
            downstream={edge: numbers[each] for edge, each in sweep.downstream.items()},
            seeds=seeds,
        )

    @computed_once
    def _wanted(self) -> list[Tensor]:
        assert self.record.backward is not None
        sweep = self.record.backward.sweep
        return [*sweep.upstream.values(), *sweep.downstream.values()]

    @computed_once
    def _order(self) -> list[Tensor]:
        """The nodes of the forward and of the backward pass in topological order."""
        return topological_order(self._wanted)

    @computed_once
    def _numbers(self) -> Values:
        """The numbers of all nodes of both passes in the recorded run."""
        assert self.record.backward is not None
        seeds = {
            self.record.backward.seeds[output]: value for output, value in self.record.seeds.items()
        }
        known = {
            each: self.record.upstream[node]
            for node, each in self.record.backward.sweep.upstream.items()
        }
        known |= {
            each: self.record.downstream[edge]
            for edge, each in self.record.backward.sweep.downstream.items()
        }
        found = evaluate(self._wanted, {**self.record.values, **seeds})
        return {**found, **known}


def _recomputed(
    outputs: Iterable[Tensor], order: Sequence[Tensor], before: Values, changed: Values
) -> Values:
    """Return the values of all nodes, computing those of `order` that depend on `changed`."""
    stale = depending_on(order, changed)
    bound = {node: value for node, value in before.items() if node not in stale} | dict(changed)
    return {**bound, **evaluate([each for each in outputs if each in stale], bound)}
