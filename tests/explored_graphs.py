"""Graphs that the tests of the explorer page open in a browser."""

import numpy as np

import chainrule as cr
from explained_models import MODELS, attending


def circuit(x=-2.0, y=5.0, z=-4.0):
    """The circuit of the README, f = (x + y) max(y, z)."""
    x, y, z = (cr.input(name, value=value) for name, value in (("x", x), ("y", y), ("z", z)))
    f = (x + y) * cr.maximum(y, z)
    return cr.Graph(f)


def perceptron():
    """A small network with one hidden layer."""
    random = np.random.default_rng(0)
    model = cr.nn.Sequential(cr.nn.Linear(2, 4, random=0), cr.tanh, cr.nn.Linear(4, 3, random=1))
    x = cr.input("x", value=random.normal(size=(6, 2)))
    loss = cr.nn.cross_entropy(model(x), cr.input("labels", value=np.arange(6) % 3))
    return cr.Graph(loss)


DRAWN = {
    "circuit": circuit,
    "perceptron": perceptron,
    **{name: MODELS[name] for name in ("convolutions", "tagger", "LSTM")},
    "Transformer of 12 layers": lambda: attending(12),
}
