"""Vectors of many sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.pretrained.body.batch import Batch
from chainrule.pretrained.sentences.length_batches import LengthBatch, length_batches
from chainrule.pretrained.tokenizer import Tokenizer

Compute = Callable[[Batch], Tensor]
_TEXTS = 2048  # tokenised and sorted together
_TOKENS = 1024  # of a batch


def sentence_vectors(
    texts: Iterable[str], tokenizer: Tokenizer, longest: int, compute: Compute
) -> Iterator[Array]:
    """Yield the vectors of texts in order, those of some thousand texts at a time.

    longest  the number of tokens that texts are cut to
    compute  returns the vectors of a batch
    """
    waiting = iter(texts)
    while some := list(islice(waiting, _TEXTS)):
        ids, mask, segments = tokenizer.encode_batch(some, max_length=longest)
        found: Array | None = None
        for each in length_batches(mask.sum(1), _TOKENS, longest):
            values = compute(_batch(each, (ids, mask, segments), tokenizer.pad_id)).read()
            if found is None:
                found = np.empty((len(some), values.shape[1]), values.dtype)
            found[each.chosen] = values[: len(each.chosen)]
        assert found is not None
        yield found


def _batch(shape: LengthBatch, arrays: tuple[Array, Array, Array], padding: int) -> Batch:
    """Return the rows of some texts, with padding and empty rows up to a shape."""
    ids, mask, segments = (
        _filled(each[shape.chosen, : shape.tokens], (shape.rows, shape.tokens), value)
        for each, value in zip(arrays, (padding, False, 0), strict=True)
    )
    return Batch(ids, mask, segments if segments.any() else None)


def _filled(values: Array, shape: tuple[int, int], value: int) -> Array:
    whole = np.full(shape, value, values.dtype)
    whole[: values.shape[0], : values.shape[1]] = values
    return whole
