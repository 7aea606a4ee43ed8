"""The attention of one more token to those before it, whose keys and values are in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from chainrule.grad import cond
from chainrule.graph import Tensor
from chainrule.ops import exp, maximum, where
from chainrule.ops.attending.attention_weights import UNREAD


class PastBlock(NamedTuple):
    """The keys and values of some places that follow each other.

    keys    (rows, heads, places, width of a head)
    values  (rows, heads, width of a head, places)
    """

    keys: Tensor
    values: Tensor


class _Read(NamedTuple):
    """What was read of some places: sums of values weighted by exp(score - largest).

    sums     (rows, heads, 1, width of a head)
    largest  (rows, heads, 1, 1): the largest score
    total    (rows, heads, 1, 1): the sum of the weights
    """

    sums: Tensor
    largest: Tensor
    total: Tensor


def attended(
    query: Tensor, key: Tensor, value: Tensor, past: Sequence[PastBlock], positions: Tensor
) -> Tensor:
    """Return what every row reads of earlier tokens and of its own, (rows, heads, 1, width).

    query, key, value  of the new tokens, (rows, heads, 1, width); queries are scaled
    past               blocks of places; a block behind all positions is not read
    positions          (rows,): the position of every new token; places before it are filled
    """
    own = (query * key).sum(axis=-1, keepdims=True)
    read, first = _Read(value, own, own * 0 + 1), 0
    for block in past:
        behind = _conditional(query, block, positions, first) if first else None
        read = _together(read, behind or _of_block(query, *block, positions, first=first))
        first += block.keys.shape[2]
    return read.sums / read.total


def _conditional(query: Tensor, block: PastBlock, positions: Tensor, first: int) -> _Read:
    """Return what is read of a block, which costs nothing if no row has reached it."""
    return _Read(
        *cond(
            positions.max() > first,
            lambda *operands: tuple(_of_block(*operands, first=first)),
            lambda query, *_: tuple(_nothing(query)),
            *(query, *block, positions),
        )
    )


def _of_block(
    query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, *, first: int
) -> _Read:
    places = np.arange(first, first + keys.shape[2])
    filled = (places < positions.reshape(-1, 1)).reshape(-1, 1, 1, len(places))
    scores = where(filled, query @ keys.mT, UNREAD)
    largest = scores.max(axis=-1, keepdims=True)
    weights = exp(scores - largest)
    return _Read(weights @ values.mT, largest, weights.sum(axis=-1, keepdims=True))


def _nothing(query: Tensor) -> _Read:
    zeros = query[..., :1] * 0
    return _Read(query * 0, zeros + UNREAD, zeros)


def _together(a: _Read, b: _Read) -> _Read:
    """Return what was read of the places of both."""
    largest = maximum(a.largest, b.largest)
    of_a, of_b = exp(a.largest - largest), exp(b.largest - largest)
    return _Read(a.sums * of_a + b.sums * of_b, largest, a.total * of_a + b.total * of_b)
