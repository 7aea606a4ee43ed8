"""Gates of one call folded into one unit, so that big graphs stay readable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from chainrule.explore.binding import did_you_mean
from chainrule.explore.errors import UnknownNameError
from chainrule.graph import Constant, Parameter, Scope, Tensor

Open = bool | str | Iterable[str]


@dataclass(frozen=True, eq=False)
class Unit:
    """One gate, or all gates made in one call of a module or `cr.gate`, seen from outside.

    scope  the call that is folded; None for a single gate, or one whose call is opened
    nodes  its gates, in order; the last is its result
    edges  (node, position) of every edge that enters from outside
    later  True for the gates that a backward made for the call after it had ended
    """

    scope: Scope | None
    nodes: tuple[Tensor, ...]
    edges: tuple[tuple[Tensor, int], ...]
    later: bool = False

    @property
    def label(self) -> str:
        """The label of the call, or the kind of the gate."""
        if self.scope is None:
            return self.result.kind
        return f"{self.scope.label} backward" if self.later else self.scope.label

    @property
    def result(self) -> Tensor:
        """The gate made last."""
        return self.nodes[-1]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The nodes outside which feed it, each once; parameters last."""
        found = dict.fromkeys(node.inputs[i] for node, i in self.edges)
        return tuple(sorted(found, key=lambda each: isinstance(each, Parameter)))

    @property
    def wires(self) -> list[tuple[Tensor, list[tuple[Tensor, int]]]]:
        """Its inputs with the edges they enter by: one by one for a gate, bundled if folded."""
        if self.scope is None:
            return [(node.inputs[i], [(node, i)]) for node, i in self.edges]
        return [
            (each, [(node, i) for node, i in self.edges if node.inputs[i] is each])
            for each in self.inputs
        ]


def fold(gates: Sequence[Tensor], closed: Callable[[Scope], bool]) -> list[Unit]:
    """Return the units of `gates`: per gate, the outermost call around it which is closed.

    gates  in the order in which they were made. Nothing else is made while a call runs, so that
           the gates of one call follow each other, and units are in topological order as well.
           Gates that a backward made for a call later are a unit of their own
    """
    units: list[Unit] = []
    seen: set[Scope | None] = set()
    for _, run in groupby(gates, lambda node: _key(node, closed)):
        nodes = list(run)
        scope = _outermost(nodes[0], closed)
        units.append(_unit(scope, nodes, later=scope is not None and scope in seen))
        seen.add(scope)
    return units


def _outermost(node: Tensor, closed: Callable[[Scope], bool]) -> Scope | None:
    return next((each for each in node.origin.scope if closed(each)), None)


def _key(node: Tensor, closed: Callable[[Scope], bool]) -> int:
    scope = _outermost(node, closed)
    return -node.serial if scope is None else scope.serial


def closed_unless(open: Open, gates: Sequence[Tensor]) -> Callable[[Scope], bool]:
    """Return the rule that leaves the calls labelled in `open` open, or all of them for True.

    A call around all gates which itself is made of calls (a whole model) is open anyway.
    Raises UnknownNameError for a label that no call has.
    """
    if isinstance(open, bool):
        labels: set[str] = set() if not open else _labels(gates)
    else:
        labels = {open} if isinstance(open, str) else set(open)
    _require_known(labels, _labels(gates))
    around = _around_all(gates)
    return lambda scope: scope.label not in labels and scope.serial not in around


def _unit(scope: Scope | None, nodes: Sequence[Tensor], later: bool) -> Unit:
    inside = set(nodes)
    edges = tuple(
        (node, i)
        for node in nodes
        for i, each in enumerate(node.inputs)
        if each not in inside and not _made_inside(each, scope)
    )
    return Unit(scope, tuple(nodes), edges, later)


def _made_inside(node: Tensor, scope: Scope | None) -> bool:
    """Say whether `node` is a constant that the folded call made for itself."""
    return (
        scope is not None
        and isinstance(node, Constant)
        and any(each.serial == scope.serial for each in node.origin.scope)
    )


def _labels(gates: Sequence[Tensor]) -> set[str]:
    return {scope.label for node in gates for scope in node.origin.scope}


def _require_known(labels: set[str], known: set[str]) -> None:
    for label in sorted(labels - known):
        listed = ", ".join(repr(each) for each in sorted(known)) or "none"
        raise UnknownNameError(
            f"open={label!r} was asked, but no gate or module of the graph is called that."
            f"{did_you_mean(label, known)} Those that can be opened are: {listed}."
        )


def _around_all(gates: Sequence[Tensor]) -> set[int]:
    """Return the calls that hold all gates and are made of further calls."""
    paths = [node.origin.scope for node in gates]
    deepest = max((len(path) for path in paths), default=0)
    around = set()
    for level, scopes in enumerate(zip(*paths, strict=False)):
        if len({each.serial for each in scopes}) > 1:
            break
        if level + 1 < deepest:
            around.add(scopes[0].serial)
    return around
