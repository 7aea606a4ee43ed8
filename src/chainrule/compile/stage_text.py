"""The stages of a compilation as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import Alias, Control, ReferenceGate, Scan, SingleGate, Step
from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.gates.strided_copies import StridedCopy
from chainrule.compile.lower.aliases import Aliases
from chainrule.compile.native import llvm
from chainrule.compile.pipeline import Compilation
from chainrule.compile.step_costs import gates, reads, writes
from chainrule.compile.trace import TracedGraph
from chainrule.graph import (
    AddRows,
    Constant,
    Input,
    Parameter,
    Replace,
    Tensor,
    Update,
    topological_order,
    unique_name,
)

Names = dict[Tensor, str]

STEP_KINDS: dict[type, str] = {
    FusedKernel: "fused kernel",
    MatrixProduct: "product",
    SingleGate: "single gate",
    StridedCopy: "strided copy",
    Alias: "alias",
    ReferenceGate: "reference",
    Scan: "scan",
    Control: "control flow",
}


@dataclass(frozen=True, repr=False)
class Stage:
    """The result of one stage, and its duration in seconds; it prints as text."""

    name: str
    seconds: float
    result: Any
    text: Callable[[], str]

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()


def stages_of(made: Compilation) -> dict[str, Stage]:
    """Return the stages by name, in order."""
    results: dict[str, tuple[Any, Callable[[], str]]] = {
        "trace": (made.traced, lambda: graph_text(made.traced)),
        "rewrite": (made.rewritten, lambda: graph_text(made.rewritten)),
        "fuse": (made.steps, lambda: steps_text(made.rewritten, made.steps)),
        "lower": (made.lowered, lambda: "\n\n".join(made.lowered.kernels) or "no kernels"),
        "plan": (made.plan, lambda: plan_text(made.rewritten, made.steps, made.plan.bytes)),
        "load": (made.program, lambda: codes_text(made.program.codes)),
    }
    return {
        name: Stage(name, made.seconds[name], result, text)
        for name, (result, text) in results.items()
    }


def step_kind(step: Step) -> str:
    """Return the kind of a step in words."""
    return STEP_KINDS[type(step)]


def graph_text(traced: TracedGraph) -> str:
    """Return a graph as let-bindings, with the user's line beside each gate."""
    names = names_of(traced)
    order = traced.order
    used = (each for each in order if isinstance(each, Input | Parameter))
    leaves = dict.fromkeys((*traced.inputs, *used))
    made = [each for each in order if each.primitive is not None]
    lines = [
        "{ " + "\n  ".join(f"{each.kind} {names[each]}: {type_text(each)}" for each in leaves),
        "  let",
        *_beside([f"    {_binding(each, names)}" for each in made], made),
        "  in " + ", ".join(names[each] for each in traced.outputs),
        *(
            f"  update {update.parameter.name}: {_written(update, names)}"
            for update in traced.updates
        ),
    ]
    return "\n".join(lines) + " }"


def steps_text(traced: TracedGraph, steps: Sequence[Step]) -> str:
    """Return the steps in the order they run, with the gates of each."""
    return "\n".join(_step_lines(steps, names_of(traced)))


def _step_lines(steps: Sequence[Step], names: Names, indent: str = "") -> list[str]:
    """Return the lines of steps; those of a scan's body are indented."""
    lines = []
    for number, step in enumerate(steps, start=1):
        written = ", ".join(f"{names[each]}: {type_text(each)}" for each in writes(step))
        read = ", ".join(_named(each, names) for each in reads(step))
        kind = step_kind(step)
        lines.append(f"{indent}{number}. {kind}: {read or 'nothing'} -> {written or 'no copy'}")
        made = gates(step)
        lines += _beside([f"{indent}    {_binding(each, names)}" for each in made], made)
        if isinstance(step, Scan):
            inner = _names(step.body.placeholders, step.body.results)
            lines += _step_lines(step.steps, inner, indent + "    ")
        if isinstance(step, Control):
            for part in step.parts:
                inner = _names(part.placeholders, part.results)
                lines += _step_lines(part.steps, inner, indent + "    ")
    return lines


def plan_text(traced: TracedGraph, steps: Sequence[Step], held: int) -> str:
    """Return the tensors that are written to memory: bytes, writing step, last reading step.

    held  the bytes of the whole program
    """
    names, kept, last = names_of(traced), set(traced.results), _last_readers(steps)
    rows = []
    for number, step in enumerate(steps, start=1):
        for each in writes(step):
            until = "the end" if each in kept else f"step {last.get(each, number)}"
            size = f"{each.nbytes:>12,} bytes"
            rows.append(f"{size}  step {number} to {until}: {names[each]}: {type_text(each)}")
    total = f"{len(rows)} tensors are written; the program holds {held:,} bytes"
    return "\n".join([*rows, total])


def _last_readers(steps: Sequence[Step]) -> dict[Tensor, int]:
    """Return the number of the last step that reads each tensor, directly or through an alias."""
    aliases = Aliases(steps)
    last: dict[Tensor, int] = {}
    for number, step in enumerate(steps, start=1):
        for tensor in reads(step):
            last[aliases.owner(tensor)] = number
    return last


def codes_text(codes: Sequence[llvm.Code]) -> str:
    """Return, for every function that was loaded: its origin, the time it took, its length."""
    words = {"compiled": "compiled", "memory": "found in memory", "disk": "read from disk"}
    lines = []
    for number, each in enumerate(codes, start=1):
        kind = "kernel" if "@kernel(" in each.text else "driver"
        length = len(each.text.splitlines())
        took = f"{words[each.source]} in {each.seconds * 1e3:.1f} ms"
        lines.append(f"{number}. {kind} of {length} lines: {took}")
    return "\n".join(lines)


def names_of(traced: TracedGraph) -> Names:
    """Return a unique name for every node: the user's name, the number it holds, or %0, %1, ..."""
    return _names(traced.inputs, traced.results)


def _names(inputs: Sequence[Tensor], results: Sequence[Tensor]) -> Names:
    """Return a unique name for every node between inputs and results."""
    names: Names = {each: each.name or "input" for each in inputs}
    taken, numbers = Counter(names.values()), count()
    for node in topological_order(results):
        if node in names:
            continue
        if isinstance(node, Constant) and node.size == 1:
            names[node] = f"{node.item():g}" if node.dtype.kind == "f" else str(node.item())
        elif node.name is not None:
            names[node] = unique_name(node.name, taken)
        else:
            wish = "constant" if node.primitive is None else f"%{next(numbers)}"
            names[node] = unique_name(wish, taken)
    return names


def type_text(tensor: Tensor) -> str:
    """Return dtype and shape, as in float32[3,4]."""
    return f"{tensor.dtype}[{','.join(map(str, tensor.shape))}]"


def _named(node: Tensor, names: Names) -> str:
    """Return the name of a node; a transpose that a product folds in has no name of its own."""
    return names.get(node, node.label)


def _binding(node: Tensor, names: Names) -> str:
    """Return one gate as a let-binding."""
    assert node.primitive is not None
    shown = ", ".join(f"{key}={value}" for key, value in node.attributes.items())
    label = node.primitive.name + (f"[{shown}]" if shown else "")
    operands = " ".join(names[each] for each in node.inputs)
    return f"{names[node]}: {type_text(node)} = {label} {operands}".rstrip()


def _written(update: Update, names: Names) -> str:
    """Return the new value of an update."""
    if isinstance(update, Replace):
        return names[update.new]
    if isinstance(update, AddRows):
        ids, rows, factor = (names[each] for each in update.sources)
        return f"{rows} times {factor} is added to rows {ids} of it"
    return f"rows {names[update.ids]} of it become {names[update.rows]}, where {names[update.keep]}"


def _beside(lines: Sequence[str], made: Sequence[Tensor]) -> list[str]:
    """Return aligned lines, with the user's line that made each gate beside it."""
    width = min(max(map(len, lines), default=0), 72)
    return [
        f"{line:{width}}  # {node.origin}: {node.origin.source}".rstrip(": ")
        for line, node in zip(lines, made, strict=True)
    ]
