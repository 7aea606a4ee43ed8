"""The perplexity of a long text, read in windows that overlap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError

Loss = Callable[[Array, Array], float]


def windowed_perplexity(ids: Array, window: int, stride: int, loss: Loss) -> float:
    """Return exp of the mean of -log p(token | earlier tokens in its window), from the second on.

    window  tokens of a window
    stride  tokens from one window to the next; the tokens before are context that is not counted
            again
    loss    (ids, counted) -> the sum of -log p over the tokens of one window that are counted

    Windows are padded to one length, so that `loss` is called with one shape.
    """
    if not 1 <= stride < window:
        raise PretrainedError(
            f"Perplexity was asked for with windows of {window} tokens and stride={stride}. Give a "
            f"stride from 1 to {window - 1}: the first token of a window is not predicted."
        )
    if len(ids) < 2:
        raise PretrainedError(
            f"Perplexity was asked for of {len(ids)} tokens. The first token is not predicted: "
            "give at least two."
        )
    total = sum(loss(*each) for each in _windows(ids, window, stride))
    return math.exp(total / (len(ids) - 1))


def _windows(ids: Array, window: int, stride: int) -> Iterator[tuple[Array, Array]]:
    """Yield the ids of every window, padded, and which of them are counted."""
    done = 1
    for start in range(0, len(ids), stride):
        part = ids[start : start + window]
        padded = np.zeros(window, np.int32)
        padded[: len(part)] = part
        places = start + np.arange(window)
        yield padded, (places >= done) & (places < len(ids))
        done = start + len(part)
        if done == len(ids):
            return
