"""Texts as tokens, without padding, and batches of similar length of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.classify.network import IDS, MASK, SEGMENTS, Pretrained
from chainrule.graph import Array

_TEXTS_AT_ONCE = 1024


@dataclass(frozen=True)
class TokenIds:
    """The tokens of texts.

    inputs  by name, "ids" and for pairs "segments": one array (tokens,) per text
    padding the id of padded positions
    longest the number of tokens to which texts were cut
    """

    inputs: dict[str, list[Array]]
    padding: int
    longest: int

    @property
    def filled(self) -> int:
        """The number of texts with `longest` tokens, which may have been cut."""
        return sum(len(each) == self.longest for each in self.inputs[IDS])

    def buckets(self, targets: Any, batch_size: int, **options: Any) -> cr.train.LengthBuckets:
        """Return batches of similar length; options are those of `LengthBuckets`."""
        return cr.train.LengthBuckets(
            self.inputs,
            targets,
            batch_size=batch_size,
            longest=self.longest,
            padding={IDS: self.padding},
            mask=MASK,
            **options,
        )


def token_ids(
    net: Pretrained,
    texts: Sequence[str],
    pairs: Sequence[str] | None,
    max_length: int | None,
) -> TokenIds:
    """Return the tokens of texts, cut to `max_length` or to the positions of the network."""
    positions = net.body.settings.longest
    longest = positions if max_length is None else min(max_length, positions)
    inputs: dict[str, list[Array]] = {IDS: []}
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        part = slice(start, start + _TEXTS_AT_ONCE)
        batch = net.tokenize(texts[part], None if pairs is None else pairs[part], longest)
        there = None if batch.mask is None else np.asarray(batch.mask)
        inputs[IDS] += _rows(batch.ids, there)
        if pairs is not None and batch.segments is not None:
            inputs.setdefault(SEGMENTS, []).extend(_rows(batch.segments, there))
    return TokenIds(inputs, net.body.settings.padding, longest)


def _rows(padded: Any, there: Array | None) -> Iterator[Array]:
    """Yield the rows of an array without padding."""
    for number, row in enumerate(np.asarray(padded)):
        yield row if there is None else row[there[number]]
