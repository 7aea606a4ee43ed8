"""Program: a plan with its call tables, run as few native calls as there are native stretches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from chainrule.compile.fuse.fusion import Reference, Step
from chainrule.compile.lower.kernel_calls import Item, Note, Place
from chainrule.compile.plan.planning import Plan
from chainrule.compile.run.call_table import Spot, Tape, address_of
from chainrule.compile.trace import Traced
from chainrule.compile.run.workspace import Workspace
from chainrule.graph import (
    CHANGES,
    WRITERS,
    Array,
    Constant,
    Input,
    Parameter,
    Tensor,
    inner_step,
    topological_order,
)

_MOST_IDLE = 8


class Program:
    """A traced function ready to run on arrays of its signature, from any thread.

    Values between the arguments and the results stand in one arena per running call. Parameters are
    read where they are; new values are written over them at the end, if every id was found inside
    its table. Calls that write parameters exclude each other, in all programs.

    stretches   what is computed while no parameter changes: call tables, and gates without native
                code
    last        the calls that write over parameters
    parameters  all that is read or written, with their numbers; those that are written come first
    """

    def __init__(self, traced: Traced, steps: Sequence[Step]) -> None:
        self.traced, self.plan = traced, Plan(traced, steps)
        self._inputs = frozenset(traced.inputs)
        self._constants: dict[Tensor, Array] = {}
        self.stretches = [self._stretch(list(part)) for part in _stretches(self.plan.before)]
        self.last = Tape(self.plan.after, self._where)
        self.written = tuple(dict.fromkeys(each.parameter for each in traced.updates))
        read = (e for e in topological_order(traced.results) if isinstance(e, Parameter))
        every = dict.fromkeys((*self.written, *read))
        self.parameters = {each: number for number, each in enumerate(every)}
        self._idle = [Workspace(self)]

    @property
    def bytes(self) -> int:
        """How much memory one call holds."""
        return self.plan.nbytes + sum(each.nbytes for each in self._constants.values())

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Compute the outputs for these inputs, then apply the updates together.

        Raises ChainruleError if parameters would be updated in the midst of another update of the
        same thread: from a signal handler, a finalizer or a user's primitive.
        """
        if not self.written:
            return self._run(arrays)
        with WRITERS.lock:
            if WRITERS.entered.locked() or CHANGES.entered.locked():
                raise inner_step()
            with WRITERS.entered:
                return self._run(arrays)

    def _run(self, arrays: Sequence[Array]) -> list[Array]:
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = Workspace(self)
        outputs = workspace.run(arrays)
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(workspace)
        return outputs

    def _stretch(self, items: list[Item | Reference]) -> Tape | Tensor:
        if isinstance(items[0], Reference):
            return items[0].node
        return Tape([each for each in items if not isinstance(each, Reference)], self._where)

    def _where(self, place: Place) -> Spot | None:
        """Return an address that never changes, None for arguments, outputs and parameters."""
        of = place.of
        if isinstance(of, Note):
            return Spot(self.plan.nbytes + 8 * self.plan.note_numbers[of], in_arena=True)
        if of in self.plan.offsets:
            return Spot(self.plan.offsets[of] + place.offset, in_arena=True)
        if isinstance(of, Constant) or (isinstance(of, Input) and of not in self._inputs):
            array = self._constants.setdefault(of, np.ascontiguousarray(of.read()))
            return Spot(address_of(array) + place.offset, in_arena=False)
        return None


def _stretches(items: Sequence[Item | Reference]) -> Iterator[Sequence[Item | Reference]]:
    """Yield calls that follow each other together, gates without native code one by one."""
    for native, part in groupby(items, lambda each: not isinstance(each, Reference)):
        if native:
            yield list(part)
        else:
            yield from ([each] for each in part)
