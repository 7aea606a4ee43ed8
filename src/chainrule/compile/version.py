"""Versions: the result of compiling one signature, and the conditions under which it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.compile.arguments import CallSignature
from chainrule.compile.call_history import CallHistory
from chainrule.compile.compile_report import version_report
from chainrule.compile.pipeline import Compilation, compile_call
from chainrule.compile.run.arenas import Arenas
from chainrule.compile.stage_text import Stage, stages_of
from chainrule.compile.trace import TracedGraph
from chainrule.graph import Array, Assumption, Parameter


class Version:
    """The result of compiling one signature.

    signature     the signature
    why           the reason why it was compiled: how the signature differs from the nearest one
    compilation   the results of all stages
    history       how the results of a call depend on its arguments
    always_holds  whether it holds for every call of its signature
    """

    def __init__(
        self, signature: CallSignature, compilation: Compilation, history: CallHistory, why: str
    ) -> None:
        self.signature = signature
        self.why, self.compilation, self.history = why, compilation, history
        self.traced, self.rewritten = compilation.traced, compilation.rewritten
        self.steps, self.program = compilation.steps, compilation.program
        tables = [each for each in self.traced.order if isinstance(each, Parameter) and each.table]
        self._lazy_rows = [(each, each.lazy_rows) for each in tables]
        self.always_holds = not (
            tables or compilation.outside.changed or self.traced.assumptions or self.traced.numbers
        )

    @property
    def stages(self) -> dict[str, Stage]:
        """The stages by name, in order."""
        return stages_of(self.compilation)

    def report(self, signature: CallSignature, parameters: Sequence[str]) -> str:
        """Return why this version was compiled, what it runs and costs, in lines."""
        return version_report(self.compilation, self.why, signature, parameters)

    def is_for(self, signature: CallSignature) -> bool:
        """Return whether every call of a signature is a call of this version."""
        return self.always_holds and self.signature == signature

    def serves(self, arrays: Sequence[Array]) -> bool:
        """Return whether this version holds for a call with these arrays at this moment."""
        return self.always_holds or (
            not (self.traced.assumptions and self.broken)
            and not self.is_outdated
            and self.traced.holds_for(arrays)
        )

    @property
    def is_outdated(self) -> bool:
        """Whether other lazy rows were attached to a table, or a result is outdated."""
        for table, lazy_rows in self._lazy_rows:
            if table.lazy_rows is not lazy_rows:
                return True
        return self.result_is_outdated

    @property
    def result_is_outdated(self) -> bool:
        """Whether a parameter below a result from outside has changed."""
        outside = self.compilation.outside
        return bool(outside.changed) and not outside.holds

    @property
    def broken(self) -> Assumption | None:
        """The first assumption of the trace that no longer holds, None if all hold."""
        return next((each for each in self.traced.assumptions if not each.holds), None)


def compile_version(
    signature: CallSignature,
    trace: Callable[[], TracedGraph],
    history: Callable[[TracedGraph], CallHistory],
    why: str,
    called: str,
    arenas: Arenas,
) -> Version:
    """Compile a version.

    signature  what it is compiled for
    trace      runs the function, with its gradients and updates
    history    returns how the results of the traced call depend on its arguments
    why        the reason why it is compiled
    called     the name of the function
    arenas     memory for its calls, which versions of one function share
    """
    compilation = compile_call(trace, called, arenas)
    return Version(signature, compilation, history(compilation.traced), why)
