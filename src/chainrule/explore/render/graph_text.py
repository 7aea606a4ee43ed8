"""A graph as typed text: one line per gate with its name, type and operands."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Constant, Tensor

_LONGEST = 60
_WIDEST = 90


def text(record: Record, units: Sequence[Unit]) -> str:
    """Return the graph as let-bindings, with the user's line beside each gate."""
    lines = [_binding(record, unit) for unit in units]
    width = max((len(line) for line in lines if len(line) <= _WIDEST), default=0)
    body = [
        f"    {line:{width}}  # {_place(unit.result)}"
        for line, unit in zip(lines, units, strict=True)
    ]
    heads = [_typed(record, each) for each in record.leaves if _is_listed(each)]
    results = ", ".join(record.names[each] for each in record.outputs)
    return "\n".join(["{ " + "\n  ".join(heads), "  let", *body, f"  in {results} }}"])


def _place(node: Tensor) -> str:
    """Return the user's file, line number and shortened line."""
    source = shorten(node.origin.source, _LONGEST, placeholder=" ...")
    return f"{node.origin}: {source}" if source else str(node.origin)


def _binding(record: Record, unit: Unit) -> str:
    operands = [record.names[each] for each in _operands(unit)]
    name = f"{record.names[unit.result]}: {_type(unit.result)}"
    return " ".join([name, "=", unit.title + _attributes(unit), *operands])


def _operands(unit: Unit) -> Sequence[Tensor]:
    return unit.result.inputs if unit.scope is None else unit.inputs


def _attributes(unit: Unit) -> str:
    primitive = unit.result.primitive
    if unit.scope is not None or primitive is None or primitive.family == "gate":
        return ""
    shown = [f"{key}={value}" for key, value in unit.result.attributes.items()]
    return "[" + ", ".join(shown) + "]" if shown else ""


def _is_listed(leaf: Tensor) -> bool:
    return not isinstance(leaf, Constant) or leaf.size != 1


def _typed(record: Record, leaf: Tensor) -> str:
    return f"{leaf.kind} {record.names[leaf]}: {_type(leaf)}"


def _type(tensor: Tensor) -> str:
    return f"{tensor.dtype}[{','.join(str(each) for each in tensor.shape)}]"
