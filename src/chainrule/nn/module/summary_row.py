"""The rows of a summary: a module with shapes, parameters and cost."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.compile.step_costs import ComputeCost
from chainrule.compile.trace import Signature


@dataclass(frozen=True)
class Row:
    """One row of a summary: a module, with everything below it.

    path           its path in the tree, "" for the model itself
    kind           the name of its class
    outputs        shape and dtype of every tensor that its last call returned
    calls          the number of its calls in one call of the model; 1 for the cell of a scan
    used           whether it is called, or its parameters are read by another module
    trainable      the number of elements of trainable parameters
    non_trainable  the number of elements of other parameters
    forward        the cost of its calls; for the cell of a scan, of all steps
    """

    path: str
    kind: str
    outputs: Signature
    calls: int
    used: bool
    trainable: int
    non_trainable: int
    forward: ComputeCost

    @property
    def parameters(self) -> int:
        """The number of elements of all parameters."""
        return self.trainable + self.non_trainable
