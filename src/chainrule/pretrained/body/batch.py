"""Batches of tokenised texts."""

from __future__ import annotations

from typing import Any, NamedTuple

from chainrule.graph import Constant, ShapeError, Tensor, TensorLike, as_tensor
from chainrule.nn import sequence_mask


class Batch(NamedTuple):
    """Tokenised texts, padded to one length: arrays that compiled functions take as an argument.

    ids       (batch, tokens) integers: rows of the table of tokens
    mask      (batch, tokens) bools, True for tokens, False for padding; None for no padding
    segments  (batch, tokens) integers: token types, in BERT 1 for the second text of a pair; None
              for all 0
    words     (batch, tokens) integers: the position of the token's word in its text; -1 for special
              tokens and padding
    spans     (batch, tokens, 2) integers: the first character of the token in its text, and the one
              after the last; 0, 0 for special tokens and padding
    texts     (batch, tokens) integers: 0 for tokens of the first text, 1 for the second of a pair,
              -1 for special tokens and padding

    The last three say where tokens come from; the network does not read them.
    """

    ids: TensorLike
    mask: TensorLike | None = None
    segments: TensorLike | None = None
    words: TensorLike | None = None
    spans: TensorLike | None = None
    texts: TensorLike | None = None


def read_batch(given: Any) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Return ids, mask and segments of a batch, of (ids, lengths), or (ids, lengths, segments).

    Raises ShapeError unless ids are (batch, tokens).
    """
    if isinstance(given, Batch):
        ids, mask, segments = _ids(given.ids), _tensor(given.mask, "mask"), given.segments
    elif isinstance(given, tuple | list) and len(given) in (2, 3):
        ids, segments = _ids(given[0]), given[2] if len(given) == 3 else None
        mask = sequence_mask(given[1], ids.shape[1])
    else:
        ids, mask, segments = _ids(given), None, None
    return ids, mask, _tensor(segments, "segments")


def _ids(given: Any) -> Tensor:
    ids = _named(as_tensor(given), "ids")
    if ids.ndim != 2:
        raise ShapeError(
            f"The network was given ids of shape {ids.shape}. It takes (batch, tokens): a batch of "
            "net.tokenize(texts), or ids, or a tuple of ids and lengths."
        )
    return ids


def _tensor(given: TensorLike | None, name: str) -> Tensor | None:
    return None if given is None else _named(as_tensor(given), name)


def _named(given: Tensor, name: str) -> Tensor:
    """Return a tensor; an array gets a name, which explanations and pictures show."""
    is_array = isinstance(given, Constant) and given.name is None
    return Constant(given.read(), name) if is_array else given
