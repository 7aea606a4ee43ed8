"""Healthy runs, of the kinds that people train."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.nn import initial
from chainrule.ops import gelu, leaky_relu, relu, sigmoid, tanh
from chainrule.optim import SGD, Adagrad, Adam, AdamW
from chainrule.optim.schedules import Constant, WarmUp
from chainrule.train.doctor.planted.models import (
    Bag,
    Encoded,
    Heads,
    Last,
    backbone,
    convolutional,
    deep,
    normalised,
    zero_scores,
)
from chainrule.train.doctor.planted.planted import (
    Planted,
    curve,
    halves,
    images,
    large_targets,
    points,
    recent,
    sentences,
)

_SHORT = partial(recent, 20)
_he = partial(deep, initial=initial.he_normal, bias_initial=initial.zeros)


def _small(kind: Any, **options: Any) -> nn.Module:
    net: nn.Module = kind(2, 16, batch_first=True, random=0, **options)
    return net


def _of_heads(scores: Any, labels: Any) -> Any:
    first, second = scores
    return nn.cross_entropy(first, labels) + 1e-6 * nn.cross_entropy(second, labels)


def _unforgetting() -> nn.Module:
    net = _small(nn.LSTM)
    bias = net.named_parameters()["bias_ih_l0"]
    _, forgets, _, _ = np.split(shifted := np.array(bias.value), 4)
    forgets += 8
    bias.assign(shifted)
    return Last(net, 16)


HEALTHY = (
    Planted("ReLU", partial(deep, relu, 2), points),
    Planted(
        "tanh, SGD with momentum",
        partial(deep, tanh, 2),
        points,
        optimizer=partial(SGD, learning_rate=0.1, momentum=0.9),
    ),
    Planted(
        "one layer of sigmoid",
        partial(deep, sigmoid, 1),
        points,
        optimizer=partial(Adam, learning_rate=1e-2),
    ),
    Planted("ReLU, 10 layers of He weights", partial(_he, relu, 10), points),
    Planted("batch normalisation, 10 layers", partial(normalised, 10), points),
    Planted("leaky ReLU, 5 layers", partial(_he, leaky_relu, 5), points),
    Planted("GELU", partial(deep, gelu, 3), points),
    Planted("GELU by tanh", partial(deep, partial(gelu, approximate="tanh"), 3), points),
    Planted("convolutions", convolutional, images),
    Planted(
        "a recurrent net, eigenvalues of 1",
        lambda: Last(_small(nn.RNN, recurrent_initial=initial.orthogonal(1.0)), 16),
        _SHORT,
    ),
    Planted("LSTM", lambda: Last(_small(nn.LSTM), 16), _SHORT),
    Planted("GRU", lambda: Last(_small(nn.GRU), 16), _SHORT),
    Planted("Transformer encoder", Encoded, sentences, epochs=2, settings={"compiled": True}),
    Planted("word vectors", Bag, sentences, optimizer=partial(Adam, learning_rate=1e-2)),
    Planted(
        "regression",
        partial(deep, tanh, 2, inputs=1, outputs=1),
        curve,
        loss=nn.squared_error,
    ),
    Planted(
        "dropout",
        lambda: nn.Sequential(
            nn.Linear(10, 64, random=0), relu, nn.Dropout(0.5, random=1), nn.Linear(64, 2, random=2)
        ),
        points,
    ),
    Planted("a last layer of zeros", zero_scores, points),
    Planted(
        "logistic regression from zeros",
        lambda: nn.Linear(10, 2, initial=initial.zeros),
        points,
        optimizer=partial(Adam, learning_rate=1e-2),
    ),
    Planted("frozen first layers", backbone, points),
    Planted(
        "a warm-up from almost nothing",
        partial(deep, relu, 2),
        points,
        optimizer=lambda model: AdamW(model, learning_rate=WarmUp(Constant(1e-3), 64)),
    ),
    Planted(
        "Adagrad", partial(deep, relu, 2), points, optimizer=partial(Adagrad, learning_rate=0.05)
    ),
    Planted(
        "linear regression of large targets, by large steps",
        lambda: nn.Linear(10, 1, random=0),
        large_targets,
        optimizer=partial(Adam, learning_rate=1.0),
        loss=nn.squared_error,
    ),
    Planted("two heads, one of little weight", Heads, points, loss=_of_heads),
    Planted(
        "sigmoid at the output",
        lambda: nn.Sequential(deep(tanh, 1, outputs=1), sigmoid),
        halves,
        optimizer=partial(Adam, learning_rate=0.1),
        loss=nn.squared_error,
    ),
    Planted(
        "LSTM that forgets nothing",
        _unforgetting,
        _SHORT,
        optimizer=partial(Adam, learning_rate=1e-2),
    ),
    Planted(
        "five batches per step",
        partial(deep, relu, 2),
        points,
        optimizer=partial(Adam, learning_rate=1e-2, accumulate=5),
    ),
    Planted(
        "batches of 8",
        partial(deep, relu, 2),
        points,
        settings={"batch_size": 8},
    ),
)
