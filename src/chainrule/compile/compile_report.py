"""The report of a compiled function: why each version was compiled, what it runs and costs."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.arguments import (
    CallSignature,
    Key,
    WeakKey,
    names_of_places,
    statics_of,
)
from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import ReferenceGate, all_steps
from chainrule.compile.native import llvm
from chainrule.compile.stage_text import step_kind
from chainrule.compile.step_costs import flops, moved_bytes
from chainrule.compile.version import Version


def version_report(version: Version, signature: CallSignature, parameters: Sequence[str]) -> str:
    """Return the report of one version, in lines."""
    steps, program = version.steps, version.program
    every = list(all_steps(steps))
    fused = sum(len(each.nodes) for each in every if isinstance(each, FusedKernel))
    by_reference = sorted({each.node.kind for each in every if isinstance(each, ReferenceGate)})
    seconds = version.compilation.seconds
    rules = [each.rule for each in version.compilation.firings]
    took = ", ".join(f"{name} {each * 1e3:.1f}" for name, each in seconds.items())
    work, traffic = sum(map(flops, steps)), sum(map(moved_bytes, steps))
    return "\n".join(
        [
            f"signature ({_types(signature, parameters)}): "
            f"compiled in {sum(seconds.values()) * 1e3:.0f} ms",
            f"  because of: {version.why}",
            f"  milliseconds: {took}",
            f"  kernels and drivers: {_sources(program.codes)}",
            f"  steps: {_tally([step_kind(each) for each in every])}",
            f"  {fused} gates fused; rewrites: {_tally(rules)}",
            f"  on the reference evaluator: {', '.join(by_reference) or 'nothing'}",
            f"  a call: {work / 1e6:.3g} MFLOP, {traffic / 1e6:.3g} MB read and written",
            f"  memory: {program.bytes / 1e6:.2f} MB",
        ]
    )


def _types(signature: CallSignature, parameters: Sequence[str]) -> str:
    """Return the arguments of a signature, with their dtypes and shapes."""
    statics = statics_of(signature, parameters)
    return ", ".join(
        [*map(_type, signature.keys), *(f"{name}={each!r}" for name, each in statics.items())]
    )


def _type(key: Key) -> str:
    """Return the dtype and the shape of an argument."""
    if isinstance(key, WeakKey):
        return {"f": "float", "i": "int", "u": "int"}[key.dtype.kind]
    return f"{key[1]}{list(key[0])}"


def difference(
    signature: CallSignature, earlier: Sequence[CallSignature], parameters: Sequence[str]
) -> str:
    """Return how a signature differs from the nearest earlier one, in words."""
    if not earlier:
        return "the first call"
    found = [_differences(signature, each, parameters) for each in reversed(earlier)]
    return "; ".join(dict.fromkeys(sorted(found, key=len)[0]))


def _differences(new: CallSignature, old: CallSignature, parameters: Sequence[str]) -> list[str]:
    """Return the differences of two signatures, in words."""
    counts = [len(each.positional) + len(each.named) for each in (new, old)]
    if counts[0] != counts[1]:
        return [f"{counts[0]} arguments instead of {counts[1]}"] * max(counts)
    names = names_of_places(new, parameters)
    if names != names_of_places(old, parameters):
        return ["the arguments have another form"] * max(map(len, (new.keys, old.keys)))
    found = []
    for name, key, old_key in zip(names, new.keys, old.keys, strict=True):
        changes = _changes(key, old_key)
        found += [f"argument {name}: {' and '.join(changes)}"] if changes else []
    before = statics_of(old, parameters)
    for name, value in statics_of(new, parameters).items():
        if name not in before or before[name] != value:
            found.append(f"argument {name} is {value!r}")
    return found or ["the arguments have another form"]


def _changes(new: Key, old: Key) -> list[str]:
    """Return the differences of two keys, in words."""
    if isinstance(new, WeakKey) or isinstance(old, WeakKey):
        return [f"{_type(new)} instead of {_type(old)}"] if new != old else []
    changes = [f"shape {new[0]} instead of {old[0]}"] if new[0] != old[0] else []
    return changes + ([f"dtype {new[1]} instead of {old[1]}"] if new[1] != old[1] else [])


def _sources(codes: Sequence[llvm.Code]) -> str:
    """Return how many functions came from which source."""
    found = [each.source for each in codes]
    words = {"compiled": "compiled", "memory": "from memory", "disk": "from disk"}
    return ", ".join(f"{sum(each == source for each in found)} {words[source]}" for source in words)


def _tally(names: Sequence[str]) -> str:
    """Return the count of every name, in the order of first occurrence."""
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names)) or "none"
