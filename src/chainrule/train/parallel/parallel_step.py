"""The training step of several processes: blocks are computed, added up, and the model updated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.distributed.block_run import BlockRun, running
from chainrule.distributed.blocks import Blocks
from chainrule.distributed.communicator import Communicator
from chainrule.distributed.items import Key
from chainrule.distributed.parallel import Parallel
from chainrule.distributed.reductions import Reductions
from chainrule.distributed.row_gradients import RowGradient
from chainrule.distributed.traffic import Traffic
from chainrule.distributed.tree_sum import Buffers
from chainrule.graph import Array, Constant, Parameter, Replace, Tensor, apply_together, as_tensor
from chainrule.nn import compile
from chainrule.ops import add_rows
from chainrule.optim import Average, Optimizer
from chainrule.train.data.array_batches import Batch
from chainrule.train.parallel.block_function import LOSS, BlockFunction

_DRAWS = 48  # bits of the number of a draw, above which the number of the block is added
_MOST_SIGNATURES = 128

Weigh = Callable[[Array], float]
Signature = tuple[Any, ...]


class ParallelStep:
    """The training step of a run on several processes, or in several blocks.

    objective  the function of a batch that returns its loss
    average    the average of the weights that the step updates, None for none
    tracked    all parameters that the run changes, by their paths
    compiled   False runs on the reference evaluator
    weigh      returns the number of terms of the mean that is the loss of some targets; None where
               each example counts alike
    block_of   returns the examples of a batch at given positions, as a batch; None where these are
               slices of all arrays
    """

    def __init__(
        self,
        objective: Callable[..., Tensor],
        optimizer: Optimizer,
        average: Average | None,
        tracked: Mapping[str, Parameter],
        compiled: bool,
        parallel: Parallel,
        communicator: Communicator,
        weigh: Weigh | None = None,
        block_of: Callable[[Batch, slice], Sequence[Array]] | None = None,
    ) -> None:
        self._optimizer, self._average, self._tracked = optimizer, average, tracked
        self._parallel, self._communicator = parallel, communicator
        self._weigh, self._block_of = weigh, block_of or _sliced
        self._most = parallel.blocks_for(communicator)
        self.traffic, self.steps = Traffic(), 0
        paths = {each: path for path, each in tracked.items()}
        function = BlockFunction(objective, optimizer, paths, parallel.bucket_bytes)

        def block(share: Any, shift: Any, *batch: Any) -> tuple[Tensor, ...]:
            return function(share, shift, *batch)

        def update(found: Sequence[Any], states: Mapping[str, Any]) -> None:
            self._apply(found, states)

        def whole(*batch: Tensor) -> Tensor:
            value = objective(*batch)
            optimizer.minimize(value)
            return value

        self._block = compile(block) if compiled else _eager(block)
        self._update = compile(update) if compiled else update
        self.whole = compile(whole) if compiled else _eager(whole)
        self._buffers = Buffers()
        self._reductions: dict[Signature, Reductions] = {}
        self._abandoned: list[Any] = []

    def continue_on(self, communicator: Communicator) -> None:
        """Divide batches between other ranks from now on, such as those that survive a failure."""
        # the engine may still write arrays of messages that were under way
        self._abandoned.append((self._reductions, self._buffers, self._communicator))
        self._reductions, self._buffers = {}, Buffers()
        self._communicator = communicator
        self._most = self._parallel.blocks_for(communicator)

    def __call__(self, *batch: Array) -> Tensor:
        """Update the model by the gradients of a batch, which all ranks are given, return its loss.

        The loss is the mean over the blocks, weighted by their parts of the batch.
        """
        reductions = self._of_signature(batch)
        shares = self._shares(batch, reductions.blocks)

        def run(block: int) -> None:
            rows = reductions.blocks.rows(block)
            shift = np.array([0, block << _DRAWS], np.int64)
            with running(BlockRun(reductions, block)):
                self._block(np.float64(shares[block]), shift, *self._block_of(batch, rows))

        found = reductions.run(run)
        self._update(*self._parts(found))
        self.steps += 1
        return Constant(np.array(found[LOSS]))

    def report(self) -> str:
        """Return what was compiled for blocks and updates, and what a step sends."""
        texts = [f"{self._most} blocks on {self._communicator.size} processes"]
        for name, each in (("block", self._block), ("update", self._update)):
            if hasattr(each, "report"):
                texts.append(f"{name}: {each.report()}")
        return "\n".join([*texts, self.traffic.report(self.steps)])

    def _of_signature(self, batch: Sequence[Array]) -> Reductions:
        """Return the exchanges of batches of these shapes."""
        signature = tuple((each.shape, each.dtype) for each in batch)
        found = self._reductions.get(signature)
        if found is None:
            size = self._communicator.size
            blocks = Blocks(len(batch[-1]), self._most, size)
            found = self._reductions[signature] = Reductions(
                self._communicator, self.traffic, blocks, self._parallel.fixed, self._buffers
            )
            if len(self._reductions) > _MOST_SIGNATURES:
                del self._reductions[next(iter(self._reductions))]
        return found

    def _shares(self, batch: Sequence[Array], blocks: Blocks) -> list[float]:
        """Return the weight of every block: its part of the terms of the mean."""
        if self._weigh is None:
            return [blocks.share(each) for each in range(blocks.count)]
        targets = batch[-1]
        terms = [float(self._weigh(targets[blocks.rows(each)])) for each in range(blocks.count)]
        total = sum(terms)
        return [each / total if total else 0.0 for each in terms]

    def _parts(self, found: Mapping[Key, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the gradients in the order of the parameters, and other new values by path."""
        gradients: list[Any] = []
        for i, _ in enumerate(self._optimizer.parameters):
            each = found.get(("gradient", i))
            if isinstance(each, RowGradient):
                each = each.whole if each.whole is not None else (each.rows, each.ids)
            gradients.append(each)
        states = {path: each for (kind, path), each in found.items() if kind == "state"}
        return gradients, states

    def _apply(self, found: Sequence[Any], states: Mapping[str, Any]) -> None:
        """Update parameters by gradients, and other parameters by their new values."""
        pairs = zip(self._optimizer.parameters, found, strict=True)
        made = self._optimizer.apply(
            [
                add_rows(each[0], each[1], to.shape[0]) if isinstance(each, tuple) else each
                for to, each in pairs
            ]
        )
        if self._average is not None:
            self._average.update(made)
        apply_together(
            [Replace(self._tracked[path], as_tensor(new)) for path, new in states.items()]
        )


def _sliced(batch: Batch, rows: slice) -> Batch:
    return tuple([each[rows] for each in batch])


def _eager(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *batch: function(*map(as_tensor, batch))
