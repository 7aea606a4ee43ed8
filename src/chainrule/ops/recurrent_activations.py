"""Sigmoid and tanh for recurrent cells, whose backward reads only the output."""

from __future__ import annotations

from chainrule.graph import Tensor
from chainrule.ops.activations import sigmoid
from chainrule.ops.arithmetic import reciprocal
from chainrule.ops.elementary import exp, tanh
from chainrule.ops.gates import gate


@gate(says=sigmoid.says or "")
def gating_sigmoid(x: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-x)), with the slope output · (1 - output).

    A scan keeps one array per step for it, where `cr.sigmoid` keeps two. The slope loses digits
    where the output is close to 1, and is 0 where it rounds to 1.
    """
    return reciprocal(exp(-x) + 1)


@gating_sigmoid.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream * (output * (1 - output))


@gate(says="scales by 1 - output²")
def gating_tanh(x: Tensor) -> Tensor:
    """Return tanh(x), with the slope 1 - output²; see `gating_sigmoid`."""
    return tanh(x)


@gating_tanh.backward
def _(upstream: Tensor, output: Tensor, x: Tensor) -> Tensor:
    return upstream * (1 - output * output)


gating_sigmoid.name, gating_tanh.name = "sigmoid", "tanh"
