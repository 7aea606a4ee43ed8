"""The backward part of a derivation: the gradient of every gate and leaf as a formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from chainrule.explore.derive.derivation_data import Line, shape_text
from chainrule.explore.derive.double_precision import DoublePrecision
from chainrule.explore.derive.elements.transposes import matrix_form
from chainrule.explore.derive.verify import LineCheck, verify, verify_together
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.explore.structure.folded_layers import FoldedLayers
from chainrule.explore.textbook.forms import Form
from chainrule.explore.textbook.gate_forms import as_in_textbooks, kept_names
from chainrule.graph import Constant, StackedLayer, Tensor, is_float, made_for, rebuild, tracing
from chainrule.ops import OWN_BACKWARD, add

_LONGEST = 60
_MOST_SYMBOLS = 30
_UNREADABLE = (")[...]", "permute(", "scan(")

Edge = tuple[Tensor, int]


class BackwardLines:
    """Writes the upstream gradients of a graph in terms of each other.

    units   all units
    shown   the units that have a line of their own
    names   maps the nodes of the forward lines to their names
    forms   the textbook forms of units, by their results
    stacks  equal layers of which all but the first have one line for all their parameters
    """

    def __init__(
        self,
        record: Record,
        units: Sequence[Unit],
        shown: Sequence[Unit],
        names: Mapping[Tensor, str],
        forms: Mapping[Tensor, Form],
        stacks: Sequence[FoldedLayers] = (),
    ) -> None:
        assert record.backward is not None
        self._record = record
        self._sweep = record.backward.sweep
        self._shown = shown
        self._forms = forms
        self._users = _users(units, self._sweep.downstream)
        self._deltas = self._delta_names()
        kept = kept_names(record.gates, names)
        parts = {part: name for form in forms.values() for part, name in form.names.items()}
        named = {**parts, **kept, **names, **self._seed_names(), **self._deltas}
        self._writer = FormulaWriter(named, self.ones)
        self._layers = {
            leaf: layer for stack in stacks for layer in stack.others for leaf in layer.own
        }
        self._wanted = [unit.result for unit in reversed(self._shown)] + self._leaves()
        lines = {unit.result for unit in self._shown}
        operands = [x for form in forms.values() for x in form.operands]
        self._inlined = [x for x in operands if x.primitive is not None and x not in lines]
        self._checks: dict[Tensor, LineCheck] = {}
        self.expressions = {
            each: self._expression(each) for each in self._wanted if each in self._sweep.upstream
        }

    def lines(self, double: DoublePrecision) -> list[Line]:
        """Return one checked line per shown unit, from the output back, and one per leaf."""
        alone = {x: each for x, each in self.expressions.items() if x not in self._layers}
        self._checks = verify(double, alone)
        done: set[StackedLayer] = set()
        lines = []
        for each in self._wanted:
            layer = self._layers.get(each)
            if layer is None and (each in alone or each.primitive is None):
                lines.append(self._line(each))
            elif layer is not None and layer not in done and each in self.expressions:
                lines.append(self._layer_line(layer, double))
                done.add(layer)
        return lines

    def _line(self, node: Tensor) -> Line:
        left = self._left(node)
        if node not in self.expressions:
            return Line(left, self._no_path(node), "")
        right = self._right(node, self.expressions[node])
        return Line(left, right, shape_text(node.shape), self._checks[node])

    def _layer_line(self, layer: StackedLayer, double: DoublePrecision) -> Line:
        """Return the line of all parameters of a folded layer, which are checked together."""
        own = {leaf: self.expressions[leaf] for leaf in layer.own if leaf in self.expressions}
        (unit, _), *_ = self._users[next(iter(own))]
        return Line(
            f"∂{self._record.objective}/∂{layer.path}.*",
            self._jacobian(unit, f"{layer.path}.*"),
            f"{len(own)} parameters",
            verify_together(double, own),
        )

    def matrix_form(self, node: Tensor) -> Line | None:
        """Return the line of a gradient with the shapes of its factors, and why it is so.

        None for a gradient that is neither a product of matrices nor a sum, and for those of folded
        layers.
        """
        if node in self._layers:
            return None
        expression = self.expressions[node]
        right = self._right(node, expression)
        if expression in self._deltas or right != self._writer.define(expression):
            return None
        shapes, reason = matrix_form(expression, self._writer.write)
        if not shapes:
            return None
        return Line(self._left(node), right, shapes, self._checks[node], reason)

    def _delta_names(self) -> dict[Tensor, str]:
        """Return names of the upstream gradients, from the output back, each with one name."""
        deltas: dict[Tensor, str] = {}
        for unit in reversed(self._shown):
            if unit.result in self._sweep.upstream:
                upstream = self._sweep.upstream[unit.result]
                deltas.setdefault(upstream, f"δ_{self._record.names[unit.result]}")
        return deltas

    def _seed_names(self) -> dict[Tensor, str]:
        assert self._record.backward is not None
        seeds = self._record.backward.seeds
        return {seed: f"upstream_{self._record.names[each]}" for each, seed in seeds.items()}

    @property
    def ones(self) -> frozenset[Tensor]:
        """The gradients arriving at outputs that are 1."""
        assert self._record.backward is not None
        seeds = self._record.backward.seeds
        return frozenset(seed for each, seed in seeds.items() if self._record.is_one(each))

    def _leaves(self) -> list[Tensor]:
        leaves = self._record.leaves
        return [x for x in leaves if is_float(x.dtype) and not isinstance(x, Constant)]

    def _expression(self, node: Tensor) -> Tensor:
        """Return the gradient of a node, in which calls with a textbook form have that form."""
        found = self._own_expression(node)
        inlined = {
            self._sweep.upstream[x]: self._own_expression(x)
            for x in self._inlined
            if x is not node and self._sweep.upstream[x] is not found
        }
        return rebuild([found], inlined)[found] if inlined else found

    def _own_expression(self, node: Tensor) -> Tensor:
        users = [unit for unit, _ in self._users.get(node, [])]
        if any(self._has_form(unit, node) for unit in users):
            return reduce(add, [self._part(unit, node) for unit in users])
        edges = [edge for _, found in self._users.get(node, []) for edge in found]
        upstream = self._sweep.upstream
        return as_in_textbooks(upstream[node], edges, upstream, self._sweep.downstream)

    def _has_form(self, unit: Unit, node: Tensor) -> bool:
        form = self._forms.get(unit.result)
        return form is not None and any(each is node for each in form.operands)

    def _part(self, unit: Unit, node: Tensor) -> Tensor:
        """Return the gradient that a node receives from a unit, in textbook form if it has one."""
        upstream, downstream = self._sweep.upstream, self._sweep.downstream
        with tracing(), made_for(unit.result.origin):
            if self._has_form(unit, node):
                return self._forms[unit.result].gradient(node, upstream[unit.result])
            edges = dict(self._users[node])[unit]
            terms = [as_in_textbooks(downstream[e], [e], upstream, downstream) for e in edges]
            return reduce(add, terms)

    def _left(self, node: Tensor) -> str:
        name = self._record.names[node]
        return f"∂{self._record.objective}/∂{name}" if node.primitive is None else f"δ_{name}"

    def _no_path(self, leaf: Tensor) -> str:
        return f"no path leads from {self._record.names[leaf]} to {self._record.objective}"

    def _right(self, node: Tensor, expression: Tensor) -> str:
        assert self._record.backward is not None
        if expression is self._record.backward.seeds.get(node):
            return "1" if self._record.is_one(node) else self._seed_names()[expression]
        through_folded = any(
            _is_folded(unit) and not self._has_form(unit, node)
            for unit, _ in self._users.get(node, [])
        )
        is_named_here = self._deltas.get(expression) == self._left(node)
        if not is_named_here and expression in self._deltas:
            return self._deltas[expression]
        if through_folded:
            return self._short(expression) or " + ".join(self._terms(node))
        return self._writer.define(expression)

    def _short(self, expression: Tensor) -> str | None:
        """Return the formula of an expression if it is short and readable, else None."""
        if not self._writer.has_at_most(_MOST_SYMBOLS, expression):
            return None
        text = self._writer.define(expression)
        is_readable = len(text) <= _LONGEST and not any(each in text for each in _UNREADABLE)
        return text if is_readable else None

    def _terms(self, node: Tensor) -> Iterator[str]:
        """Give the gradient from each user: its formula, or Jacobian times upstream."""
        for unit, edges in self._users[node]:
            texts = [self._term(node, self._sweep.downstream[each]) for each in edges]
            readable = [each for each in texts if each is not None]
            if len(readable) == len(texts):
                yield from readable
            else:
                yield self._jacobian(unit, self._record.names[node])

    def _term(self, node: Tensor, term: Tensor) -> str | None:
        """Return the name of a term of the gradient of `node` if it has one, or its formula."""
        name = self._deltas.get(term)
        return self._short(term) if name in (None, self._left(node)) else name

    def _jacobian(self, unit: Unit, name: str) -> str:
        result = unit.result
        delta = self._deltas[self._sweep.upstream[result]]
        return f"(∂{self._record.names[result]}/∂{name})ᵀ {delta}"


def _users(
    units: Sequence[Unit], downstream: Mapping[Edge, Tensor]
) -> dict[Tensor, list[tuple[Unit, list[Edge]]]]:
    """Return, per node, the units that send it a gradient, with their edges, the last first."""
    users: dict[Tensor, list[tuple[Unit, list[Edge]]]] = {}
    for unit in reversed(units):
        sending: dict[Tensor, list[Edge]] = {}
        for node, position in unit.edges:
            if (node, position) in downstream:
                sending.setdefault(node.inputs[position], []).append((node, position))
        for each, edges in sending.items():
            users.setdefault(each, []).append((unit, edges))
    return users


def _is_folded(unit: Unit) -> bool:
    """Say whether a unit is a folded call without a backward of its own."""
    return unit.scope is not None and unit.result.primitive is not OWN_BACKWARD
