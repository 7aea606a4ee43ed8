"""The rendezvous of the blocks of one rank: each waits where a sum over all blocks is needed.

Blocks run one after the other, until one of them asks for such a sum, as a synchronised batch
normalisation does. Then the others are started in threads of their own.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence

import numpy as np

from chainrule.distributed.errors import DistributedError
from chainrule.graph import Array

Reduce = Callable[[int, Sequence[Array]], Array]


class Rendezvous:
    """The own blocks of a step.

    own     the numbers of the blocks
    run     runs a block by its number
    reduce  returns a sum over all blocks of the batch, given its number and the own terms in order
    """

    def __init__(self, own: range, run: Callable[[int], None], reduce: Reduce) -> None:
        self._own, self._run, self._reduce = own, run, reduce
        self._condition = threading.Condition()
        self._terms: dict[int, dict[int, Array]] = {}
        self._totals: dict[int, Array] = {}
        self._threads: list[threading.Thread] = []
        self._failure: BaseException | None = None

    def run_all(self) -> None:
        """Run all blocks."""
        for block in self._own:
            self._run(block)
            if self._threads:
                break
        for each in self._threads:
            each.join()
        if self._failure is not None:
            raise self._failure

    def summed(self, number: int, block: int, term: Array) -> Array:
        """Return a sum over the blocks of the batch, once all own blocks have given their terms."""
        with self._condition:
            if not self._threads and len(self._own) > 1:
                self._start_others(block)
            terms = self._terms.setdefault(number, {})
            terms[block] = np.array(term)
            if len(terms) == len(self._own):
                self._totals[number] = self._reduce(number, [terms[each] for each in self._own])
                self._condition.notify_all()
            self._condition.wait_for(lambda: number in self._totals or self._failure)
            if number not in self._totals:
                raise DistributedError("A block of this rank failed.") from self._failure
            return self._totals[number]

    def _start_others(self, running: int) -> None:
        for each in self._own:
            if each > running:
                context = contextvars.copy_context()
                thread = threading.Thread(target=context.run, args=(self._guarded, each))
                self._threads.append(thread)
        for thread in self._threads:
            thread.start()

    def _guarded(self, block: int) -> None:
        """Run a block in a thread; its failure ends the wait of the others."""
        try:
            self._run(block)
        except BaseException as error:
            with self._condition:
                self._failure = self._failure or error
                self._condition.notify_all()
