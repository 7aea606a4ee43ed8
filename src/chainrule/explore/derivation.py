"""The gradient in textbook form, line by line, each line checked on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.explore.fold import Unit, fold
from chainrule.explore.formula import Writer
from chainrule.explore.names import is_invented
from chainrule.explore.record import Record
from chainrule.explore.verify import Verdict, verify
from chainrule.graph import Constant, Tensor, is_float
from chainrule.ops import OWN_BACKWARD


@dataclass(frozen=True)
class Line:
    """One line: what is derived, its formula, its shape, and what the check found."""

    left: str
    right: str
    shape: str
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Derivation:
    """A derivation that prints itself; `ok` says whether every line agreed with its measurement."""

    objective: str
    forward: tuple[Line, ...]
    backward: tuple[Line, ...]

    @property
    def ok(self) -> bool:
        """Whether no line was found wrong."""
        return all(line.verdict is None or line.verdict.ok for line in self.backward)

    def __str__(self) -> str:
        heading = f"backward, δ_v = ∂{self.objective}/∂v"
        lines = [
            "forward",
            *_aligned(self.forward),
            heading,
            *_aligned(self.backward),
            self._verdict,
        ]
        return "\n".join(lines)

    @property
    def _verdict(self) -> str:
        if not self.ok:
            return "a line is WRONG: it disagrees with central differences"
        kinks = sum(line.verdict is not None and line.verdict.kink for line in self.backward)
        where = f" wherever a derivative exists ({kinks} on a kink)" if kinks else ""
        return f"every line agrees with central differences{where}"

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return f"```text\n{self}\n```"


def derive(record: Record) -> Derivation:
    """Return the derivation of a graph whose forward and backward have run.

    Gates with a backward of their own stand for themselves; all others are written out.
    """
    units = _steps(record.gates)
    inlined = _inlined(record, units)
    names = _visible_names(record, units)
    forward_names = {each: name for each, name in names.items() if each not in inlined}
    shown = [unit for unit in units if unit.result not in inlined]
    deltas = _deltas(record, shown)
    forward = [_forward_line(unit, Writer(forward_names), names) for unit in shown]
    writer = Writer({**forward_names, **_seed_names(record), **deltas}, _ones(record))
    wanted = [unit.result for unit in reversed(shown)] + _leaves(record)
    checks = verify(record, [each for each in wanted if each in record.upstream])
    backward = [_backward_line(record, each, writer, deltas, checks.get(each)) for each in wanted]
    return Derivation(record.objective, tuple(forward), tuple(filter(None, backward)))


def forward_lines(record: Record) -> list[str]:
    """Return the forward part alone, as text."""
    units = _steps(record.gates)
    names = _visible_names(record, units)
    return _aligned([_forward_line(unit, Writer(names), names) for unit in units])


def _steps(gates: Sequence[Tensor]) -> list[Unit]:
    """Fold the calls that gradient goes around, by a backward of their own; open all others."""
    own = {
        node.origin.scope[-1].serial
        for node in gates
        if node.primitive is OWN_BACKWARD and node.origin.scope
    }
    units = fold(gates, lambda scope: scope.serial in own)
    opened = (fold(unit.nodes, lambda scope: False) if unit.later else [unit] for unit in units)
    return [unit for each in opened for unit in each]


def _visible_names(record: Record, units: Sequence[Unit]) -> dict[Tensor, str]:
    hidden = {node for unit in units for node in unit.nodes[:-1]}
    return {each: name for each, name in record.names.items() if each not in hidden}


def _deltas(record: Record, units: Sequence[Unit]) -> dict[Tensor, str]:
    """Name the upstream gradients, from the output back; one shared by two gates has one name."""
    assert record.backward is not None
    upstream = record.backward.sweep.upstream
    deltas: dict[Tensor, str] = {}
    for unit in reversed(units):
        if unit.result in upstream:
            deltas.setdefault(upstream[unit.result], f"δ_{record.names[unit.result]}")
    return deltas


def _inlined(record: Record, units: Sequence[Unit]) -> set[Tensor]:
    """Return the unnamed gates with one user that are written within it, as in a textbook.

    Those whose user hands its own upstream gradient on unchanged, so that z = W x + b is one line,
    and those that only turn or reshape.
    """
    users: dict[Tensor, list[Tensor]] = {each: [each] * 2 for each in record.outputs}
    for unit in units:
        for node, i in unit.edges:
            users.setdefault(node.inputs[i], []).append(unit.result)
    return {
        node
        for node, (user, *more) in users.items()
        if not more
        and node.primitive is not None
        and is_invented(node, record.names[node])
        and (node.primitive.family == "shaping" or _shares_upstream(record, node, user))
    }


def _shares_upstream(record: Record, node: Tensor, user: Tensor) -> bool:
    assert record.backward is not None
    upstream = record.backward.sweep.upstream
    return node in upstream and upstream[node] is upstream.get(user)


def _ones(record: Record) -> frozenset[Tensor]:
    assert record.backward is not None
    seeds = record.backward.seeds
    return frozenset(seed for output, seed in seeds.items() if record.is_one(output))


def _seed_names(record: Record) -> dict[Tensor, str]:
    assert record.backward is not None
    seeds = record.backward.seeds
    return {seed: f"upstream_{record.names[output]}" for output, seed in seeds.items()}


def _leaves(record: Record) -> list[Tensor]:
    return [x for x in record.leaves if is_float(x.dtype) and not isinstance(x, Constant)]


def _forward_line(unit: Unit, writer: Writer, names: dict[Tensor, str]) -> Line:
    result = unit.result
    if unit.scope is None:
        right = writer.define(result)
    else:
        right = f"{unit.label}({', '.join(writer.write(each) for each in unit.inputs)})"
    return Line(names[result], right, _shape(result))


def _backward_line(
    record: Record,
    node: Tensor,
    writer: Writer,
    deltas: dict[Tensor, str],
    verdict: Verdict | None,
) -> Line | None:
    assert record.backward is not None
    name, objective = record.names[node], record.objective
    tensor = record.backward.sweep.upstream.get(node)
    is_leaf = node.primitive is None
    left = f"∂{objective}/∂{name}" if is_leaf else f"δ_{name}"
    if tensor is None:
        return Line(left, f"no path leads from {name} to {objective}", "") if is_leaf else None
    is_named_here = deltas.get(tensor) == left
    right = writer.define(tensor) if is_named_here else writer.write(tensor)
    if tensor is record.backward.seeds.get(node):
        right = "1" if record.is_one(node) else _seed_names(record)[tensor]
    return Line(left, right, _shape(node), verdict)


def _shape(tensor: Tensor) -> str:
    return str(tensor.shape) if tensor.shape else "scalar"


def _aligned(lines: Sequence[Line]) -> list[str]:
    texts = [f"{line.left} = {line.right}" if line.shape else line.right for line in lines]
    wide = max((len(text) for text in texts), default=0)
    shapes = max((len(line.shape) for line in lines), default=0)
    return [
        f"    {text:{wide}}   {line.shape:{shapes}}   {line.verdict or ''}".rstrip()
        for text, line in zip(texts, lines, strict=True)
    ]
