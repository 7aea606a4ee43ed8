"""The conditional random field: the likelihood of the sequence of tags of a sentence.

The score of a sequence y is the sum over its words of s[t, y_t] + A[y_t-1, y_t], with a start score
in front and an end score behind. Its probability is exp(score) / Z, where Z sums over all allowed
sequences. With

    a[t, j] = s[t, j] + log Σ_i exp(a[t - 1, i] + A[i, j]),

log Z = log Σ_j exp(a[last, j] + end[j]). The gradient of log Z with respect to s[t, j] is the
probability of tag j on word t.

Lafferty, McCallum, Pereira: Conditional random fields (2001). Collobert et al.: Natural language
processing (almost) from scratch (2011), section 3.3.2, "sentence-level log-likelihood".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.decoders.softmax import PADDED, words_in
from chainrule.text import transitions

_FORBIDDEN = -1e4  # exp of it is 0, and sums of it stay finite


class CRF(cr.nn.Module):
    """Scores of transitions between tags: A (tags, tags), start (tags,) and end (tags,).

    Sequences that the tag scheme forbids have the probability 0.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        count, rules = len(tags), transitions(tags)
        self.transitions = cr.parameter(np.zeros((count, count), np.float32))
        self.start = cr.parameter(np.zeros(count, np.float32))
        self.end = cr.parameter(np.zeros(count, np.float32))
        self._forbidden = tuple(
            np.where(each, 0, _FORBIDDEN).astype(np.float32)
            for each in (rules.allowed, rules.start, rules.end)
        )

    def tables(self) -> tuple[cr.Tensor, cr.Tensor, cr.Tensor]:
        """Return the scores of transitions, start and end; forbidden ones are about -10,000."""
        own = self.transitions, self.start, self.end
        across, start, end = (a + b for a, b in zip(own, self._forbidden, strict=True))
        return across, start, end

    def loss(self, scores: Any, targets: Any) -> cr.Tensor:
        """Return the negative log-likelihood of the sentences, divided by the number of words.

        scores   float32 (sentences, words, tags)
        targets  int64 (sentences, words), the numbers of the tags, -1 outside a sentence
        """
        targets = cr.asarray(targets)
        inside = targets != PADDED
        gold = self._score(scores, cr.maximum(targets, 0), inside)
        words = cr.sum(inside.astype("float32"))
        return (cr.sum(self.log_partition(scores, inside)) - cr.sum(gold)) / words

    def terms(self, targets: Any) -> int:
        """Return the number of words, by which `fit` weights the parts of a batch."""
        return words_in(targets)

    def log_partition(self, scores: Any, inside: Any) -> cr.Tensor:
        """Return log Z (sentences,).

        inside  bool (sentences, words), False at the end for positions outside a sentence
        """
        across, start, end = self.tables()
        by_step = cr.permute_dims(cr.asarray(scores), (1, 0, 2))
        within = cr.expand_dims(cr.permute_dims(cr.asarray(inside), (1, 0)), -1)

        def step(before: cr.Tensor, at: tuple[cr.Tensor, cr.Tensor]) -> tuple[cr.Tensor, None]:
            score, is_inside = at
            reached = score + cr.logsumexp(cr.expand_dims(before, -1) + across, axis=1)
            return cr.where(is_inside, reached, before), None

        last, _ = cr.scan(step, by_step[0] + start, (by_step[1:], within[1:]))
        return cr.logsumexp(last + end, axis=-1)

    def _score(self, scores: Any, tags: cr.Tensor, inside: cr.Tensor) -> cr.Tensor:
        """Return the scores of the given sequences (sentences,)."""
        across, start, end = self.tables()
        count = across.shape[0]
        own = cr.take_along_axis(cr.asarray(scores), cr.expand_dims(tags, -1), axis=-1)[..., 0]
        steps = cr.take(across.reshape(-1), tags[:, :-1] * count + tags[:, 1:])
        lasts = cr.sum(inside.astype("int64"), axis=1, keepdims=True) - 1
        ends = cr.take(end, cr.take_along_axis(tags, lasts, axis=1)[:, 0])
        within = cr.where(inside, own, 0.0)
        between = cr.where(inside[:, 1:], steps, 0.0)
        return cr.take(start, tags[:, 0]) + cr.sum(within, axis=1) + cr.sum(between, axis=1) + ends

    def marginals(self, scores: Any, inside: Any) -> cr.Tensor:
        """Return the probability of every tag on every word (sentences, words, tags).

        They are the gradient of log Z with respect to the scores; zero outside a sentence.
        """
        found: cr.Tensor = cr.grad(lambda each: cr.sum(self.log_partition(each, inside)))(scores)
        return found
