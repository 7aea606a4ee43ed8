"""Batches of tokenised texts."""

from __future__ import annotations

from typing import NamedTuple

from chainrule.graph import TensorLike


class Batch(NamedTuple):
    """Tokenised texts, padded to one length: arrays that compiled functions take as an argument.

    ids       (batch, tokens) integers: rows of the table of tokens
    mask      (batch, tokens) bools, True for tokens, False for padding; None if there is no padding
    segments  (batch, tokens) integers: 0 for the first text, 1 for the second; None for all 0
    offsets   (batch, tokens, 2) integers: the first character of a token in its text, and the end;
              0, 0 for special tokens and padding; None if unknown
    """

    ids: TensorLike
    mask: TensorLike | None = None
    segments: TensorLike | None = None
    offsets: TensorLike | None = None
