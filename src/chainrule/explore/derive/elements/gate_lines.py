"""The lines of one gate, element by element: its formula, local gradients and the chain rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.explore.derive.derivation_data import Line, shape_text
from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_formulas import Letter, NoElementsError
from chainrule.explore.derive.elements.element_writer import partial, subscript
from chainrule.explore.derive.elements.gate_elements import GateElements, Slope
from chainrule.explore.derive.elements.measured import (
    ROUNDING,
    Column,
    Place,
    column,
    compared,
    places,
)
from chainrule.explore.structure.fold import Unit
from chainrule.graph import Array, Tensor

_FRESH = "klmnprij"


@dataclass(frozen=True)
class _Measured:
    """Central differences with respect to elements of an operand: of the gate, of the objective."""

    places: list[Place]
    sampled: bool
    gate: list[Column | None]
    objective: list[Column | None]

    @classmethod
    def of(cls, context: ElementContext, unit: Unit, operand: Tensor) -> _Measured:
        found, sampled = places(operand.shape)
        gate = context.double.gate(unit.result, context.read(unit.result), operand)
        objective = context.double.objective(operand)
        return cls(
            found,
            sampled,
            [column(gate, each) for each in found],
            [column(objective, each) for each in found],
        )


def gate_lines(
    context: ElementContext, unit: Unit, matrix_form: Callable[[Tensor], Line | None]
) -> Iterator[Line]:
    """Give the lines of a unit: its elements, and the chain rule for every operand.

    matrix_form  returns the line that the chain rule comes to for all elements together
    """
    gate: GateElements | None = None
    try:
        gate = GateElements(context, unit)
        yield _definition(context, gate)
    except NoElementsError:
        pass
    for operand in context.operands(unit.result):
        yield from _operand_lines(context, unit, gate, operand)
        whole = matrix_form(operand) if context.users[operand] == 1 else None
        if whole is not None:
            yield whole


def _definition(context: ElementContext, gate: GateElements) -> Line:
    index, formula = gate.definition()
    check = compared([(gate.value, gate.top.read(), ROUNDING)])
    return Line(context.value_name(gate.unit.result, index), formula, "", check)


def _operand_lines(
    context: ElementContext, unit: Unit, gate: GateElements | None, operand: Tensor
) -> Iterator[Line]:
    measured = _Measured.of(context, unit, operand)
    slopes: list[Slope] = []
    try:
        if gate is not None:
            slopes = gate.gradients(operand)
            local = gate.local(operand)
            if local is not None and not context.is_one(unit.result):
                yield from _local_lines(context, gate, operand, local, measured)
    except NoElementsError:
        pass
    yield _chain_line(context, unit, operand, slopes, measured)


def _local_lines(
    context: ElementContext, gate: GateElements, operand: Tensor, local: Slope, measured: _Measured
) -> Iterator[Line]:
    """Give the local gradient, and that it is 0 for all other elements of the result."""
    y, v = gate.unit.result, context.value_name(operand, local.subscript)
    out = [local.letters[i.axis] if isinstance(i, Letter) else i for i in gate.index]
    check = compared(_beside_columns(gate, local, measured), measured.sampled)
    yield Line(partial(context.value_name(y, out), v), local.text, "", check)
    shared = [each for each in out if each in local.subscript and isinstance(each, str)]
    if shared:
        other = _fresh(gate, local.subscript)
        differing = [a for a, b in zip(other, out, strict=True) if b in shared]
        note = f"for {_tuple(differing)} ≠ {_tuple(shared)}"
        yield Line(partial(context.value_name(y, other), v), "0", "", check, note)


def _beside_columns(
    gate: GateElements, local: Slope, measured: _Measured
) -> Iterator[tuple[Array, Array, float] | None]:
    """Give, per element of the operand, the whole derivative of the result twice."""
    shape = gate.unit.result.shape
    for place, found in zip(measured.places, measured.gate, strict=True):
        expected = np.zeros(shape)
        fixed = {i.axis: n for i, n in zip(local.at, place, strict=True) if isinstance(i, Letter)}
        where = tuple(
            fixed.get(i.axis, slice(None)) if isinstance(i, Letter) else i for i in gate.index
        )
        expected[where] = local.values(place)
        yield None if found is None else (expected, found.slopes, found.noise)


def _chain_line(
    context: ElementContext,
    unit: Unit,
    operand: Tensor,
    slopes: Sequence[Slope],
    measured: _Measured,
) -> Line:
    """Return the chain rule for one element of an operand, and what it comes to."""
    y = unit.result
    index = slopes[0].subscript if slopes else _canonical(operand)
    other = _fresh_for(y, index)
    is_one = context.is_one(y)
    delta = "" if is_one else f"{context.gradient_name(y, other) if y.primitive else ''} "
    summed = subscript([each for each in other if isinstance(each, str)])
    chain = partial(context.value_name(y, other), context.value_name(operand, index))
    middle = f"{f'Σ{summed} ' if summed else ''}{delta}{chain}"
    left = context.gradient_name(operand, index)
    texts = [each for each in (middle, " + ".join(each.text for each in slopes)) if each]
    shown = [each for each in dict.fromkeys(texts) if each != left]
    several = context.users[operand] > 1
    check = compared(
        _beside_differences(context, y, operand, slopes, measured, several), measured.sampled
    )
    through = f" (through {context.name(y)})" if several else ""
    return Line(left + through, " = ".join(shown), _shapes(y, operand), check)


def _shapes(y: Tensor, operand: Tensor) -> str:
    """Return the shapes of a gradient, of δ and of the local gradient, which is not built."""
    whole = shape_text(operand.shape)
    return f"{whole} = {y.shape} {(*y.shape, *operand.shape)}" if y.shape else whole


def _beside_differences(
    context: ElementContext,
    y: Tensor,
    operand: Tensor,
    slopes: Sequence[Slope],
    measured: _Measured,
    several: bool,
) -> Iterator[tuple[Array, Array, float] | None]:
    """Give the chain rule with measured local gradients beside what it comes to.

    That are the formulas, the measured gradient of the objective, and the one of the sweep.
    """
    delta, total = context.gradient(y), context.gradient(operand)
    rows = zip(measured.places, measured.gate, measured.objective, strict=True)
    for place, gate, objective in rows:
        if gate is None or objective is None:
            yield None
            continue
        chain = float((gate.slopes * delta).sum())
        found = [] if several else [float(objective.slopes), float(total[place])]
        if slopes:
            found.append(sum(float(each.values(place).sum()) for each in slopes))
        noise = max(gate.noise * float(np.abs(delta).sum()), objective.noise)
        yield np.full(len(found), chain), np.array(found), noise


def _fresh(gate: GateElements, taken: Sequence[str | int]) -> list[str | int]:
    return _fresh_for(gate.unit.result, taken)


def _fresh_for(node: Tensor, taken: Sequence[str | int]) -> list[str | int]:
    """Return an index of letters that are not taken."""
    unused = iter(each for each in _FRESH if each not in taken)
    return [0 if extent == 1 else next(unused) for extent in node.shape]


def _canonical(node: Tensor) -> list[str | int]:
    letters = iter("ijlmn")
    return [0 if extent == 1 else next(letters) for extent in node.shape]


def _tuple(letters: Sequence[str | int]) -> str:
    texts = list(map(str, letters))
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
