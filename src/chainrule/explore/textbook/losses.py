"""Losses as textbooks write them: the terms that are added up, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from chainrule.explore.textbook.activations import Options, Part, Parts
from chainrule.graph import Tensor
from chainrule.ops import abs, log, maximum, sigmoid, sign, where

Term = Callable[[Tensor, Tensor, Any], Tensor]


@dataclass(frozen=True)
class ElementLoss:
    """A loss that adds up a term ℓ(x, t) per element.

    term    ℓ, of x, t and a namespace of options and parts
    slopes  ∂ℓ/∂x and ∂ℓ/∂t
    parts   functions that the formulas are written with, and their operand: 0 for x, 1 for t
    fits    whether the formulas hold for the options
    by_row  whether the mean is over rows, not over elements
    """

    term: Term
    slopes: tuple[Term, Term]
    parts: Mapping[str, tuple[int, Part]] = field(default_factory=dict)
    fits: Callable[[Options], bool] = lambda options: True
    by_row: bool = False


def _within(x: Tensor, t: Tensor, o: Any) -> Tensor:
    """Return 1 where a pair of scores is within the margin, else 0."""
    return where(o.margin - x + t > 0, 1, 0).astype(x.dtype)


def _huber(x: Tensor, t: Tensor, o: Any) -> Tensor:
    d = abs(x - t)
    return where(d <= o.delta, d * d / 2, o.delta * (d - o.delta / 2))


def _huber_slope(x: Tensor, t: Tensor, o: Any) -> Tensor:
    return where(abs(x - t) <= o.delta, x - t, o.delta * sign(x - t))


ELEMENT_LOSSES: Mapping[str, ElementLoss] = {
    "squared_error": ElementLoss(
        lambda x, t, o: (x - t) ** 2,
        (lambda x, t, o: 2 * (x - t), lambda x, t, o: -2 * (x - t)),
    ),
    "absolute_error": ElementLoss(
        lambda x, t, o: abs(x - t),
        (lambda x, t, o: sign(x - t), lambda x, t, o: -sign(x - t)),
    ),
    "huber": ElementLoss(_huber, (_huber_slope, lambda x, t, o: -_huber_slope(x, t, o))),
    "binary_cross_entropy": ElementLoss(
        lambda x, t, o: -(t * log(o.σ) + (1 - t) * log(1 - o.σ)),
        (lambda x, t, o: o.σ - t, lambda x, t, o: -x),
        {"σ": (0, sigmoid)},
        lambda options: options["positive_weight"] == 1,
    ),
    "max_margin": ElementLoss(
        lambda x, t, o: maximum(o.margin - x + t, 0),
        (lambda x, t, o: -_within(x, t, o), _within),
    ),
    "kl_divergence": ElementLoss(
        lambda x, t, o: t * (o.log - x),
        (lambda x, t, o: -t, lambda x, t, o: where(t > 0, o.log - x + 1, 0)),
        {"log": (1, lambda t: log(where(t > 0, t, 1)))},
        by_row=True,
    ),
}


@dataclass(frozen=True)
class WrittenLoss:
    """A loss with its options, applied to x and t.

    The functions that a formula is written with are added to `parts`: their sign and operand.
    """

    form: ElementLoss
    options: Options

    def term(self, operands: tuple[Tensor, Tensor], parts: Parts) -> Tensor:
        """Return ℓ."""
        return self.form.term(*operands, self._namespace(operands, parts))

    def slope(self, position: int, operands: tuple[Tensor, Tensor], parts: Parts) -> Tensor:
        """Return ∂ℓ/∂x for position 0, ∂ℓ/∂t for 1."""
        return self.form.slopes[position](*operands, self._namespace(operands, parts))

    def _namespace(self, operands: tuple[Tensor, Tensor], parts: Parts) -> SimpleNamespace:
        made = {sign: part(operands[i]) for sign, (i, part) in self.form.parts.items()}
        parts |= {made[sign]: (sign, operands[i]) for sign, (i, _) in self.form.parts.items()}
        return SimpleNamespace(**{**self.options, **made})
