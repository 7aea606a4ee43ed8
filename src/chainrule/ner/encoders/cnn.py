"""The convolutional encoder: layers that each read a word and its two neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.settings import Settings

_LAYERS, _WIDTH = 3, 3


class CNN(cr.nn.Module):
    """Three layers of relu(W x + b) over three neighbouring vectors, the later ones residual.

    Outside a sentence vectors are zero. The last layer reads three words on each side.
    """

    def __init__(self, inputs: int, settings: Settings, random: np.random.Generator) -> None:
        self.size = settings.hidden
        self.input_dropout = cr.nn.Dropout(settings.input_dropout, random=random)
        he = cr.nn.initial.he_uniform
        entering = [inputs, *[self.size] * (_LAYERS - 1)]
        self.layers = [
            cr.nn.Linear(_WIDTH * each, self.size, initial=he, random=random) for each in entering
        ]
        self.dropouts = [cr.nn.Dropout(settings.hidden_dropout, random=random) for _ in self.layers]

    @staticmethod
    def shapes(inputs: int, settings: Settings) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the parameters, by path."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, entering in enumerate([inputs, *[settings.hidden] * (_LAYERS - 1)]):
            shapes[f"layers.{layer}.weight"] = (settings.hidden, _WIDTH * entering)
            shapes[f"layers.{layer}.bias"] = (settings.hidden,)
        return shapes

    @staticmethod
    def margin(settings: Settings) -> int:
        """Return the number of paddings on each side of a sentence."""
        return 0

    def forward(self, vectors: Any, lengths: Any) -> cr.Tensor:
        """Return (sentences, words, size) for vectors (sentences, words, inputs)."""
        return self._through(vectors, cr.nn.sequence_mask(lengths, vectors.shape[1]))

    def parts(self, vectors: Any) -> tuple[cr.Tensor, ...]:
        """Return what is computed of each form alone: its vector."""
        return (vectors,)

    def from_parts(self, numbers: Any, *parts: Any) -> cr.Tensor:
        """Return (steps, lanes, size).

        numbers  int64 (steps, lanes), the forms of the words; 0 between sentences
        """
        by_lane = cr.permute_dims(cr.asarray(numbers), (1, 0))
        (vectors,) = parts
        found = self._through(cr.take(vectors, by_lane, axis=0), by_lane != 0)
        return cr.permute_dims(found, (1, 0, 2))

    def _through(self, vectors: Any, inside: Any) -> cr.Tensor:
        inside = cr.expand_dims(inside, -1)
        x = self.input_dropout(vectors)
        for number, (layer, dropout) in enumerate(zip(self.layers, self.dropouts, strict=True)):
            h = dropout(cr.relu(layer(_near(cr.where(inside, x, 0.0)))))
            x = x + h if number else h
        return x


def _near(x: cr.Tensor) -> cr.Tensor:
    """Return each vector between the one before it and the one after it."""
    edge = cr.asarray(np.zeros((x.shape[0], _WIDTH // 2, x.shape[2]), np.float32))
    padded, steps = cr.concat([edge, x, edge], axis=1), x.shape[1]
    return cr.concat([padded[:, i : i + steps] for i in range(_WIDTH)], axis=2)
