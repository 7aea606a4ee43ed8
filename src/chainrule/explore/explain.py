"""What every gate does to gradient, in words, on the numbers of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from chainrule.explore.figures import figure
from chainrule.explore.fold import Unit
from chainrule.explore.formula import Writer
from chainrule.explore.gate import Gate
from chainrule.explore.record import Record
from chainrule.graph import Array, Constant, Tensor, is_float
from chainrule.ops import OWN_BACKWARD

_LONGEST = 60
Arrivals = Mapping[Tensor, Sequence[Array]]


def explain(record: Record, units: Sequence[Unit]) -> str:
    """Return a paragraph per unit, in topological order, and the gradients found for the leaves."""
    arrivals = arriving(record, units)
    paragraphs = [_paragraph(record, unit, arrivals) for unit in units]
    leaves = [_leaf_line(record, each, arrivals) for each in record.leaves if _has_gradient(each)]
    return "\n".join([line for each in paragraphs for line in each] + ["gradients", *leaves])


def arriving(record: Record, units: Sequence[Unit]) -> Arrivals:
    """Return, per node, the gradients that its users send to it, which add up there."""
    found: dict[Tensor, list[Array]] = {each: [seed] for each, seed in record.seeds.items()}
    for unit in units:
        for node, edges in unit.wires:
            share = sent(record, edges)
            if share is not None:
                found.setdefault(node, []).append(share)
    return found


def sent(record: Record, edges: Sequence[tuple[Tensor, int]]) -> Array | None:
    """Return the sum of what goes along `edges`, None where no gradient does."""
    shares = [record.downstream[each] for each in edges if each in record.downstream]
    return np.asarray(sum(shares[1:], shares[0])) if shares else None


def _paragraph(record: Record, unit: Unit, arrivals: Arrivals) -> Iterator[str]:
    result = unit.result
    steps = [_formula(record, unit), *_with_numbers(record, unit), figure(record.values[result])]
    equations = " = ".join(dict.fromkeys(steps))
    yield f"{record.names[result]} = {equations}   ({result.origin})"
    yield f"    {unit.label} {_says(record, unit)}"
    if result not in record.upstream:
        yield f"    no gradient arrives: {_why_nothing(record, result)}"
        return
    yield f"    upstream {_total(record, result, arrivals)}"
    for node, edges in unit.wires:
        share = sent(record, edges)
        if share is not None:
            yield f"    {record.names[node]} receives {_receives(record, unit, edges, share)}"


def _formula(record: Record, unit: Unit) -> str:
    if unit.scope is None:
        return Writer(record.names).define(unit.result)
    return f"{unit.label}({', '.join(record.names[each] for each in unit.inputs)})"


def _with_numbers(record: Record, unit: Unit) -> list[str]:
    """Return the formula of a gate of scalars once more, with numbers in the place of names."""
    inputs = unit.result.inputs
    if unit.scope is not None or any(each.shape != () for each in inputs):
        return []
    numbers = {each: figure(record.values[each]) for each in inputs}
    return [Writer(numbers).define(unit.result)]


def _says(record: Record, unit: Unit) -> str:
    if unit.scope is None:
        return Gate(record, unit.result).says
    if unit.scope.says is not None and not unit.later:
        return unit.scope.says
    kinds = ", ".join(node.kind for node in unit.nodes[:6])
    more = f" and {len(unit.nodes) - 6} more" if len(unit.nodes) > 6 else ""
    return f"holds {len(unit.nodes)} gates: {kinds}{more}"


def _why_nothing(record: Record, node: Tensor) -> str:
    if not is_float(node.dtype):
        return f"{node.dtype} values move in jumps"
    calls = {scope.serial for scope in node.origin.scope}
    for gate in record.gates:
        if gate.primitive is OWN_BACKWARD and calls & {each.serial for each in gate.origin.scope}:
            return f"{gate.kind} sends it around its operations, by its own backward"
    return "no differentiable path leads through here"


def _total(record: Record, node: Tensor, arrivals: Arrivals) -> str:
    return _added(arrivals.get(node, ()), figure(record.upstream[node]))


def _added(shares: Sequence[Array], total: str) -> str:
    """Return the total, and where several branches meet how it comes about."""
    if len(shares) < 2:
        return total
    if shares[0].size > 1:
        return f"adds up from {len(shares)} branches: {total}"
    terms = [figure(each) for each in shares]
    rest = [f"({each})" if each.startswith("-") else each for each in terms[1:]]
    return f"adds up: {' + '.join([terms[0], *rest])} = {total}"


def _receives(record: Record, unit: Unit, edges: Sequence[tuple[Tensor, int]], share: Array) -> str:
    written = _sent_formula(record, unit, edges)
    product = _product(record, unit, edges) if written not in ("upstream", None) else None
    return " = ".join(each for each in (written, product, figure(share)) if each is not None)


def _sent_formula(record: Record, unit: Unit, edges: Sequence[tuple[Tensor, int]]) -> str | None:
    """Return the downstream gradient in terms of upstream, None if it would be long."""
    assert record.backward is not None
    sweep = record.backward.sweep
    inner = set(unit.nodes[:-1])
    names = {node: name for node, name in record.names.items() if node not in inner}
    writer = Writer({**names, sweep.upstream[unit.result]: "upstream"})
    sending = [sweep.downstream[each] for each in edges if each in sweep.downstream]
    formula = " + ".join(writer.write(each) for each in sending)
    return formula if len(formula) <= _LONGEST else None


def _product(record: Record, unit: Unit, edges: Sequence[tuple[Tensor, int]]) -> str | None:
    """Return upstream x local in numbers, for the edge of a scalar gate."""
    (node, position), *more = edges
    is_scalar = node.size == 1 and node.inputs[position].size == 1
    if more or unit.scope is not None or not is_scalar:
        return None
    local = Gate(record, node).local[position]
    if not isinstance(local, np.ndarray):
        return None
    return f"{figure(record.upstream[node])} × {figure(local)}"


def _has_gradient(leaf: Tensor) -> bool:
    return is_float(leaf.dtype) and not isinstance(leaf, Constant)


def _leaf_line(record: Record, leaf: Tensor, arrivals: Arrivals) -> str:
    name = record.names[leaf]
    if leaf not in record.upstream:
        return f"    ∂{record.objective}/∂{name}: no path leads from {name} to {record.objective}"
    total = figure(record.upstream[leaf])
    shares = arrivals.get(leaf, ())
    joined = " " if len(shares) > 1 else " = "
    return f"    ∂{record.objective}/∂{name}{joined}{_added(shares, total)}"
