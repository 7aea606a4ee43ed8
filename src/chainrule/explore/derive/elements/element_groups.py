"""The groups of lines that derive forward lines element by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from chainrule.explore.derive.backward_lines import BackwardLines
from chainrule.explore.derive.derivation_data import Group, Line
from chainrule.explore.derive.double_precision import DoublePrecision
from chainrule.explore.derive.elements.class_loss_lines import class_loss_lines
from chainrule.explore.derive.elements.coupled_lines import coupled_lines
from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_loss_lines import element_loss_lines
from chainrule.explore.derive.elements.gate_lines import gate_lines
from chainrule.explore.derive.elements.written_out import written_out
from chainrule.explore.record import Record
from chainrule.explore.structure.fold import Unit
from chainrule.explore.textbook.forms import COUPLED, ROW_LOSSES, Form
from chainrule.explore.textbook.losses import ELEMENT_LOSSES
from chainrule.graph import Tensor

FunctionLines = Callable[[ElementContext, Tensor, Form], Iterator[Line]]


def element_groups(
    record: Record,
    shown: Sequence[Unit],
    forward: Sequence[Line],
    names: Mapping[Tensor, str],
    forms: Mapping[Tensor, Form],
    double: DoublePrecision,
    backward: BackwardLines,
    elements: bool,
    folded: Collection[int] = (),
) -> Iterator[Group]:
    """Give a group per forward line, from the output back.

    elements  False for those functions only whose textbook derivation couples several elements
    folded    the serial numbers of layers that have no group, since they are like the first one
    """
    users: Counter[Tensor] = Counter()
    context = ElementContext(record, names, forms, double, users, backward.expressions)
    users.update(each for unit in shown for each in context.operands(unit.result))
    for unit, line in reversed(list(zip(shown, forward, strict=True))):
        if unit.scope is not None and unit.scope.serial in folded:
            continue
        if any(each.size == 0 for each in (unit.result, *context.operands(unit.result))):
            continue
        form = forms.get(unit.result)
        function = None if form is None else _lines_of(form)
        if form is not None and function is not None:
            yield Group(line.equation, tuple(function(context, unit.result, form)))
        elif elements:
            lines = tuple(gate_lines(context, unit, backward.matrix_form))
            if lines:
                yield Group(line.equation, lines)
            whole = tuple(written_out(context, unit.result))
            if whole:
                yield Group(line.equation, whole, whole=True)


def _lines_of(form: Form) -> FunctionLines | None:
    """Return what writes the lines of a function that couples elements; None for others."""
    if form.name in COUPLED:
        return coupled_lines
    if form.name in ROW_LOSSES:
        return class_loss_lines
    return element_loss_lines if form.name in ELEMENT_LOSSES else None
