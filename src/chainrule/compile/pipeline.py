"""The pipeline: the stages that turn a function into a native program, in the order they run.

stage    input          output         what it does
trace    the function   TracedGraph    runs the function once, which builds its graph
rewrite  TracedGraph    TracedGraph    replaces gates by fewer or cheaper ones
fuse     TracedGraph    list of Step   decides which gates are computed together
lower    list of Step   Lowered        writes the kernels and their calls
plan     Lowered        Plan           places values in memory, writes the call tables
load     Plan           Program        compiles the kernels through LLVM, or reads them
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from chainrule.compile.fuse.fusion import Step, fuse
from chainrule.compile.fuse.recompute import with_recomputed
from chainrule.compile.lower.lower_steps import Lowered, lower
from chainrule.compile.outside_results import OutsideResults, inline_outside_results
from chainrule.compile.paused_collection import paused_collection
from chainrule.compile.plan.planning import Plan, plan
from chainrule.compile.rewrite.rules import Firing, rewrite
from chainrule.compile.run.arenas import Arenas
from chainrule.compile.run.compile_progress import CompileProgress
from chainrule.compile.run.program import Program, load
from chainrule.compile.trace import TracedGraph

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class StageTimer:
    """Runs stages and adds up the seconds that each takes."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def run(self, name: str, stage: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Return the result of a stage, and add its duration to `seconds[name]`."""
        start = time.perf_counter()
        result = stage(*args, **named)
        self.seconds[name] += time.perf_counter() - start
        return result


@dataclass(frozen=True, eq=False)
class Compilation:
    """The result of every stage for one traced call, with the seconds each stage took.

    firings  the uses of rewrite rules
    outside  the results from outside that the graph uses
    """

    traced: TracedGraph
    outside: OutsideResults
    rewritten: TracedGraph
    firings: list[Firing]
    steps: list[Step]
    lowered: Lowered
    plan: Plan
    program: Program
    seconds: dict[str, float]


def compile_call(trace: Callable[[], TracedGraph], called: str, arenas: Arenas) -> Compilation:
    """Run all stages in order.

    trace   runs the function, with its gradients and updates
    called  the name of the function
    arenas  memory for the calls of the program
    """
    timer, progress = StageTimer(), CompileProgress(called, time.perf_counter())
    with paused_collection():
        traced = timer.run("trace", trace)
        native, outside = timer.run("trace", inline_outside_results, traced)
        simplified, firings = timer.run("rewrite", rewrite, native)
        rewritten = timer.run("fuse", with_recomputed, simplified)
        steps = timer.run("fuse", fuse, rewritten)
        lowered = timer.run("lower", lower, rewritten, steps)
        planned = timer.run("plan", plan, rewritten, lowered)
        program = timer.run("load", load, rewritten, planned, arenas, progress)
    return Compilation(
        traced, outside, rewritten, firings, steps, lowered, planned, program, timer.seconds
    )
