"""Snapshots of a graph, which all views read: its nodes, names and the numbers of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.explore.seeded_sweep import SeededSweep
from chainrule.graph import Array, Tensor


@dataclass(frozen=True, eq=False)
class Record:
    """A snapshot of a graph; later runs do not change it.

    order       all nodes, in the order they were made; inputs of a node come before it
    names       the name of every node
    values      per node, after forward
    upstream    per node, after backward: the gradient arriving there, summed over its uses
    downstream  per edge (node, position), after backward: what the node sends to that input
    backward    the sweep in symbols, and the numbers it started from
    """

    outputs: tuple[Tensor, ...]
    order: tuple[Tensor, ...]
    names: Mapping[Tensor, str]
    values: Mapping[Tensor, Array]
    upstream: Mapping[Tensor, Array]
    downstream: Mapping[tuple[Tensor, int], Array]
    backward: SeededSweep | None
    seeds: Mapping[Tensor, Array]

    @property
    def gates(self) -> list[Tensor]:
        """The nodes that compute something."""
        return [node for node in self.order if node.primitive is not None]

    @property
    def leaves(self) -> list[Tensor]:
        """Inputs, parameters and constants."""
        return [node for node in self.order if node.primitive is None]

    @property
    def objective(self) -> str:
        """The name of the differentiated scalar: the output, or L for a weighted sum of outputs."""
        single = len(self.outputs) == 1 and self.outputs[0].shape == ()
        return self.names[self.outputs[0]] if single else "L"

    def is_one(self, output: Tensor) -> bool:
        """Say whether the gradient arriving at `output` is 1, which is the default."""
        seed = self.seeds.get(output)
        return seed is not None and seed.shape == () and seed.item() == 1

    def sent(self, edges: Sequence[tuple[Tensor, int]]) -> Array | None:
        """Return the sum of the downstream gradients of `edges`; None if none has a gradient."""
        shares = [self.downstream[each] for each in edges if each in self.downstream]
        return np.asarray(sum(shares[1:], shares[0])) if shares else None
