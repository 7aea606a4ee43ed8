"""Formulas of tensors: the notations of their gates, with brackets where they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

from chainrule.explore.number_text import number
from chainrule.graph import Constant, Notation, Tensor, topological_order

_ATOM = 9
_PRODUCT = Notation("{} {}", 2)
_NEGATION = Notation("-{}", 2)
_PRODUCTS = {"{} ∘ {}", "{} · {}", "{} {}"}
_ASSOCIATIVE = {"{} + {}", "{} ∘ {}", "{} · {}", "{} {}"}
_READ_FROM_THE_LEFT = {
    "{} + {}": {"{} + {}", "{} - {}"},
    "{} - {}": {"{} + {}", "{} - {}"},
    "{} ∘ {}": {"{} ∘ {}", "{} / {}", "-{}"},
    "{} · {}": {"{} · {}", "{} / {}", "-{}"},
    "{} / {}": {"{} ∘ {}", "{} · {}", "{} / {}", "-{}"},
    "{} {}": {"{} {}", "-{}"},
    "-{}": {"{} ∘ {}", "{} · {}", "{} / {}", "{} {}"},
}
_OPENING, _CLOSING = "([⌊⌈", ")]⌋⌉"


@dataclass(frozen=True)
class FormulaPiece:
    """A piece of a formula: its text, its outermost notation, and 1 or -1 if it is that number."""

    text: str
    notation: Notation = field(default=Notation("", _ATOM))
    unit: int = 0


class FormulaWriter:
    """Writes tensors in terms of those that have a name.

    names  maps tensors to their names; tensors without a name are written out
    ones   named tensors whose value is 1; products with them are omitted
    """

    def __init__(self, names: Mapping[Tensor, str], ones: frozenset[Tensor] = frozenset()) -> None:
        self._names = names
        self._ones = ones
        self._done: dict[Tensor, FormulaPiece] = {}

    def write(self, tensor: Tensor) -> str:
        """Return the name of `tensor` if it has one, else its formula."""
        return self._written(tensor).text

    def define(self, tensor: Tensor) -> str:
        """Return the formula of a named tensor in terms of its inputs."""
        for each in tensor.inputs:
            self._written(each)
        return self._expanded(tensor).text

    def has_at_most(self, symbols: int, tensor: Tensor) -> bool:
        """Say whether the formula of `tensor` has at most so many symbols, without writing it."""
        return self._symbols(tensor, symbols) <= symbols

    def _symbols(self, tensor: Tensor, most: int) -> int:
        count = 1
        for each in tensor.inputs:
            if count > most:
                break
            count += 1 if each in self._names else self._symbols(each, most - count)
        return count

    def _written(self, tensor: Tensor) -> FormulaPiece:
        """Return the piece of a tensor; its inputs are written first, without recursion."""
        if tensor not in self._done:
            for each in topological_order(self._made_of(tensor), without=self):
                self._done[each] = self._fresh(each)
            self._done[tensor] = self._fresh(tensor)
        return self._done[tensor]

    def _made_of(self, tensor: Tensor) -> tuple[Tensor, ...]:
        return () if tensor in self else tensor.inputs

    def __contains__(self, tensor: object) -> bool:
        """Say whether a tensor can be written without its inputs."""
        return tensor in self._done or tensor in self._names or tensor in self._ones

    def _fresh(self, tensor: Tensor) -> FormulaPiece:
        if tensor in self._ones:
            return _number(1.0)
        if tensor in self._names:
            return _named(self._names[tensor])
        return self._expanded(tensor)

    def _expanded(self, tensor: Tensor) -> FormulaPiece:
        if tensor.primitive is None:
            return _leaf(tensor, self._names.get(tensor))
        if _is_transpose(tensor) and self._is_unnamed_transpose(tensor.inputs[0]):
            return self._written(tensor.inputs[0].inputs[0])
        factors = self._transposed_factors(tensor)
        operands = factors or [self._written(each) for each in tensor.inputs]
        notation = _PRODUCT if factors else self._notation(tensor)
        if notation.template == "{}":
            return operands[0]
        if notation.template == "-{}" and operands[0].unit:
            return _number(-float(operands[0].unit))
        return _without_unit(tensor, notation, operands) or FormulaPiece(
            filled(notation, operands), notation
        )

    def _notation(self, tensor: Tensor) -> Notation:
        """Return the notation of a gate."""
        assert tensor.primitive is not None
        notation = tensor.primitive.notation
        found = notation(*tensor.inputs, **tensor.attributes) if callable(notation) else notation
        if found.template == "{} ∘ {}" and any(each.size == 1 for each in tensor.inputs):
            return Notation("{} · {}", found.level)
        return found

    def _transposed_factors(self, tensor: Tensor) -> list[FormulaPiece] | None:
        """Return Bᵀ and Aᵀ if `tensor` is (A B)ᵀ and the product has no name."""
        product = tensor.inputs[0] if _is_transpose(tensor) else tensor
        if product is tensor or product in self._names or not _is_matrix_product(product):
            return None
        return [self._transposed(each) for each in reversed(product.inputs)]

    def _transposed(self, matrix: Tensor) -> FormulaPiece:
        if self._is_unnamed_transpose(matrix):
            return self._written(matrix.inputs[0])
        notation = Notation("{}ᵀ")
        return FormulaPiece(filled(notation, [self._written(matrix)]), notation)

    def _is_unnamed_transpose(self, tensor: Tensor) -> bool:
        return _is_transpose(tensor) and tensor not in self._names


def _is_transpose(tensor: Tensor) -> bool:
    """Say whether a gate transposes a matrix."""
    return (
        tensor.primitive is not None
        and tensor.primitive.name == "permute_dims"
        and tensor.attributes["axes"] == (1, 0)
    )


def _is_matrix_product(tensor: Tensor) -> bool:
    is_product = tensor.primitive is not None and tensor.primitive.name == "matmul"
    return is_product and all(each.ndim == 2 for each in tensor.inputs)


def _leaf(tensor: Tensor, name: str | None) -> FormulaPiece:
    if isinstance(tensor, Constant) and tensor.size == 1:
        return _number(tensor.item())
    return _named(name or tensor.name or f"constant {tensor.shape}")


def _number(value: float | int | bool) -> FormulaPiece:
    unit = int(value) if value in (1, -1) and not isinstance(value, bool) else 0
    return FormulaPiece(number(value), _named(number(value)).notation, unit)


def _named(text: str) -> FormulaPiece:
    """Return a name or number as a piece; a negative number has the precedence of a negation."""
    return FormulaPiece(text, _NEGATION if text.startswith("-") else Notation("", _ATOM))


def _without_unit(
    product: Tensor, notation: Notation, operands: list[FormulaPiece]
) -> FormulaPiece | None:
    """Return the other operand, or its negative, if one operand of a product is 1 or -1."""
    if notation.template not in _PRODUCTS:
        return None
    assert product.primitive is not None
    elementwise = product.primitive.family == "elementwise"
    for position, each in enumerate(operands):
        if each.unit and (elementwise or product.inputs[position].size == 1):
            other = operands[1 - position]
            return other if each.unit == 1 else FormulaPiece(filled(_NEGATION, [other]), _NEGATION)
    return None


def filled(notation: Notation, operands: list[FormulaPiece]) -> str:
    """Return a notation with its operands, in brackets where they need them."""
    pieces, depth, bars = [], 0, 0
    remaining = iter(enumerate(operands))
    for literal, placeholder, _, _ in Formatter().parse(notation.template):
        pieces.append(literal)
        depth += sum(literal.count(each) for each in _OPENING)
        depth -= sum(literal.count(each) for each in _CLOSING)
        bars += literal.count("|")
        if placeholder is not None:
            position, operand = next(remaining)
            enclosed = depth > 0 or bars % 2 == 1
            bare = enclosed or _stands_bare(notation, position, operand)
            pieces.append(operand.text if bare else f"({operand.text})")
    return "".join(pieces)


def _stands_bare(outer: Notation, position: int, operand: FormulaPiece) -> bool:
    """Say whether an operand needs no brackets inside the notation of another gate."""
    inner = operand.notation
    if operand.text.startswith("-") and (position > 0 or outer.template == "-{}"):
        return False
    if inner.level != outer.level or inner.level == _ATOM:
        return inner.level > outer.level or inner.template == ""
    if position == 0:
        return inner.template in _READ_FROM_THE_LEFT.get(outer.template, set())
    return inner.template == outer.template and outer.template in _ASSOCIATIVE
