"""Best tags of many sentences, in batches of few shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.pretrained.sentences.grid_batches import grid_batches
from chainrule.pretrained.stanza.batch import (
    Sentences,
    StanzaBatch,
    batch_of,
    letter_count,
    rounded,
)
from chainrule.pretrained.stanza.crf import best_paths
from chainrule.pretrained.stanza.settings import StanzaSettings

_LETTERS = 4096  # of a batch


def best_numbers(
    sentences: Sentences,
    settings: StanzaSettings,
    scores: Callable[[StanzaBatch], Tensor],
    transitions: Array,
) -> list[Array]:
    """Return the numbers of the best tags of each sentence.

    scores  returns the scores of tags of a batch, (batch, words, K)
    """
    found: list[Any] = [np.zeros(0, np.int64)] * len(sentences)
    some = [number for number, each in enumerate(sentences) if len(each)]
    counts = np.array([letter_count(sentences[number]) for number in some], np.int64)
    for each in grid_batches(counts, _LETTERS):
        chosen = [some[place] for place in each.chosen]
        given = [sentences[number] for number in chosen]
        filled = [*given, *[["."]] * (each.rows - len(given))]
        words = rounded(max(map(len, given)), 8)
        batch = batch_of(filled, settings, (words, each.tokens))
        paths = best_paths(scores(batch).read(), np.asarray(batch.lengths), transitions)
        for row, number in enumerate(chosen):
            found[number] = paths[row, : len(sentences[number])]
    return found
