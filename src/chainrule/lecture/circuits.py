"""The circuits that CS231n lecture 4 works out by hand, and the numbers that it prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Array


@dataclass(frozen=True)
class Circuit:
    """A circuit f, the numbers that the lecture prints, and their digits after the point."""

    title: str
    f: cr.Tensor
    digits: int
    printed: Mapping[str, Any]


@dataclass(frozen=True)
class ComparedNumber:
    """A value or gradient of a circuit, as computed here and as printed in the lecture."""

    name: str
    computed: Array
    printed: Array
    digits: int

    @property
    def agrees(self) -> bool:
        """Whether `computed`, rounded to the printed digits, equals `printed`."""
        away = np.abs(self.computed - self.printed)
        return bool(np.all(away <= 0.5 * 10.0**-self.digits + 1e-12))

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The name, both numbers, and a mark."""
        own, lecture = (np.round(each, 4).tolist() for each in (self.computed, self.printed))
        return self.name, str(own), str(lecture), "✓" if self.agrees else "✗ differs"

    def __str__(self) -> str:
        name, own, lecture, mark = self.cells
        return f"    {name:7} = {own:34} lecture {lecture:32} {mark}"


def sum_times() -> Circuit:
    """Return f = (x + y) z."""
    x, y, z = cr.input("x", value=-2.0), cr.input("y", value=5.0), cr.input("z", value=-4.0)
    return Circuit("f = (x + y) z", (x + y) * z, 0, {"f": -12, "x": -4, "y": -4, "z": 3})


def maximum() -> Circuit:
    """Return f = (x + y) max(y, z)."""
    x, y, z = cr.input("x", value=1.0), cr.input("y", value=2.0), cr.input("z", value=0.0)
    f = (x + y) * cr.maximum(y, z)
    return Circuit("f = (x + y) max(y, z)", f, 0, {"f": 6, "x": 2, "y": 5, "z": 0})


def neuron() -> Circuit:
    """Return a sigmoid neuron of two inputs."""
    w0, x0 = cr.input("w0", value=2.0), cr.input("x0", value=-1.0)
    w1, x1 = cr.input("w1", value=-3.0), cr.input("x1", value=-2.0)
    w2 = cr.input("w2", value=-3.0)
    f = 1 / (1 + cr.exp(-(w0 * x0 + w1 * x1 + w2)))
    printed = {"f": 0.73, "w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20}
    return Circuit("f = sigmoid(w0 x0 + w1 x1 + w2)", f, 2, printed)


def norm() -> Circuit:
    """Return the squared length of a matrix times a vector."""
    weights, x = cr.input("W", value=[[0.1, 0.5], [-0.3, 0.8]]), cr.input("x", value=[0.2, 0.4])
    q = weights @ x
    printed = {"f": 0.116, "W": [[0.088, 0.176], [0.104, 0.208]], "x": [-0.112, 0.636]}
    return Circuit("f = |W x|²", (q * q).sum(), 3, printed)
