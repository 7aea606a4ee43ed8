"""A model of layers one after another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, overload

from chainrule.graph import Primitive, Tensor, scope
from chainrule.nn.module.module import Module

Layer = Callable[..., Tensor]


class Sequential(Module):
    """A model that applies modules and functions, such as `cr.relu`, one after another.

    model[i] is a layer; model[i:j] is a `Sequential` of the same layers with the same parameter
    names. Raises TypeError for a layer that is not callable.
    """

    _numbers = range(sys.maxsize)

    def __init__(self, *layers: Layer) -> None:
        for position, layer in enumerate(layers):
            if not callable(layer):
                raise TypeError(
                    f"Sequential was given {type(layer).__name__} as layer {position}. Give layers "
                    "and functions, one after the other; a list of them as Sequential(*layers)."
                )
        self.layers = layers

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the layers, named by their positions, and the other parts of a subclass."""
        for path, part in super()._parts():
            position = path.removeprefix("layers.")
            yield (path if position == path else str(self._numbers[int(position)])), part

    def forward(self, x: Any) -> Tensor:
        """Return the output of the last layer."""
        for number, layer in zip(self._numbers, self.layers, strict=False):
            x = layer(x) if isinstance(layer, Module) else self._call(number, layer, x)
        output: Tensor = x
        return output

    def _call(self, number: int, function: Layer, x: Any) -> Tensor:
        """Return function(x), with the position of the function as the path of its nodes."""
        with scope(str(number), kind=_name_of(function), path=f"{self._prefix}{number}"):
            return function(x)

    @overload
    def __getitem__(self, position: int) -> Layer: ...
    @overload
    def __getitem__(self, position: slice) -> Sequential: ...
    def __getitem__(self, position: int | slice) -> Layer | Sequential:
        if isinstance(position, slice):
            part = Sequential()
            part._numbers = self._numbers[: len(self.layers)][position]
            part._prefix = self._prefix
            part.layers = self.layers[position]
            return part
        return self.layers[position]

    def __len__(self) -> int:
        return len(self.layers)


def _name_of(function: Layer) -> str:
    if isinstance(function, Primitive):
        return function.name
    return str(getattr(function, "__name__", type(function).__name__))
