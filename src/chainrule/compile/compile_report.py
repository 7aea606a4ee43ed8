"""The report of a version: why it was compiled, what it runs and costs."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.arguments import CallSignature
from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import ReferenceGate, all_steps
from chainrule.compile.native import llvm
from chainrule.compile.pipeline import Compilation
from chainrule.compile.signature_text import types_text
from chainrule.compile.stage_text import step_kind
from chainrule.compile.step_costs import flops, moved_bytes


def version_report(
    compilation: Compilation, why: str, signature: CallSignature, parameters: Sequence[str]
) -> str:
    """Return the report of one version, in lines.

    why         the reason why it was compiled
    parameters  the names of the function's parameters
    """
    steps, program = compilation.steps, compilation.program
    every = list(all_steps(steps))
    fused = sum(len(each.nodes) for each in every if isinstance(each, FusedKernel))
    by_reference = sorted({each.node.kind for each in every if isinstance(each, ReferenceGate)})
    seconds = compilation.seconds
    rules = [each.rule for each in compilation.firings]
    took = ", ".join(f"{name} {each * 1e3:.1f}" for name, each in seconds.items())
    work, traffic = sum(map(flops, steps)), sum(map(moved_bytes, steps))
    return "\n".join(
        [
            f"signature ({types_text(signature, parameters)}): "
            f"compiled in {sum(seconds.values()) * 1e3:.0f} ms",
            f"  because of: {why}",
            f"  milliseconds: {took}",
            f"  kernels and drivers: {_sources(program.codes)}",
            f"  steps: {_tally([step_kind(each) for each in every])}",
            f"  {fused} gates fused; rewrites: {_tally(rules)}",
            f"  on the reference evaluator: {', '.join(by_reference) or 'nothing'}",
            f"  a call: {work / 1e6:.3g} MFLOP, {traffic / 1e6:.3g} MB read and written",
            f"  memory: {program.bytes / 1e6:.2f} MB",
        ]
    )


def _sources(codes: Sequence[llvm.Code]) -> str:
    """Return how many functions came from which source."""
    found = [each.source for each in codes]
    words = {"compiled": "compiled", "memory": "from memory", "disk": "from disk"}
    return ", ".join(f"{sum(each == source for each in found)} {words[source]}" for source in words)


def _tally(names: Sequence[str]) -> str:
    """Return the count of every name, in the order of first occurrence."""
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names)) or "none"
