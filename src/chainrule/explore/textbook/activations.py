"""Activations as textbooks write them: the value, and the slope in terms of value and operand.

Libraries compute some of them otherwise, so that tails keep their digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from chainrule.graph import Tensor
from chainrule.ops import (
    abs,
    erfc,
    exp,
    log,
    maximum,
    minimum,
    sigmoid,
    sign,
    softplus,
    tanh,
    where,
)

Options = Mapping[str, Any]
Part = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Activation:
    """An elementwise function y = f(x).

    value  y, of x and a namespace of options and parts
    slope  dy/dx, of y, x and the namespace
    parts  functions that both are written with, such as σ
    """

    value: Callable[[Tensor, Any], Tensor]
    slope: Callable[[Tensor, Tensor, Any], Tensor]
    parts: Mapping[str, Part] = field(default_factory=dict)


Parts = dict[Tensor, tuple[str, Tensor]]


@dataclass(frozen=True)
class WrittenActivation:
    """An activation with its options, applied to tensors.

    The functions that a formula is written with are added to `parts`: their sign and operand.
    """

    form: Activation
    options: Options

    def value(self, x: Tensor, parts: Parts) -> Tensor:
        """Return y."""
        return self.form.value(x, self._namespace(x, parts))

    def slope(self, y: Tensor, x: Tensor, parts: Parts) -> Tensor:
        """Return dy/dx."""
        return self.form.slope(y, x, self._namespace(x, parts))

    def _namespace(self, x: Tensor, parts: Parts) -> SimpleNamespace:
        made = {sign: part(x) for sign, part in self.form.parts.items()}
        parts |= {each: (sign, x) for sign, each in made.items()}
        return SimpleNamespace(**{**self.options, **made})


def _either(condition: Tensor, yes: Any, no: Any, x: Tensor) -> Tensor:
    """Return a choice between numbers, in the dtype of `x`."""
    return where(condition, yes, no).astype(x.dtype)


_SIGMOID = {"σ": sigmoid}
_NORMAL = {
    "Φ": lambda x: erfc(x * (-1 / math.sqrt(2))) * 0.5,
    "φ": lambda x: exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi)),
}
_SELU, _ALPHA = 1.0507009873554805, 1.6732632423543772

ACTIVATIONS: Mapping[str, Activation] = {
    "sigmoid": Activation(lambda x, o: 1 / (1 + exp(-x)), lambda y, x, o: y * (1 - y)),
    "tanh": Activation(lambda x, o: tanh(x), lambda y, x, o: 1 - y * y),
    "relu": Activation(lambda x, o: maximum(x, 0), lambda y, x, o: _either(x > 0, 1, 0, x)),
    "leaky_relu": Activation(
        lambda x, o: where(x > 0, x, o.slope * x),
        lambda y, x, o: _either(x > 0, 1, o.slope, x),
    ),
    "elu": Activation(
        lambda x, o: where(x > 0, x, o.alpha * (exp(x) - 1)),
        lambda y, x, o: where(x > 0, 1, y + o.alpha),
    ),
    "celu": Activation(
        lambda x, o: where(x > 0, x, o.alpha * (exp(x / o.alpha) - 1)),
        lambda y, x, o: where(x > 0, 1, exp(x / o.alpha)),
    ),
    "selu": Activation(
        lambda x, o: where(x > 0, _SELU * x, _SELU * _ALPHA * (exp(x) - 1)),
        lambda y, x, o: where(x > 0, _SELU, y + _SELU * _ALPHA),
    ),
    "gelu": Activation(
        lambda x, o: x * o.Φ,
        lambda y, x, o: o.Φ + x * o.φ,
        _NORMAL,
    ),
    "silu": Activation(lambda x, o: x * o.σ, lambda y, x, o: o.σ + y * (1 - o.σ), _SIGMOID),
    "softplus": Activation(lambda x, o: log(1 + exp(x)), lambda y, x, o: o.σ, _SIGMOID),
    "log_sigmoid": Activation(lambda x, o: log(o.σ), lambda y, x, o: 1 - o.σ, _SIGMOID),
    "softsign": Activation(lambda x, o: x / (1 + abs(x)), lambda y, x, o: 1 / (1 + abs(x)) ** 2),
    "mish": Activation(
        lambda x, o: x * o.τ,
        lambda y, x, o: o.τ + x * o.σ * (1 - o.τ * o.τ),
        {"τ": lambda x: tanh(softplus(x)), **_SIGMOID},
    ),
    "hard_tanh": Activation(
        lambda x, o: minimum(maximum(x, -1), 1),
        lambda y, x, o: _either(abs(x) < 1, 1, 0, x),
    ),
    "relu6": Activation(
        lambda x, o: minimum(maximum(x, 0), 6),
        lambda y, x, o: _either(abs(x - 3) < 3, 1, 0, x),
    ),
    "hard_sigmoid": Activation(
        lambda x, o: minimum(maximum(x / 6 + 0.5, 0), 1),
        lambda y, x, o: _either(abs(x) < 3, 1 / 6, 0, x),
    ),
    "hard_swish": Activation(
        lambda x, o: x * minimum(maximum(x / 6 + 0.5, 0), 1),
        lambda y, x, o: where(abs(x) < 3, x / 3 + 0.5, _either(x > 0, 1, 0, x)),
    ),
    "hard_shrink": Activation(
        lambda x, o: where(abs(x) > o.limit, x, 0),
        lambda y, x, o: _either(abs(x) > o.limit, 1, 0, x),
    ),
    "soft_shrink": Activation(
        lambda x, o: where(abs(x) > o.limit, x - o.limit * sign(x), 0),
        lambda y, x, o: _either(abs(x) > o.limit, 1, 0, x),
    ),
}


def activation(name: str, options: Options) -> WrittenActivation | None:
    """Return the textbook form of an activation; None if there is none for these options."""
    form = ACTIVATIONS.get(name)
    if form is None or options.get("approximate", "none") != "none":
        return None
    return WrittenActivation(form, options)
