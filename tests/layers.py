"""Layers beside those of PyTorch: how both are made, and what they are given."""

from dataclasses import dataclass, field
from typing import Any

import chainrule as cr

nn = cr.nn


@dataclass(frozen=True)
class Case:
    """One row: a layer, the name and arguments of PyTorch's, the shape of an input."""

    make: Any
    torch: str
    arguments: tuple[Any, ...]
    shape: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)
    wrong: tuple[tuple[int, ...], ...] = ()


CASES = {
    "batch norm of vectors": Case(
        lambda **k: nn.BatchNorm(3, **k), "BatchNorm1d", (3,), (6, 3), wrong=((6, 2), (6,), (1, 3))
    ),
    "batch norm of sequences": Case(
        lambda **k: nn.BatchNorm(3, momentum=0.3, epsilon=1e-3, **k),
        "BatchNorm1d",
        (3,),
        (4, 3, 5),
        {"momentum": 0.3, "eps": 1e-3},
        ((4, 5, 3),),
    ),
    "batch norm of images": Case(
        lambda **k: nn.BatchNorm(2, **k), "BatchNorm2d", (2,), (3, 2, 4, 3), wrong=((3, 4, 4, 3),)
    ),
    "batch norm without affine": Case(
        lambda **k: nn.BatchNorm(2, affine=False, **k),
        "BatchNorm2d",
        (2,),
        (3, 2, 4, 3),
        {"affine": False},
        ((3, 4, 4, 3),),
    ),
    "batch norm of all batches": Case(
        lambda **k: nn.BatchNorm(3, momentum=None, **k),
        "BatchNorm1d",
        (3,),
        (6, 3),
        {"momentum": None},
    ),
    "layer norm": Case(
        lambda **k: nn.LayerNorm(5, **k), "LayerNorm", (5,), (2, 3, 5), wrong=((2, 5, 3), ())
    ),
    "layer norm over two axes": Case(
        lambda **k: nn.LayerNorm((3, 5), epsilon=1e-3, **k),
        "LayerNorm",
        ((3, 5),),
        (2, 3, 5),
        {"eps": 1e-3},
        ((5,), (2, 5, 3)),
    ),
    "layer norm without bias": Case(
        lambda **k: nn.LayerNorm(5, bias=False, **k), "LayerNorm", (5,), (4, 5), {"bias": False}
    ),
    "layer norm without affine": Case(
        lambda **k: nn.LayerNorm(5, affine=False, **k),
        "LayerNorm",
        (5,),
        (4, 5),
        {"elementwise_affine": False},
        ((4, 4),),
    ),
    "local response norm": Case(
        lambda **k: nn.LocalResponseNorm(5, alpha=0.5, k=2.0),
        "LocalResponseNorm",
        (5,),
        (2, 7, 3, 4),
        {"alpha": 0.5, "k": 2.0},
        ((3,),),
    ),
    "local response norm of an even size": Case(
        lambda **k: nn.LocalResponseNorm(4, alpha=0.5, beta=0.5),
        "LocalResponseNorm",
        (4,),
        (2, 3, 6),
        {"alpha": 0.5, "beta": 0.5},
    ),
    "conv1d": Case(
        lambda **k: nn.Conv1d(3, 4, 3, random=0, **k),
        "Conv1d",
        (3, 4, 3),
        (2, 3, 8),
        wrong=((2, 4, 8), (3, 8), (2, 3, 8, 8), (2, 3, 2)),
    ),
    "conv1d, all options": Case(
        lambda **k: nn.Conv1d(
            4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False, random=0, **k
        ),
        "Conv1d",
        (4, 6, 3),
        (2, 4, 9),
        {"stride": 2, "padding": 2, "dilation": 2, "groups": 2, "bias": False},
        ((2, 2, 9),),
    ),
    "conv2d": Case(
        lambda **k: nn.Conv2d(3, 4, 3, random=0, **k),
        "Conv2d",
        (3, 4, 3),
        (2, 3, 6, 5),
        wrong=((2, 4, 6, 5), (2, 3, 6), (2, 3, 2, 6)),
    ),
    "conv2d, all options": Case(
        lambda **k: nn.Conv2d(
            4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, random=0, **k
        ),
        "Conv2d",
        (4, 6, (3, 2)),
        (2, 4, 6, 5),
        {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2},
    ),
    "conv2d, same": Case(
        lambda **k: nn.Conv2d(2, 3, (3, 4), padding="same", dilation=(2, 2), random=0, **k),
        "Conv2d",
        (2, 3, (3, 4)),
        (2, 2, 6, 5),
        {"padding": "same", "dilation": (2, 2)},
    ),
    "conv2d, valid": Case(
        lambda **k: nn.Conv2d(2, 3, 2, padding="valid", random=0, **k),
        "Conv2d",
        (2, 3, 2),
        (2, 2, 3, 4),
        {"padding": "valid"},
    ),
    "conv2d, by depth": Case(
        lambda **k: nn.Conv2d(3, 6, 3, padding=1, groups=3, random=0, **k),
        "Conv2d",
        (3, 6, 3),
        (2, 3, 5, 4),
        {"padding": 1, "groups": 3},
        ((2, 1, 5, 4),),
    ),
    "max pool 1d": Case(
        lambda **k: nn.MaxPool1d(3, stride=2, padding=1),
        "MaxPool1d",
        (3,),
        (2, 3, 8),
        {"stride": 2, "padding": 1},
        ((3, 8), (2, 3, 4, 4)),
    ),
    "max pool 2d": Case(
        lambda **k: nn.MaxPool2d(2), "MaxPool2d", (2,), (2, 3, 5, 4), wrong=((2, 3, 8),)
    ),
    "max pool 2d, all options": Case(
        lambda **k: nn.MaxPool2d((3, 2), stride=(1, 2), padding=(1, 0)),
        "MaxPool2d",
        ((3, 2),),
        (2, 3, 5, 4),
        {"stride": (1, 2), "padding": (1, 0)},
    ),
    "average pool 1d": Case(
        lambda **k: nn.AveragePool1d(3, stride=2, padding=1),
        "AvgPool1d",
        (3,),
        (2, 3, 8),
        {"stride": 2, "padding": 1},
        ((2, 3, 4, 5),),
    ),
    "average pool 2d": Case(
        lambda **k: nn.AveragePool2d(2), "AvgPool2d", (2,), (2, 3, 5, 4), wrong=((2, 3, 8),)
    ),
    "average pool 2d, all options": Case(
        lambda **k: nn.AveragePool2d((3, 2), stride=(1, 2), padding=(1, 0)),
        "AvgPool2d",
        ((3, 2),),
        (2, 3, 5, 4),
        {"stride": (1, 2), "padding": (1, 0)},
    ),
    "prelu": Case(lambda **k: nn.PReLU(**k), "PReLU", (), (2, 3, 4)),
    "prelu by channel": Case(
        lambda **k: nn.PReLU(3, **k), "PReLU", (3,), (2, 3, 4), wrong=((2, 4, 3), (3,))
    ),
}
