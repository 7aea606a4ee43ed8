"""Index notation: names of elements with subscripts, and formulas of elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chainrule.explore.notation.formula import FormulaPiece, FormulaWriter, filled
from chainrule.graph import Notation, Tensor

_PRODUCT, _QUOTIENT = Notation("{} {}", 3), Notation("{} / {}", 2)
_LOWERED = str.maketrans("0123456789ijklmnpr", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₚᵣ")


def subscript(index: Sequence[str | int]) -> str:
    """Return letters and positions as a subscript; positions are counted from 1.

    Positions of two digits are separated by commas.
    """
    texts = [each if isinstance(each, str) else str(each + 1) for each in index]
    apart = "," if any(len(each) > 1 for each in texts) else ""
    return apart.join(texts).translate(_LOWERED)


def partial(of: str, by: str) -> str:
    """Return the derivative of one name with respect to another, as text."""
    return f"∂{of}/∂{by}"


class ElementWriter(FormulaWriter):
    """Writes formulas of elements; every axis of their tensors stands for one letter.

    letters  maps axes to letters
    """

    def __init__(
        self,
        names: Mapping[Tensor, str],
        letters: Mapping[int, str],
        ones: frozenset[Tensor] = frozenset(),
    ) -> None:
        super().__init__(names, ones)
        self._letters = letters

    def _expanded(self, tensor: Tensor) -> FormulaPiece:
        if tensor.primitive is not None and tensor.primitive.name == "add":
            first, second = (self._written(each) for each in tensor.inputs)
            if first.text == second.text:
                return _times("2", first)
        if tensor.primitive is not None and tensor.primitive.name == "multiply":
            first, second = (self._written(each) for each in tensor.inputs)
            if second.text.replace(".", "").isdigit() and not second.unit:
                return _times(second.text, first)
        if tensor.primitive is not None and tensor.primitive.name == "divide":
            first, second = (self._written(each) for each in tensor.inputs)
            if second.notation == _PRODUCT:
                enclosed = FormulaPiece(f"({second.text})")
                return FormulaPiece(filled(_QUOTIENT, [first, enclosed]), _QUOTIENT)
        return super()._expanded(tensor)

    def _notation(self, tensor: Tensor) -> Notation:
        assert tensor.primitive is not None
        if tensor.primitive.name == "multiply":
            first, second = tensor.inputs
            if first is second:
                return Notation("{}²")
            return _PRODUCT
        if tensor.primitive.name == "pow":
            return Notation("{}^{}", 4)
        if tensor.primitive.name == "sum":
            axes = [axis for axis in tensor.attributes["axis"] if tensor.inputs[0].shape[axis] > 1]
            letters = subscript([self._letters[axis] for axis in axes])
            return Notation(f"Σ{letters} {{}}", 2) if axes else Notation("{}")
        return super()._notation(tensor)


def _times(number: str, piece: FormulaPiece) -> FormulaPiece:
    """Return a number times a piece."""
    is_bare = piece.notation.level >= _PRODUCT.level
    return FormulaPiece(f"{number} {piece.text if is_bare else f'({piece.text})'}", _PRODUCT)
