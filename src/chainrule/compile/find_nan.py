"""Find NaN: replay a step gate by gate, and name the first value that is infinite or NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.compile.compiled import Compiled
from chainrule.compile.trace import TracedGraph
from chainrule.grad.unrolled import unrolled
from chainrule.graph import (
    Array,
    Body,
    Constant,
    Input,
    Origin,
    Tensor,
    evaluate,
    rebuild,
    topological_order,
)

Values = Mapping[Tensor, Array]
_SHOWN = 3


@dataclass(frozen=True)
class NonFinite:
    """The result of a replay.

    gate      the first gate with an infinite or NaN value that reaches a result; a parameter or
              input if its value was not finite before; None if all results are finite
    value     the value of the gate
    inputs    the inputs of the gate, with their values
    turned    the first gate where an infinite value becomes NaN, if that is another gate
    spoiled   the results that are not finite, in words
    harmless  gates that are not finite although all results are, such as the branch of a `where`
              that is not taken; only listed if all results are finite
    loop      the step of the scan in which the gate is, in words; empty outside of scans
    """

    gate: Tensor | None
    value: Array | None
    inputs: tuple[tuple[Tensor, Array], ...]
    turned: Tensor | None
    spoiled: tuple[str, ...]
    harmless: tuple[Tensor, ...]
    loop: str = ""

    @property
    def ok(self) -> bool:
        """Whether all outputs and updates are finite."""
        return self.gate is None

    @property
    def origin(self) -> Origin | None:
        """The user's line that made the gate."""
        return None if self.gate is None else self.gate.origin

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.gate is None or self.value is None:
            return "\n".join(["every output and update is finite", *_harmless(self.harmless)])
        before = "" if self.gate.primitive is not None else " before the call"
        lines = [
            f"the first value that is not finite{before} is that of {self.gate.label}",
            *([] if isinstance(self.gate, Input) else [f"  {_place(self.gate)}"]),
            *([f"  {self.loop}"] if self.loop else []),
            f"  value: {_described(self.value)}",
            *(f"  input {each.label}: {_described(value)}" for each, value in self.inputs),
        ]
        if self.turned is not None:
            lines.append(f"  it becomes NaN in {self.turned.label}, {_place(self.turned)}")
        return "\n".join([*lines, f"  which makes these not finite too: {', '.join(self.spoiled)}"])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Write what notebooks show: the text of the report."""
        printer.text(str(self))


def find_nan(function: Callable[..., Any], *args: Any, **named: Any) -> NonFinite:
    """Replay a step, and name the first gate whose value is infinite or NaN, with the user's line.

    function     a compiled function, or a function of tensors
    args, named  the arguments of the call
    returns      a NonFinite with `.ok`, `.gate` and `.origin`; it prints as text

    The graph is run gate by gate on the reference evaluator, with these arguments and the current
    parameters. No update is applied. Gates that no output and no update needs are left out. If a
    step has already written NaN to its parameters, replay it on a copy of the parameters from
    before.
    """
    compiled = function if isinstance(function, Compiled) else Compiled(function)
    traced, arrays = compiled.traced(*args, **named)
    values = evaluate(traced.results, dict(zip(traced.inputs, arrays, strict=True)))
    bad = [each for each in topological_order(traced.results) if not _is_finite(values[each])]
    bad = sorted((*bad, *_unused(traced, values, bad)), key=lambda each: each.serial)
    results = _results(traced)
    bad_gates = _reaching_results([each for each, _ in results], values)
    if not bad_gates:
        return NonFinite(None, None, (), None, (), tuple(bad))
    first = bad_gates[0]
    turned = next((each for each in bad_gates if np.isnan(values[each]).any()), first)
    gate, held, loop = _inside(first, values) or (first, values, "")
    return NonFinite(
        gate,
        held[gate],
        tuple((each, held[each]) for each in gate.inputs),
        None if turned is first else turned,
        tuple(words for each, words in results if not _is_finite(values[each])),
        (),
        loop,
    )


def _inside(loop: Tensor, values: Values) -> tuple[Tensor, Values, str] | None:
    """Return the first gate of a scan's steps that is not finite, the values there, and the step.

    Returns None for other gates, and for a scan with too many gates.
    """
    if loop.primitive is None or not isinstance(loop.attributes.get("body"), Body):
        return None
    given: dict[Tensor, Tensor] = {
        each: Input(each.name or each.kind, each.shape, each.dtype, values[each])
        for each in loop.inputs
    }
    written_out = unrolled([rebuild([loop], given)[loop]])
    held = evaluate(written_out.outputs, {})
    bad_gates = (
        each for each in _reaching_results(written_out.outputs, held) if each in written_out.steps
    )
    gate = next(bad_gates, None)
    if gate is None:
        return None
    step = written_out.steps[gate][1] + 1
    return gate, held, f"in step {step} of {loop.attributes['length']} of a scan"


def _unused(traced: TracedGraph, values: Values, bad: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the arguments that are not finite and on which no result depends."""
    known = set(bad)
    for each in traced.inputs:
        if each not in known and not _is_finite(values[each]):
            yield each


def _results(traced: TracedGraph) -> list[tuple[Tensor, str]]:
    """Return the results of a call, each with its name in words."""
    found = [(each, f"output {i}") for i, each in enumerate(traced.outputs)]
    for update in traced.updates:
        found += [(each, f"the update of {update.parameter.label}") for each in update.sources]
    return found


def _reaching_results(results: Sequence[Tensor], values: Values) -> list[Tensor]:
    """Return the nodes that are not finite and reach such a result, in the order they were made.

    Constants, such as the -inf of a mask, are intended: the first gate that they spoil is returned.
    """
    found: set[Tensor] = set()
    waiting = [each for each in results if not _is_finite(values[each])]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += _bad_inputs(node, values)
    made = [each for each in found if not isinstance(each, Constant)]
    return sorted(made or found, key=lambda each: each.serial)


def _bad_inputs(node: Tensor, values: Values) -> Iterator[Tensor]:
    """Yield the inputs of a gate that are not finite; of `where`, only where it takes them."""
    if node.primitive is not None and node.primitive.name == "where":
        flag, *branches = (values[each] for each in node.inputs)
        for each, branch, taken in zip(node.inputs[1:], branches, (flag, ~flag), strict=True):
            if (~np.isfinite(branch) & taken).any():
                yield each
    else:
        yield from (each for each in node.inputs if not _is_finite(values[each]))


def _is_finite(value: Array) -> bool:
    """Return whether all elements are finite; integers and bools are."""
    return value.dtype.kind != "f" or bool(np.isfinite(value).all())


def _place(node: Tensor) -> str:
    """Return where a node was made: file and line, module, and the line itself."""
    within = f" in {node.origin.path}" if node.origin.path else ""
    source = f": {node.origin.source}" if node.origin.source else ""
    return f"made at {node.origin}{within}{source}"


def _described(value: Array) -> str:
    """Return dtype, shape, the range of finite elements, and the positions of the others."""
    shown = f"{value.dtype}[{','.join(map(str, value.shape))}]"
    if value.dtype.kind == "b" or not value.size:
        return shown
    finite = value[np.isfinite(value)]
    span = f"from {finite.min():.6g} to {finite.max():.6g}" if finite.size else "nothing finite"
    where = np.argwhere(~np.isfinite(value))
    if not len(where):
        return f"{shown} {span}, all finite"
    places = ", ".join(f"{value[tuple(i)]} at {list(map(int, i))}" for i in where[:_SHOWN])
    more = ", ..." if len(where) > _SHOWN else ""
    return f"{shown} {span}, not finite in {len(where)} of {value.size}: {places}{more}"


def _harmless(gates: Sequence[Tensor]) -> list[str]:
    """Return the lines about gates that are not finite and reach no result."""
    if not gates:
        return []
    shown = [
        f"  {each.label}" + ("" if isinstance(each, Input) else f", {_place(each)}")
        for each in gates[:_SHOWN]
    ]
    more = [f"  and {len(gates) - _SHOWN} more"] if len(gates) > _SHOWN else []
    return ["not finite but harmless, because no result uses them:", *shown, *more]
