"""The state of an LSTM that is carried from call to call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import (
    Parameter,
    Replace,
    TensorLike,
    apply_together,
    as_tensor,
    latest,
    parameter,
)
from chainrule.nn import Module
from chainrule.ops import stop_gradient, where
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.ulmfit.awd_lstm import State
from chainrule.pretrained.ulmfit.sizes import Sizes


class CarriedState(Module):
    """The states of all layers after the last call, as parameters that are not trained.

    Gradients end at them, which truncates backpropagation through time. Compiled calls update them,
    and checkpoints of a run contain them.
    """

    def __init__(self, sizes: Sizes, batch: int) -> None:
        self.batch = batch
        self.states = [[_zeros(batch, hidden) for _ in ("h", "c")] for _, hidden in sizes.layers]

    def read(self, batch: int, begins: TensorLike | None) -> list[State]:
        """Return the states; zeros for the sequences that begin.

        begins  (batch,) bools; None for none

        Raises PretrainedError for another number of sequences.
        """
        if batch != self.batch:
            raise PretrainedError(
                f"The state of {self.batch} sequences is carried, but a batch of {batch} was "
                f"given. Call net.reset({batch}) to begin with as many, or net.reset(None) to "
                "begin every call with zeros."
            )
        begun = None if begins is None else as_tensor(begins).reshape(1, batch, 1)
        read = [[latest(each) for each in layer] for layer in self.states]
        if begun is not None:
            read = [[where(begun, 0, each) for each in layer] for layer in read]
        return [(h, c) for h, c in read]

    def write(self, states: Sequence[State]) -> None:
        """Keep the states for the next call."""
        pairs = zip(self.states, states, strict=True)
        apply_together(
            [
                Replace(kept, stop_gradient(new))
                for layer, state in pairs
                for kept, new in zip(layer, state, strict=True)
            ]
        )


def _zeros(batch: int, hidden: int) -> Parameter:
    return parameter(np.zeros((1, batch, hidden), np.float32), trainable=False)
