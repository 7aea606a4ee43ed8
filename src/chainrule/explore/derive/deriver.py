"""Derivations: the gradient in textbook form, line by line, each line checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.explore.derive.backward_lines import BackwardLines
from chainrule.explore.derive.derivation_data import DerivationData, Line, shape_text
from chainrule.explore.derive.double_precision import DoublePrecision
from chainrule.explore.derive.elements.element_groups import element_groups
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit, fold
from chainrule.explore.structure.folded_layers import FoldedLayers
from chainrule.explore.structure.gate_names import is_invented
from chainrule.explore.textbook.forms import Form, form_of, forms_of, has_form
from chainrule.graph import ChainruleError, Scope, Tensor
from chainrule.ops import OWN_BACKWARD

_MOST_LINES = 8
_MOST_CHECKED = 1000
Closed = Callable[[Scope], bool]


def derive(
    record: Record,
    closed: Closed,
    elements: bool = False,
    stacks: Sequence[FoldedLayers] = (),
) -> DerivationData:
    """Return the derivation of a graph whose forward and backward have run.

    closed    says whether a call is folded; used for layers if the unfolded derivation has more
              than 8 forward lines, and for functions that have a textbook form
    elements  whether every line is derived element by element too
    stacks    equal layers that are folded, whose parameters have one line per layer

    Gates with their own backward, and folded layers, are functions in formulas; all other gates are
    written out. Raises ChainruleError for more than 1,000 lines forward.
    """
    is_large = len(_shown(record, _steps(record, _none))[1]) > _MOST_LINES
    folded = closed if is_large else _only_functions(closed)
    units, shown = _shown(record, _steps(record, folded))
    _require_few(shown)
    names = _visible_names(record, units)
    results = {unit.result for unit in shown}
    inlined = {unit.result for unit in units} - results
    forward_names = {each: name for each, name in names.items() if each not in inlined}
    forms = forms_of(shown, names, record.values)
    writer = FormulaWriter(forward_names)
    forward = [_forward_line(unit, writer, names, forms.get(unit.result)) for unit in shown]
    backward = BackwardLines(record, units, shown, forward_names, forms, stacks)
    double = DoublePrecision(record, backward.expressions.values())
    lines = backward.lines(double)
    groups = element_groups(
        record,
        shown,
        forward,
        forward_names,
        forms,
        double,
        backward,
        elements,
        {serial for stack in stacks for serial in stack.serials},
    )
    sentences = tuple(each.sentence for each in stacks)
    return DerivationData(record.objective, tuple(forward), tuple(lines), tuple(groups), sentences)


def _only_functions(closed: Closed) -> Closed:
    """Return what is folded in a small derivation: functions that have a textbook form."""
    return lambda scope: has_form(scope) and closed(scope)


def _require_few(units: Sequence[Unit]) -> None:
    """Raise ChainruleError for a derivation with too many lines to check one by one."""
    if len(units) > _MOST_CHECKED:
        raise ChainruleError(
            f"The derivation has {len(units):,} lines, each of which is checked by running the "
            f"graph again; {_MOST_CHECKED:,} is the most. Derive a smaller part of the graph, "
            "keep its layers closed (open=False), or compare all gradients at once with "
            "cr.Graph(...).check()."
        )


def _none(scope: Scope) -> bool:
    return False


def _steps(record: Record, closed: Closed) -> list[Unit]:
    """Fold closed layers and calls with their own backward; open all others."""
    own = {
        node.origin.scope[-1].serial
        for node in record.gates
        if node.primitive is OWN_BACKWARD and node.origin.scope
    }

    def folded(scope: Scope) -> bool:
        return scope.serial in own or ((scope.kind != "" or has_form(scope)) and closed(scope))

    def opened(unit: Unit) -> list[Unit]:
        if unit.later:
            return fold(unit.nodes, _none)
        if unit.scope is None or not has_form(unit.scope) or unit.scope.serial in own:
            return [unit]
        if form_of(unit, {}, record.values) is not None:
            return [unit]
        return fold(unit.nodes, lambda scope: scope.serial in own)

    return [each for unit in fold(record.gates, folded) for each in opened(unit)]


def _shown(record: Record, units: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Return all units, and those that have a line of their own."""
    inlined = _inlined(record, units)
    return list(units), [unit for unit in units if unit.result not in inlined]


def _visible_names(record: Record, units: Sequence[Unit]) -> dict[Tensor, str]:
    hidden = {node for unit in units for node in unit.nodes[:-1]}
    return {each: name for each, name in record.names.items() if each not in hidden}


def _inlined(record: Record, units: Sequence[Unit]) -> set[Tensor]:
    """Return the unnamed gates with a single user that are written inside its formula.

    These are gates that receive the upstream gradient of their user unchanged, so that z = W x + b
    is one line, and gates that only transpose or reshape.
    """
    users: dict[Tensor, list[Tensor]] = {each: [each] * 2 for each in record.outputs}
    for unit in units:
        for node, i in unit.edges:
            users.setdefault(node.inputs[i], []).append(unit.result)
    single = {unit.result for unit in units if unit.scope is None}
    return {
        node
        for node, (user, *more) in users.items()
        if not more
        and node in single
        and is_invented(node, record.names[node])
        and (_only_shapes(node) or _shares_upstream(record, node, user))
    }


def _only_shapes(node: Tensor) -> bool:
    return node.primitive is not None and node.primitive.family == "shaping"


def _shares_upstream(record: Record, node: Tensor, user: Tensor) -> bool:
    assert record.backward is not None
    upstream = record.backward.sweep.upstream
    return node in upstream and upstream[node] is upstream.get(user)


def _forward_line(
    unit: Unit, writer: FormulaWriter, names: dict[Tensor, str], form: Form | None
) -> Line:
    result = unit.result
    if unit.scope is None:
        right = writer.define(result)
    else:
        operands = unit.operands if unit.scope.kind else unit.inputs
        if form is not None and form.target is not None:
            operands = (*form.operands[:1], form.target)
        title = unit.title if unit.scope.kind else unit.scope.label
        right = f"{title}({', '.join(writer.write(each) for each in operands)})"
    return Line(names[result], right, shape_text(result.shape))
