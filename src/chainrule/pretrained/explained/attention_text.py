"""Attention weights as text for terminals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.explained.token_columns import column

_SHADES = " ░▒▓█"
_MOST_CELLS = 60
_NAMED, _LEAST = 3, 0.1


def one_head_text(weights: Array, tokens: Sequence[str]) -> str:
    """Return the weights of one head, (queries, keys): a line per query, a shade per key.

    The keys with the largest weights follow by name.
    """
    shades = [_shades(row) if len(tokens) <= _MOST_CELLS else "" for row in weights]
    named = [_named(row, tokens) for row in weights]
    lines = zip(column(tokens), shades, named, strict=True)
    return "\n".join("  ".join(each for each in line if each).rstrip() for line in lines)


def overview_text(
    weights: Array, special: Sequence[bool], layers: Sequence[int], heads: Sequence[int]
) -> str:
    """Return a table of layers and heads: the percentage of attention that special tokens get.

    weights  (layers, heads, queries, keys)
    special  for each key whether it is a special token
    """
    shares = 100 * weights[..., np.array(special, bool)].sum(-1).mean(-1)
    head = ["".ljust(9), *(f"{each:>4}" for each in heads)]
    rows = [
        [f"layer {layer:<3}", *(f"{share:4.0f}" for share in row)]
        for layer, row in zip(layers, shares, strict=True)
    ]
    return "\n".join("".join(each) for each in (head, *rows))


def _shades(row: Array) -> str:
    """Return a shade per weight: a quarter of the largest weight for each step, rounded up."""
    steps = np.ceil(row / max(float(row.max()), 1e-30) * (len(_SHADES) - 1) - 0.5).astype(int)
    return "".join(_SHADES[max(step, 0)] for step in steps)


def _named(row: Array, tokens: Sequence[str]) -> str:
    largest = np.argsort(-row, kind="stable")[:_NAMED]
    kept = [i for place, i in enumerate(largest) if place == 0 or row[i] >= _LEAST]
    return ", ".join(f"{tokens[i]} {row[i]:.2f}" for i in kept)
