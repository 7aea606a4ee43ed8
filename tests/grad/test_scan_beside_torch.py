"""Recurrent nets written with `cr.scan` beside PyTorch's own, in float64."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import compare, torch

BATCH, STATE, ENTERING, STEPS = 3, 4, 5, 6


def arrays(gates):
    random = np.random.default_rng(11)
    shapes = [
        *((STEPS, BATCH, ENTERING), (gates * STATE, ENTERING), (gates * STATE, STATE)),
        *((gates * STATE,), (gates * STATE,), (BATCH, STATE), (BATCH, STATE)),
    ]
    return [random.normal(size=each) for each in shapes]


def theirs(kind, reverse=False):
    """The layer of torch as a function of its input, weights and first states."""

    def function(x, w, u, b, c, *first):
        layer = getattr(torch.nn, kind)(ENTERING, STATE, dtype=torch.float64)
        names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
        state = tuple(each[None] for each in first)
        states = state if kind == "LSTM" else state[0]
        weights = dict(zip(names, (w, u, b, c), strict=True))
        output, _ = torch.func.functional_call(
            layer, weights, (x.flip(0) if reverse else x, states)
        )
        unused = first[1].sum() * 0 if kind != "LSTM" else 0
        return (output.flip(0) if reverse else output) + unused

    return function


def parts(x, count):
    return [x[:, i * STATE : (i + 1) * STATE] for i in range(count)]


def vanilla(x, w, u, b, c, h, unused, reverse=False):
    def cell(h, x):
        h = cr.tanh(x @ w.T + b + h @ u.T + c)
        return h, h

    return cr.scan(cell, h, x, reverse=reverse)[1] + unused.sum() * 0.0


def lstm(x, w, u, b, c, h, memory, reverse=False):
    def cell(state, x):
        h, memory = state
        i, f, g, o = parts(x @ w.T + b + h @ u.T + c, 4)
        memory = cr.sigmoid(f) * memory + cr.sigmoid(i) * cr.tanh(g)
        h = cr.sigmoid(o) * cr.tanh(memory)
        return (h, memory), h

    return cr.scan(cell, (h, memory), x, reverse=reverse)[1]


def gru(x, w, u, b, c, h, unused, reverse=False):
    def cell(h, x):
        (r, z, n), (rh, zh, nh) = parts(x @ w.T + b, 3), parts(h @ u.T + c, 3)
        update = cr.sigmoid(z + zh)
        h = (1 - update) * cr.tanh(n + cr.sigmoid(r + rh) * nh) + update * h
        return h, h

    return cr.scan(cell, h, x, reverse=reverse)[1] + unused.sum() * 0.0


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("ours", "kind", "gates"), [(vanilla, "RNN", 1), (lstm, "LSTM", 4), (gru, "GRU", 3)]
)
def test_recurrent_nets_are_those_of_torch(ours, kind, gates, reverse):
    compare(lambda *xs: ours(*xs, reverse=reverse), theirs(kind, reverse), *arrays(gates))
