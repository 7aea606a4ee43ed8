"""Healthy runs, of the kinds that people train."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.doctor.datasets import (
    images,
    large_targets,
    points,
    recent_sums,
    sentences,
    sign_targets,
    sine_curve,
)
from benchmarks.doctor.models import (
    EncodedSentence,
    LastOutput,
    TwoHeads,
    WordBag,
    batch_normalised,
    convolutional,
    deep,
    frozen_first_layers,
    zero_last_layer,
)
from benchmarks.doctor.planted_run import PlantedRun
from chainrule import nn
from chainrule.nn import initial
from chainrule.ops import gelu, leaky_relu, relu, sigmoid, tanh
from chainrule.optim import SGD, Adagrad, Adam, AdamW
from chainrule.optim.schedules import Constant, WarmUp

_SHORT = partial(recent_sums, 20)
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
    return LastOutput(net, 16)


HEALTHY = (
    PlantedRun("ReLU", partial(deep, relu, 2), points),
    PlantedRun(
        "tanh, SGD with momentum",
        partial(deep, tanh, 2),
        points,
        optimizer=partial(SGD, learning_rate=0.1, momentum=0.9),
    ),
    PlantedRun(
        "one layer of sigmoid",
        partial(deep, sigmoid, 1),
        points,
        optimizer=partial(Adam, learning_rate=1e-2),
    ),
    PlantedRun("ReLU, 10 layers of He weights", partial(_he, relu, 10), points),
    PlantedRun("batch normalisation, 10 layers", partial(batch_normalised, 10), points),
    PlantedRun("leaky ReLU, 5 layers", partial(_he, leaky_relu, 5), points),
    PlantedRun("GELU", partial(deep, gelu, 3), points),
    PlantedRun("GELU by tanh", partial(deep, partial(gelu, approximate="tanh"), 3), points),
    PlantedRun("convolutions", convolutional, images),
    PlantedRun(
        "a recurrent net, eigenvalues of 1",
        lambda: LastOutput(_small(nn.RNN, recurrent_initial=initial.orthogonal(1.0)), 16),
        _SHORT,
    ),
    PlantedRun("LSTM", lambda: LastOutput(_small(nn.LSTM), 16), _SHORT),
    PlantedRun("GRU", lambda: LastOutput(_small(nn.GRU), 16), _SHORT),
    PlantedRun(
        "Transformer encoder", EncodedSentence, sentences, epochs=2, settings={"compiled": True}
    ),
    PlantedRun("word vectors", WordBag, sentences, optimizer=partial(Adam, learning_rate=1e-2)),
    PlantedRun(
        "regression",
        partial(deep, tanh, 2, inputs=1, outputs=1),
        sine_curve,
        loss=nn.squared_error,
    ),
    PlantedRun(
        "dropout",
        lambda: nn.Sequential(
            nn.Linear(10, 64, random=0), relu, nn.Dropout(0.5, random=1), nn.Linear(64, 2, random=2)
        ),
        points,
    ),
    PlantedRun("a last layer of zeros", zero_last_layer, points),
    PlantedRun(
        "logistic regression from zeros",
        lambda: nn.Linear(10, 2, initial=initial.zeros),
        points,
        optimizer=partial(Adam, learning_rate=1e-2),
    ),
    PlantedRun("frozen first layers", frozen_first_layers, points),
    PlantedRun(
        "a warm-up from almost nothing",
        partial(deep, relu, 2),
        points,
        optimizer=lambda model: AdamW(model, learning_rate=WarmUp(Constant(1e-3), 64)),
    ),
    PlantedRun(
        "Adagrad", partial(deep, relu, 2), points, optimizer=partial(Adagrad, learning_rate=0.05)
    ),
    PlantedRun(
        "linear regression of large targets, by large steps",
        lambda: nn.Linear(10, 1, random=0),
        large_targets,
        optimizer=partial(Adam, learning_rate=1.0),
        loss=nn.squared_error,
    ),
    PlantedRun("two heads, one of little weight", TwoHeads, points, loss=_of_heads),
    PlantedRun(
        "sigmoid at the output",
        lambda: nn.Sequential(deep(tanh, 1, outputs=1), sigmoid),
        sign_targets,
        optimizer=partial(Adam, learning_rate=0.1),
        loss=nn.squared_error,
    ),
    PlantedRun(
        "LSTM that forgets nothing",
        _unforgetting,
        _SHORT,
        optimizer=partial(Adam, learning_rate=1e-2),
    ),
    PlantedRun(
        "five batches per step",
        partial(deep, relu, 2),
        points,
        optimizer=partial(Adam, learning_rate=1e-2, accumulate=5),
    ),
    PlantedRun(
        "batches of 8",
        partial(deep, relu, 2),
        points,
        settings={"batch_size": 8},
    ),
)
