"""Which token reads which, and the vectors of their distances."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.ops import concat, logical_and
from chainrule.pretrained.transformer_xl.settings import XLSettings


def distance_vectors(keys: int, settings: XLSettings) -> Array:
    """Return a row per distance from keys - 1 down to 0: sines, then cosines, (keys, width).

    Row r is of distance d = keys - 1 - r, at most the longest distance: d / 10000^(2 m / width).
    """
    distances = np.arange(keys - 1, -1, -1, dtype=np.float32)
    if settings.longest_distance:
        distances = np.minimum(distances, np.float32(settings.longest_distance))
    powers = np.arange(0, settings.width, 2, dtype=np.float32) / np.float32(settings.width)
    rates = (1 / np.float32(10000) ** powers).astype(np.float32)
    angles = np.outer(distances, rates)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def visible_keys(queries: int, remembered: int, filled: Tensor, settings: XLSettings) -> Tensor:
    """Return bools (queries, keys), True where a token reads a token before it, or itself.

    remembered  places of the memory, which come first among the keys
    filled      how many of them, at the end, hold a token
    """
    query = np.arange(queries).reshape(-1, 1)
    key = np.arange(remembered + queries).reshape(1, -1)
    seen = logical_and(key <= query + remembered, key >= remembered - filled)
    if not settings.same_length:
        return seen
    beyond = filled + queries - settings.memory  # keys that are older than the memory's length
    shift = queries - beyond * (beyond > 0)
    return logical_and(seen, key - (remembered - filled) > query - shift)


def shifted(scores: Tensor) -> Tensor:
    """Return scores by key from scores by row of the distance vectors, (..., queries, keys).

    Query i and key j are at row queries - 1 - i + j: every row moves left by one more than the one
    below it. A column of zeros before the first makes this a change of shape; what comes from
    another row belongs to keys that are not visible.
    """
    *lead, queries, keys = scores.shape
    padded = concat([scores[..., :1] * 0, scores], axis=-1)
    return padded.reshape(*lead, keys + 1, queries)[..., 1:, :].reshape(*lead, queries, keys)
