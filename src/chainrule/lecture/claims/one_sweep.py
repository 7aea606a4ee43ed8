"""All gradients come from one sweep: what arrives at a layer, delta, is computed once and shared.

Nets of layers h = sigmoid(W x + b), and the gradients of every W, every b and of x: from one sweep,
and each from a sweep of its own. Both read the values that the forward pass left in the graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import seconds
from chainrule.lecture.writing import time

DEPTHS = (1, 2, 4, 8, 16)
WIDTH, BATCH, ELEMENTS = 32, 16, 1_000_000

Net = tuple[cr.Tensor, list[cr.Tensor]]
Activation = Callable[[cr.Tensor], cr.Tensor]


@cr.gate
def forgetful(x: cr.Tensor) -> cr.Tensor:
    """A sigmoid whose backward does not reuse its output."""
    return cr.sigmoid(x)


@forgetful.backward
def _(upstream: cr.Tensor, output: cr.Tensor, x: cr.Tensor) -> cr.Tensor:
    again = 1 / (1 + cr.exp(-x))
    return upstream * (again * (1 - again))


@claim("A12", "One sweep gives all gradients: delta is computed once and shared, sigmoid reuses y.")
def one_sweep() -> Outcome:
    nets = [_net(depth, cr.sigmoid) for depth in DEPTHS]
    one = [_backward_gates(net, _one_sweep(net)) for net in nets]
    own = [_backward_gates(net, _own_sweeps(net)) for net in nets]
    fast = [seconds(partial(_one_sweep, net)) for net in nets]
    slow = [seconds(partial(_own_sweeps, net)) for net in nets]
    recomputing = [_net(depth, forgetful) for depth in DEPTHS]
    again = [_backward_gates(net, _one_sweep(net)) for net in recomputing]
    reused, recomputed = _backward_time(cr.sigmoid), _backward_time(forgetful)

    same = all(
        np.array_equal(shared.value, alone.value)
        for net in nets
        for shared, alone in zip(_one_sweep(net), _own_sweeps(net), strict=True)
    )
    more, longer = own[-1].total() / one[-1].total(), slow[-1] / fast[-1]
    return Outcome(
        figures={
            "1 layer, 3 gradients": _gates(one[0], own[0]),
            "16 layers, 33 gradients": _gates(one[-1], own[-1]),
            "of these, products": f"{one[-1]['matmul']} and {own[-1]['matmul']}",
            "time": f"{time(fast[-1])} and {time(slow[-1])}",
            "exp computed again": f"{one[-1]['exp']}; {again[-1]['exp']} if y is not reused",
            "backward of a million sigmoids": f"{time(reused)}; {time(recomputed)} if y is not "
            "reused",
            "the gradients": "equal in every bit" if same else "differ",
        },
        held=same and more > 5 and longer > 2 and one[-1]["exp"] == 0,
        because=f"a sweep for each of 33 gradients runs {more:.1f} times the gates in {longer:.1f} "
        f"times the time, and of {again[-1]['exp']} exp none is computed again",
        draw=lambda figure: _draw(figure, (own, again, one), (slow, fast)),
    )


def _net(depth: int, activation: Activation) -> Net:
    """Return the loss of a net, and the tensors whose gradients are wanted."""
    random = np.random.default_rng(0)
    layers = [cr.nn.Linear(WIDTH, WIDTH, random=random) for _ in range(depth)]
    x: cr.Tensor = cr.input("x", value=random.normal(size=(BATCH, WIDTH)).astype("float32"))
    h = x
    for layer in layers:
        h = activation(layer(h))
    return (h * h).sum(), [x, *(each for layer in layers for each in layer.parameters())]


def _one_sweep(net: Net) -> list[Any]:
    loss, wanted = net
    return cr.gradients(loss, wanted)


def _own_sweeps(net: Net) -> list[Any]:
    loss, wanted = net
    return [cr.gradients(loss, [each])[0] for each in wanted]


def _backward_gates(net: Net, gradients: Sequence[cr.Tensor]) -> Counter[str]:
    """Count the gates that the gradients need beyond those of the loss, by their kinds."""
    forward = {each.tensor for each in cr.Graph(net[0]).gates}
    gates = cr.Graph(gradients).gates
    return Counter(each.kind for each in gates if each.tensor not in forward)


def _backward_time(activation: Activation) -> float:
    x = np.linspace(-4, 4, ELEMENTS, dtype="float32")
    _, pullback = cr.vjp(activation, x)
    return seconds(lambda: pullback(x))


def _gates(one: Counter[str], own: Counter[str]) -> str:
    return f"{one.total()} gates in one sweep, {own.total():,} in a sweep for each"


def _draw(
    figure: Any, gates: Sequence[Sequence[Counter[str]]], times: Sequence[Sequence[float]]
) -> None:
    own, one = ("s-", "tab:orange", "a sweep for each"), ("o-", "tab:blue", "one sweep")
    again = ("^--", "black", "one sweep, exp computed again")
    totals = [[found.total() for found in each] for each in gates]
    scaled = [np.array(each) * 1e3 for each in times]
    for axes, looks, curves, what in (
        (figure.add_subplot(1, 2, 1), (own, again, one), totals, "gates of the backward pass"),
        (figure.add_subplot(1, 2, 2), (own, one), scaled, "time of the backward pass, ms"),
    ):
        for (mark, colour, label), values in zip(looks, curves, strict=True):
            axes.loglog(DEPTHS, values, mark, color=colour, label=label)
        axes.set(xlabel="layers", ylabel=what, ylim=(None, 5 * curves[0][-1]))
        axes.set_xticks(DEPTHS, DEPTHS)
        axes.legend(loc="upper left")
