"""Activations by the names that configurations use."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.graph import Tensor
from chainrule.ops import gelu, relu, sigmoid, silu, tanh
from chainrule.pretrained.errors import PretrainedError

Activation = Callable[[Tensor], Tensor]


def gelu_tanh(x: Tensor) -> Tensor:
    """Return the tanh form of GELU."""
    return gelu(x, "tanh")


def quick_gelu(x: Tensor) -> Tensor:
    """Return x · sigmoid(1.702 x)."""
    return x * sigmoid(x * 1.702)


_BY_NAME: dict[str, Activation] = {
    "gelu": gelu,
    "gelu_python": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "quick_gelu": quick_gelu,
    "relu": relu,
    "silu": silu,
    "swish": silu,
    "tanh": tanh,
}


def activation_named(name: str) -> Activation:
    """Return the activation that a configuration names; raises PretrainedError for another."""
    if name not in _BY_NAME:
        raise PretrainedError(
            f"The configuration asks for the activation {name!r}. Known are {', '.join(_BY_NAME)}."
        )
    return _BY_NAME[name]
