"""The shape convention: the gradient of a scalar has the shape of what it is taken with respect to.

The network of CS224n lecture 4, s = uᵀ h, h = f(z), z = W x + b. As a Jacobian, ds/dW would be one
row of 12 numbers; in the shape of W, (3, 4), it can be subtracted from W. The Jacobian of the
vector h with respect to W has no such shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture.cells import draw_cells, frame
from chainrule.lecture.claim import Outcome, claim

UNITS, INPUTS = 3, 4
nn = cr.nn
MODELS: dict[str, tuple[cr.nn.Module, tuple[int, ...]]] = {
    "a stack of two layers": (nn.Sequential(nn.Linear(4, 3), cr.relu, nn.Linear(3, 2)), (5, 4)),
    "a convolutional net": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm(4)), (2, 3, 6, 6)),
    "an LSTM": (nn.LSTM(4, 3), (5, 2, 4)),
    "a Transformer layer": (nn.TransformerEncoderLayer(8, 2, 16), (2, 5, 8)),
}


@claim("The gradient of a scalar has the shape of what it is taken with respect to.")
def shapes() -> Outcome:
    values, gradients, s = _network()
    same = [gradients[name].shape == value.shape for name, value in values.items()]
    outer = np.outer(gradients["z"], values["x"])
    apart = float(np.abs(outer - gradients["W"]).max())
    kept = {name: _shapes_of_gradients(*each) for name, each in MODELS.items()}
    jacobian = np.asarray(cr.jacobian(lambda w: cr.tanh(w @ values["x"]))(values["W"]))
    return Outcome(
        figures={
            **{
                f"ds/d{name}": f"{gradients[name].shape}, {name} {value.shape}"
                for name, value in values.items()
            },
            "dh/dW, a Jacobian": f"{jacobian.shape}: a matrix for each of {UNITS} units",
            **{
                name: f"{sum(each)} of {len(each)} gradients have the shape of their parameter"
                for name, each in kept.items()
            },
        },
        held=all(same)
        and all(all(each) for each in kept.values())
        and apart < 1e-12
        and jacobian.shape == (UNITS, *values["W"].shape),
        because=f"{sum(same) + sum(map(sum, kept.values()))} of "
        f"{len(same) + sum(map(len, kept.values()))} gradients have the shape of their tensor; "
        f"δ xᵀ, (3, 1) times (1, 4), is ds/dW to {apart:.0e}",
        draw=lambda figure: _draw(figure, values, gradients),
        graphs={"s": cr.Graph(s)},
    )


def _network() -> tuple[dict[str, Array], dict[str, Array], cr.Tensor]:
    """Return the values of the network, and the gradients of s with respect to them, by name; s."""
    random = np.random.default_rng(2)
    extents = {"x": (INPUTS,), "W": (UNITS, INPUTS), "b": (UNITS,), "u": (UNITS,)}
    leaves = {
        name: cr.input(name, value=random.normal(size=each)) for name, each in extents.items()
    }
    z = leaves["W"] @ leaves["x"] + leaves["b"]
    h = cr.tanh(z)
    tensors: dict[str, cr.Tensor] = {**leaves, "z": z, "h": h}
    s = leaves["u"] @ h
    found = cr.gradients(s, list(tensors.values()))
    values = {name: np.asarray(each) for name, each in tensors.items()}
    gradients = {name: np.asarray(each) for name, each in zip(tensors, found, strict=True)}
    return values, gradients, s


def _shapes_of_gradients(model: cr.nn.Module, shape: tuple[int, ...]) -> list[bool]:
    """Return whether the gradient of each parameter has its shape."""
    output: Any = model(np.random.default_rng(0).normal(size=shape).astype(np.float32))
    first = output[0] if isinstance(output, tuple) else output
    parameters = [each for each in model.parameters() if each.trainable]
    found = cr.gradients((first**2).sum(), parameters)
    pairs = zip(found, parameters, strict=True)
    return [each is not None and each.shape == own.shape for each, own in pairs]


def _draw(figure: Any, values: Mapping[str, Array], gradients: Mapping[str, Array]) -> None:
    """Draw every tensor above its gradient."""
    axes, left = figure.subplots(), 0.6
    for name, value in values.items():
        columns = value.reshape(len(value), -1)
        title = f"{name} {value.shape}"
        draw_cells(axes, columns, (left, 10.6), title=title)
        slopes = gradients[name].reshape(columns.shape)
        draw_cells(axes, slopes, (left, 4.8), title=f"ds/d{title}")
        left += columns.shape[1] + 1.6
    frame(axes, left - 1, 11.4)
