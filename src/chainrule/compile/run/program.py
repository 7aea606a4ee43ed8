"""Program: native code with its memory, which computes the outputs and applies the updates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from chainrule.compile.native import llvm
from chainrule.compile.plan.planning import Plan
from chainrule.compile.run.arenas import Arenas
from chainrule.compile.run.compile_progress import CompileProgress
from chainrule.compile.run.loaded_table import LoadedTable, load_codes
from chainrule.compile.run.workspace import LoadedProgram, Workspace
from chainrule.compile.trace import TracedGraph
from chainrule.graph import (
    CHANGES,
    WRITERS,
    Array,
    Parameter,
    Tensor,
    inner_step,
)

_MOST_IDLE = 8


def load(traced: TracedGraph, plan: Plan, arenas: Arenas, progress: CompileProgress) -> Program:
    """Return a program: compile the kernels of a plan, or read them from the cache on disk.

    arenas  memory for its calls, which it may share with other programs
    """
    tables = [each for each in plan.stretches if not isinstance(each, Tensor)]
    with llvm.recorded() as recorded:
        codes = load_codes([*tables, plan.updates], progress)
    stretches = tuple(
        each if isinstance(each, Tensor) else LoadedTable(each, codes) for each in plan.stretches
    )
    updates = LoadedTable(plan.updates, codes)
    written = tuple(dict.fromkeys(each.parameter for each in traced.updates))
    read = (e for e in traced.order if isinstance(e, Parameter))
    numbers = {each: number for number, each in enumerate(dict.fromkeys((*written, *read)))}
    loaded = LoadedProgram(traced, plan.layout, stretches, updates, written, numbers)
    return Program(loaded, plan, arenas, recorded)


class Program:
    """A traced function that can run on arrays of its signature, from any thread.

    Values between the arguments and the results are in one arena per running call. Parameters are
    read in place. New values are written to them at the end, if every id was found inside its
    table. Calls that write parameters exclude each other, in all programs.

    plan    the memory and the call tables
    arenas  memory for its calls
    codes   the native code that was loaded
    """

    def __init__(
        self, loaded: LoadedProgram, plan: Plan, arenas: Arenas, codes: Sequence[llvm.Code]
    ) -> None:
        self.plan, self.arenas, self.codes = plan, arenas, codes
        self._loaded = loaded
        self._idle = [Workspace(loaded)]

    @property
    def bytes(self) -> int:
        """The bytes of memory that one running call holds."""
        return self.plan.bytes

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Compute the outputs for these inputs, then apply the updates together.

        Raises ChainruleError if parameters would be updated during another update of the same
        thread: from a signal handler, a finalizer or a user's primitive.
        """
        if not self._loaded.written:
            return self._run(arrays)
        with WRITERS.lock:
            if WRITERS.entered.locked() or CHANGES.entered.locked():
                raise inner_step()
            with WRITERS.entered:
                return self._run(arrays)

    def leave_arenas(self) -> None:
        """Let go of the arenas that no call uses, since another program uses them next."""
        for _ in range(len(self._idle)):
            with suppress(IndexError):  # another thread took it
                workspace = self._idle.pop(0)
                workspace.leave()
                self._idle.append(workspace)

    def _run(self, arrays: Sequence[Array]) -> list[Array]:
        """Run in an idle workspace, or in a new one."""
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = Workspace(self._loaded)
        arena = self.arenas.take(workspace.nbytes)
        outputs = workspace.run(arrays, arena)
        self.arenas.give_back(arena)
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(workspace)
        return outputs
