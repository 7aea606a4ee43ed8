"""Layers one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chainrule.graph import Tensor
from chainrule.nn.module import Module


class Sequential(Module):
    """Apply modules and plain functions, such as `cr.relu`, one after the other."""

    def __init__(self, *layers: Callable[..., Tensor]) -> None:
        self.layers = layers
        for name, layer in self.children():
            layer.adopt(name)
        self.named_parameters()

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the layers, named by their positions."""
        for position, layer in enumerate(self.layers):
            yield str(position), layer

    def forward(self, x: Any) -> Tensor:
        """Return what the last layer makes of what the layers before it made of `x`."""
        for layer in self.layers:
            x = layer(x)
        output: Tensor = x
        return output

    def __getitem__(self, position: int) -> Callable[..., Tensor]:
        return self.layers[position]

    def __len__(self) -> int:
        return len(self.layers)
