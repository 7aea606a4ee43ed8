"""Folding: the gates of one call become one unit, so that large graphs stay readable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

import numpy as np

from chainrule.explore.structure.call_tree import title_of
from chainrule.graph import (
    Constant,
    Detached,
    Parameter,
    Scope,
    Stopped,
    Tensor,
    is_integer,
    path_of,
)


@dataclass(frozen=True, eq=False)
class Unit:
    """One gate, or all gates made in one call of a module or `cr.gate`, seen from outside.

    scope  the call that is folded; None for a single gate outside of folded calls
    nodes  the gates in order; the last one is the result
    edges  (node, position) of every edge that enters from outside
    later  whether the gates were made for the backward of the call, after it ended
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
    def title(self) -> str:
        """The title in formulas: Linear 'hidden' for a module, the path for a gate."""
        if self.scope is None:
            return self.result.kind
        name = title_of((*self.around, self.scope))
        return f"{name} backward" if self.later else name

    @property
    def path(self) -> str:
        """The path of the call; for a single gate, the path of the calls around it."""
        return path_of(self.around if self.scope is None else (*self.around, self.scope))

    @property
    def around(self) -> tuple[Scope, ...]:
        """The opened calls around the unit, the outermost first."""
        own = None if self.scope is None else self.scope.serial
        return tuple(takewhile(lambda each: each.serial != own, self.result.origin.scope))

    @property
    def says(self) -> str | None:
        """The sentence about what the folded call does to the gradient; None if it has none."""
        if self.scope is None or self.later:
            return None
        shared = zip(*(node.origin.scope[len(self.around) :] for node in self.nodes), strict=False)
        same = takewhile(lambda each: len({scope.serial for scope in each}) == 1, shared)
        return next((each[0].says for each in reversed(list(same)) if each[0].says), None)

    @property
    def result(self) -> Tensor:
        """The gate made last."""
        return self.nodes[-1]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The nodes outside the unit that it reads, each once; parameters last."""
        found = dict.fromkeys(node.inputs[i] for node, i in self.edges)
        return tuple(sorted(found, key=lambda each: isinstance(each, Parameter)))

    @property
    def operands(self) -> tuple[Tensor, ...]:
        """The operands: the inputs without the parameters of a folded module itself."""
        if self.scope is None:
            return self.result.inputs
        return tuple(each for each in self.inputs if not self._is_own(each))

    def _is_own(self, node: Tensor) -> bool:
        if not isinstance(node, Parameter) or self.scope is None or not self.scope.kind:
            return False
        return not self.path or str(node.name).startswith(f"{self.path}.")

    @property
    def wires(self) -> list[tuple[Tensor, list[tuple[Tensor, int]]]]:
        """Pairs of (input, edges): one edge each for a gate, all edges of an input if folded."""
        if self.scope is None:
            return [(node.inputs[i], [(node, i)]) for node, i in self.edges]
        edges: dict[Tensor, list[tuple[Tensor, int]]] = {each: [] for each in self.inputs}
        for node, i in self.edges:
            edges[node.inputs[i]].append((node, i))
        return list(edges.items())


def fold(gates: Sequence[Tensor], closed: Callable[[Scope], bool]) -> list[Unit]:
    """Return the units of `gates`: each gate belongs to the outermost closed call around it.

    gates   in the order they were made. The gates of one call are consecutive, so units are in
            topological order too. Gates made later, for the backward of a call, are a separate unit
    closed  says whether a call is folded
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
    """Say whether `node` is a constant that the folded call made for itself, not data."""
    return (
        scope is not None
        and isinstance(node, Constant)
        and any(each.serial == scope.serial for each in node.origin.scope)
        and (isinstance(node, Detached | Stopped) or not is_data(node))
    )


def is_data(constant: Constant) -> bool:
    """Say whether a constant holds data, such as labels given as an array.

    Numbers, masks and arrays of equal elements are made by layers themselves.
    """
    if constant.size < 2 or constant.dtype.kind == "b":
        return False
    value = constant.peek()
    return is_integer(constant.dtype) or bool(np.any(value != value.flat[0]))
