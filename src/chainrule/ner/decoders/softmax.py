"""The softmax decoder: the cross-entropy of each word; tags are the best allowed sequence."""

from __future__ import annotations

from typing import Any

import chainrule as cr

PADDED = -1  # the target of a position outside a sentence


def words_in(targets: Any) -> int:
    """Return the number of words that a mean loss is the mean of: targets inside a sentence."""
    return int((targets != PADDED).sum())


class Softmax(cr.nn.Module):
    """Scores of tags without scores of transitions between them."""

    def loss(self, scores: Any, targets: Any) -> cr.Tensor:
        """Return the mean cross-entropy per word.

        scores   float32 (sentences, words, tags)
        targets  int64 (sentences, words), the numbers of the tags, -1 outside a sentence
        """
        return cr.nn.cross_entropy(scores, targets, ignore_index=PADDED)

    def terms(self, targets: Any) -> int:
        """Return the number of words, by which `fit` weights the parts of a batch."""
        return words_in(targets)

    def marginals(self, scores: Any, inside: Any) -> cr.Tensor:
        """Return the probability of every tag on every word (sentences, words, tags)."""
        return cr.where(cr.expand_dims(cr.asarray(inside), -1), cr.softmax(scores), 0.0)
