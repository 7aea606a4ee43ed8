"""Networks over the characters of a word, which give a vector per word."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.settings import Settings

_WIDTH = 3  # characters that a filter reads


def character_network(
    count: int, settings: Settings, random: np.random.Generator
) -> CharacterConvolution | CharacterLSTM:
    """Return the network that the settings name, for `count` characters."""
    kind = CharacterConvolution if settings.characters == "convolution" else CharacterLSTM
    return kind(count, settings.character_size, random)


def character_shapes(count: int, settings: Settings) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the parameters of such a network, by path."""
    size = settings.character_size
    shapes: dict[str, tuple[int, ...]] = {"table.weight": (count, size)}
    if settings.characters == "convolution":
        return shapes | {"filters.weight": (size, _WIDTH * size), "filters.bias": (size,)}
    half = -(-size // 2)
    for ending in ("_l0", "_l0_reverse"):
        shapes |= {f"lstm.weight_ih{ending}": (4 * half, size)}
        shapes |= {f"lstm.weight_hh{ending}": (4 * half, half)}
        shapes |= {f"lstm.bias_{part}{ending}": (4 * half,) for part in ("ih", "hh")}
    return shapes | {"out.weight": (size, 2 * half), "out.bias": (size,)}


class CharacterConvolution(cr.nn.Module):
    """Filters over three characters at a time, and the largest output of each.

    Ma and Hovy: End-to-end sequence labeling via bi-directional LSTM-CNNs-CRF (2016).
    """

    def __init__(self, count: int, size: int, random: np.random.Generator) -> None:
        initial = cr.nn.initial.normal(0.1)
        self.table = cr.nn.Embedding(count, size, initial=initial, random=random)
        he = cr.nn.initial.he_uniform
        self.filters = cr.nn.Linear(_WIDTH * size, size, initial=he, random=random)

    def forward(self, ids: Any) -> cr.Tensor:
        """Return vectors (..., size) for the characters of words, int64 (..., longest)."""
        return self.of_rows(self.table(ids), ids)

    def of_rows(self, rows: Any, ids: Any) -> cr.Tensor:
        """Return the same for other rows (..., longest, size) in place of those of the table."""
        x, ids = rows, cr.asarray(ids)
        edge = cr.asarray(np.zeros((*x.shape[:-2], 1, x.shape[-1]), np.float32))
        x = cr.concat([edge, x, edge], axis=-2)
        steps = ids.shape[-1]
        near = cr.concat([x[..., i : i + steps, :] for i in range(_WIDTH)], axis=-1)
        inside = cr.expand_dims(ids != 0, -1)
        return cr.max(cr.where(inside, cr.relu(self.filters(near)), 0.0), axis=-2)


class CharacterLSTM(cr.nn.Module):
    """An LSTM in both directions, and a linear map of its last states.

    Lample et al.: Neural architectures for named entity recognition (2016).
    """

    def __init__(self, count: int, size: int, random: np.random.Generator) -> None:
        initial = cr.nn.initial.normal(0.1)
        self.table = cr.nn.Embedding(count, size, initial=initial, random=random)
        half = -(-size // 2)
        self.lstm = cr.nn.LSTM(size, half, bidirectional=True, batch_first=True, random=random)
        self.out = cr.nn.Linear(2 * half, size, random=random)

    def forward(self, ids: Any) -> cr.Tensor:
        """Return vectors (..., size) for the characters of words, int64 (..., longest)."""
        return self.of_rows(self.table(ids), ids)

    def of_rows(self, rows: Any, ids: Any) -> cr.Tensor:
        """Return the same for other rows (..., longest, size) in place of those of the table."""
        ids = cr.asarray(ids)
        flat = ids.reshape(-1, ids.shape[-1])
        lengths = cr.maximum(cr.sum((flat != 0).astype("int64"), axis=-1), 1)
        _, (last, _) = self.lstm(rows.reshape(*flat.shape, -1), lengths=lengths)
        both = cr.concat([last[0], last[1]], axis=-1)
        return self.out(both).reshape(*ids.shape[:-1], -1)
