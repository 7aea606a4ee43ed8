"""Random subsets and changed copies of labelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chainrule.classify import LabelledTexts
from chainrule.graph import Array

_CHANGED_SHARE = 0.1  # of the words; Wei and Zou: EDA (2019), section 3


def subset(data: LabelledTexts, size: int, seed: int) -> LabelledTexts:
    """Return `size` texts, of every class its share, at least one; smaller subsets lie in larger.

    The order is drawn by the seed. All texts are returned if there are not more than `size`.
    """
    if size >= len(data):
        return data
    random = np.random.default_rng(seed)
    order = random.permutation(len(data))
    labels = np.unique(data.labels, return_inverse=True)[1][order]
    ranks = _ranks(labels)
    shares = (ranks + 0.5) / np.bincount(labels)[labels]
    first = ranks == 0
    chosen = np.lexsort((np.where(first, -1.0, shares),))[:size]
    return _rows(data, order[np.sort(chosen)])


def _ranks(labels: Array) -> Array:
    """Return for every sample how many of its class come before it."""
    ranks = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        ranks[places] = np.arange(len(places))
    return ranks


def with_changed_copies(data: LabelledTexts, seed: int) -> LabelledTexts:
    """Return the texts and a changed copy of each: some words left out, two neighbours exchanged.

    Words are what spaces separate. Wei and Zou: EDA, easy data augmentation (2019).
    """
    random = np.random.default_rng(seed)
    copies = [_changed(each, random) for each in data.texts]
    pairs = None if data.pairs is None else [_changed(each, random) for each in data.pairs]
    return replace(
        data,
        lines=data.lines * 2,
        labels=data.labels * 2,
        texts=[*data.texts, *copies],
        pairs=None if data.pairs is None or pairs is None else [*data.pairs, *pairs],
    )


def _changed(text: str, random: np.random.Generator) -> str:
    words = np.array(text.split(), object)
    kept = words[random.random(len(words)) >= _CHANGED_SHARE]
    if len(kept) < 2:
        return text
    place = random.integers(len(kept) - 1)
    kept[[place, place + 1]] = kept[[place + 1, place]]
    return " ".join(kept)


def _rows(data: LabelledTexts, places: Sequence[int] | Array) -> LabelledTexts:
    def chosen(column: list[str]) -> list[str]:
        return [column[each] for each in places]

    return replace(
        data,
        lines=[data.lines[each] for each in places],
        labels=chosen(data.labels),
        texts=chosen(data.texts),
        pairs=None if data.pairs is None else chosen(data.pairs),
    )
