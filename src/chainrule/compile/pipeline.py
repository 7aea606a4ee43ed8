"""Stages: what one signature was compiled to, stage by stage, each of which prints as text."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from chainrule.compile.call_history import History
from chainrule.compile.cost import gates, reads, writes
from chainrule.compile.fuse.fusion import Scan, Step, fuse
from chainrule.compile.native import llvm
from chainrule.compile.outside_results import natively, outside_of
from chainrule.compile.plan.views import Views
from chainrule.compile.rewrite.rules import Firing, rewrite
from chainrule.compile.run.program import Program
from chainrule.compile.trace import Traced
from chainrule.graph import (
    Array,
    Assumption,
    Constant,
    Input,
    Parameter,
    Replace,
    Tensor,
    UnboundInputError,
    topological_order,
    unique_name,
)

Names = dict[Tensor, str]


@dataclass(frozen=True, repr=False)
class Stage:
    """The result of one stage, the seconds it took; it prints as `text`, written when asked."""

    name: str
    seconds: float
    result: Any
    text: Callable[[], str]

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()


class Version:
    """What one signature was compiled to: the result of every stage, in order.

    why      what made it necessary: how the signature differs from the nearest one before
    history  what the results of a call remember
    """

    traced: Traced
    history: History
    rewritten: Traced
    firings: list[Firing]
    steps: list[Step]
    program: Program
    codes: list[llvm.Code]

    def __init__(
        self, traced: Callable[[], Traced], history: Callable[[Traced], History], why: str
    ) -> None:
        self.why = why
        self.seconds: dict[str, float] = {}
        self._compile(traced, history)

    def _compile(self, traced: Callable[[], Traced], history: Callable[[Traced], History]) -> None:
        """Run the stages in order; gradients are taken, and updates asked for, while tracing."""
        with self._timed("trace"):
            self.traced = traced()
            order = topological_order(self.traced.results)
            _require_bound(order, self.traced)
            self.history = history(self.traced)
            self._outside = outside_of(self.traced, order)
            native = natively(self.traced, self._outside)
        with self._timed("rewrite"):
            self.rewritten, self.firings = rewrite(native)
        with self._timed("fuse"):
            self.steps = fuse(self.rewritten)
        with self._timed("plan"), llvm.recorded() as self.codes:
            self.program = Program(self.rewritten, self.steps)
        tables = [each for each in order if isinstance(each, Parameter) and each.table]
        self._keepers = [(each, each.lazy_rows) for each in tables]
        self.seconds["lower"] = sum(each.seconds for each in self.codes)
        self.seconds["plan"] -= self.seconds["lower"]

    def serves(self, arrays: Sequence[Array]) -> bool:
        """Say whether this was made for a call with these arrays, in the world as it is."""
        traced = self.traced
        return (
            not (traced.assumptions and self.broken)
            and not self.is_outdated
            and not (traced.numbers and not traced.holds_for(arrays))
        )

    @property
    def is_outdated(self) -> bool:
        """Whether a table has another keeper, or a result from outside other parameters."""
        for table, keeper in self._keepers:
            if table.lazy_rows is not keeper:
                return True
        return self.result_is_outdated

    @property
    def result_is_outdated(self) -> bool:
        """Whether parameters changed that a result from outside was computed from."""
        return bool(self._outside.changed) and not self._outside.holds

    @property
    def broken(self) -> Assumption | None:
        """The first thing besides the arguments that is other than when this was traced."""
        return next((each for each in self.traced.assumptions if not each.holds), None)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start

    @property
    def stages(self) -> dict[str, Stage]:
        """The stages by name, in order."""
        results: dict[str, tuple[Any, Callable[[], str]]] = {
            "trace": (self.traced, lambda: graph_text(self.traced)),
            "rewrite": (self.rewritten, lambda: graph_text(self.rewritten)),
            "fuse": (self.steps, lambda: steps_text(self.rewritten, self.steps)),
            "plan": (
                self.program,
                lambda: plan_text(self.rewritten, self.steps, self.program.bytes),
            ),
            "lower": (self.codes, lambda: "\n\n".join(each.text for each in self.codes)),
        }
        return {
            name: Stage(name, self.seconds[name], result, text)
            for name, (result, text) in results.items()
        }


def _require_bound(order: Sequence[Tensor], traced: Traced) -> None:
    """Raise UnboundInputError for an input without a value that is no argument."""
    arguments = set(traced.inputs)
    for each in order:
        if isinstance(each, Input) and not each.known and each not in arguments:
            raise UnboundInputError(
                f"A compiled function uses the input {each.name!r}, which has no value and is none "
                "of its arguments. Give it to the function, or make it with a value: "
                f"cr.input({each.name!r}, value=...)."
            )


# -- text ------------------------------------------------------------------------------------------


def graph_text(traced: Traced) -> str:
    """Return a graph in let-bindings, beside each gate the user's line."""
    names = names_of(traced)
    order = topological_order(traced.results)
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


def steps_text(traced: Traced, steps: Sequence[Step]) -> str:
    """Return the steps in the order they run, under each its gates."""
    return "\n".join(_step_lines(steps, names_of(traced)))


def _step_lines(steps: Sequence[Step], names: Names, indent: str = "") -> list[str]:
    lines = []
    for number, step in enumerate(steps, start=1):
        written = ", ".join(f"{names[each]}: {type_text(each)}" for each in writes(step))
        read = ", ".join(_named(each, names) for each in reads(step))
        kind = type(step).__name__.lower()
        lines.append(f"{indent}{number}. {kind}: {read or 'nothing'} -> {written or 'no copy'}")
        made = gates(step)
        lines += _beside([f"{indent}    {_binding(each, names)}" for each in made], made)
        if isinstance(step, Scan):
            inner = _names(step.body.placeholders, step.body.results)
            lines += _step_lines(step.steps, inner, indent + "    ")
    return lines


def plan_text(traced: Traced, steps: Sequence[Step], held: int) -> str:
    """Return the tensors that reach memory: bytes, the step that writes them, the last to read.

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
    """Return the number of the last step that reads each tensor, under whatever shape."""
    views = Views(steps)
    last: dict[Tensor, int] = {}
    for number, step in enumerate(steps, start=1):
        for tensor in reads(step):
            last[views.owner(tensor)] = number
    return last


def names_of(traced: Traced) -> Names:
    """Return a unique name for every node: the user's, the number that it is, or %0, %1, ..."""
    return _names(traced.inputs, traced.results)


def _names(inputs: Sequence[Tensor], results: Sequence[Tensor]) -> Names:
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
    """Return the name of a node; a transpose that a product reads in place has none of its own."""
    return names.get(node, node.label)


def _binding(node: Tensor, names: Names) -> str:
    assert node.primitive is not None
    shown = ", ".join(f"{key}={value}" for key, value in node.attributes.items())
    label = node.primitive.name + (f"[{shown}]" if shown else "")
    operands = " ".join(names[each] for each in node.inputs)
    return f"{names[node]}: {type_text(node)} = {label} {operands}".rstrip()


def _written(update: Any, names: Names) -> str:
    if isinstance(update, Replace):
        return names[update.new]
    return f"rows {names[update.ids]} of it become {names[update.rows]}, where {names[update.keep]}"


def _beside(lines: Sequence[str], made: Sequence[Tensor]) -> list[str]:
    """Return the lines, aligned, with the user's line that made each gate beside it."""
    width = min(max(map(len, lines), default=0), 72)
    return [
        f"{line:{width}}  # {node.origin}: {node.origin.source}".rstrip(": ")
        for line, node in zip(lines, made, strict=True)
    ]
