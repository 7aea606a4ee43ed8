"""One sweep yields all gradients: delta, the gradient that arrives at a layer, is computed once.

Nets of layers h = sigmoid(W x + b), and the gradients of every W, every b and of x: from one sweep,
and each from a separate sweep. Both read the values that the forward pass kept in the graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.lecture.claim import Outcome, claim
from chainrule.lecture.measuring import seconds
from chainrule.lecture.unit_text import time

DEPTHS = (1, 2, 4, 8, 16)
WIDTH, BATCH = 32, 16


@cr.gate
def forgetful(x: cr.Tensor) -> cr.Tensor:
    """A sigmoid whose backward does not reuse its output."""
    return cr.sigmoid(x)


@forgetful.backward
def _(upstream: cr.Tensor, output: cr.Tensor, x: cr.Tensor) -> cr.Tensor:
    again = 1 / (1 + cr.exp(-x))
    return upstream * (again * (1 - again))


@claim("One sweep gives all gradients: delta is computed once and shared, sigmoid reuses y.")
def one_sweep() -> Outcome:
    nets = [_net(depth, cr.sigmoid) for depth in DEPTHS]
    one = [_added_gates(loss, cr.gradients(loss, wanted)) for loss, wanted in nets]
    own = [_added_gates(loss, _own_sweeps(loss, wanted)) for loss, wanted in nets]
    fast = [seconds(partial(cr.gradients, *net)) for net in nets]
    slow = [seconds(partial(_own_sweeps, *net)) for net in nets]

    recomputing = [_net(depth, forgetful) for depth in DEPTHS]
    again = [_added_gates(loss, cr.gradients(loss, wanted)) for loss, wanted in recomputing]

    pairs = zip(cr.gradients(*nets[-1]), _own_sweeps(*nets[-1]), strict=True)
    same = all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)
    more, longer = own[-1].total() / one[-1].total(), slow[-1] / fast[-1]
    gates = {"a sweep for each": own, "one sweep": one, "one sweep, exp recomputed": again}
    return Outcome(
        figures={
            "1 layer, 3 gradients": f"{one[0].total()} gates in one sweep, {own[0].total()} in a "
            "sweep for each",
            "16 layers, 33 gradients": f"{one[-1].total()} and {own[-1].total():,} gates",
            "of these, products": f"{one[-1]['matmul']} and {own[-1]['matmul']}",
            "time": f"{time(fast[-1])} and {time(slow[-1])}",
            "exp recomputed": f"{one[-1]['exp']}; {again[-1]['exp']} if y is not reused",
            "the gradients": "equal in every bit" if same else "differ",
        },
        held=same and more > 5 and longer > 2 and one[-1]["exp"] == 0,
        because=f"a sweep for each of 33 gradients runs {more:.1f} times the gates in {longer:.1f} "
        f"times the time; one sweep recomputes none of {again[-1]['exp']} exp",
        draw=lambda figure: _draw(figure, gates, {"a sweep for each": slow, "one sweep": fast}),
        graphs={f"a net of {DEPTHS[0]} layer": cr.Graph(nets[0][0])},
    )


def _net(depth: int, activation: Callable[..., cr.Tensor]) -> tuple[cr.Tensor, list[cr.Tensor]]:
    """Return the loss of a net, and the tensors to differentiate with respect to."""
    random = np.random.default_rng(0)
    x = cr.input("x", value=random.normal(size=(BATCH, WIDTH)).astype("float32"))
    layers = [cr.nn.Linear(WIDTH, WIDTH, random=random) for _ in range(depth)]
    h: cr.Tensor = x
    for layer in layers:
        h = activation(layer(h))
    return (h * h).sum(), [x, *(each for layer in layers for each in layer.parameters())]


def _own_sweeps(loss: cr.Tensor, wanted: Sequence[cr.Tensor]) -> list[Any]:
    return [cr.gradients(loss, [each])[0] for each in wanted]


def _added_gates(loss: cr.Tensor, gradients: Sequence[Any]) -> Counter[str]:
    """Count the gates that the gradients need in addition to those of the loss, by kind."""
    forward = {each.tensor for each in cr.Graph(loss).gates}
    gates = cr.Graph(gradients).gates
    return Counter(each.kind for each in gates if each.tensor not in forward)


def _draw(figure: Any, gates: Mapping[str, Any], times: Mapping[str, Any]) -> None:
    count, clock = figure.subplots(1, 2)
    for (name, counters), mark in zip(gates.items(), ("s-", "o-", "^--"), strict=True):
        count.loglog(DEPTHS, [each.total() for each in counters], mark, label=name)
    for (name, values), mark in zip(times.items(), ("s-", "o-"), strict=True):
        clock.loglog(DEPTHS, 1e3 * np.array(values), mark, label=name)
    count.set_ylabel("gates of the backward pass")
    clock.set_ylabel("time of the backward pass, ms")
    for axes in (count, clock):
        axes.set_xlabel("layers")
        axes.set_xticks(DEPTHS, DEPTHS)
        axes.margins(y=0.3)
        axes.legend(loc="upper left")
