"""Adaptive softmax: the probability of a rare word is that of its cluster times that within it."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Parameter, Tensor, parameter
from chainrule.nn import Module
from chainrule.ops import clip, concat, log_softmax, logical_and, take_along_axis, where
from chainrule.pretrained.transformer_xl.embeddings import AdaptiveEmbeddings
from chainrule.pretrained.transformer_xl.settings import XLSettings


class AdaptiveSoftmax(Module):
    """Logarithms of the probabilities of tokens; weights are the tables of the embeddings.

    biases          of every table of tokens, (tokens,)
    projections     of every cluster that has its own, (width, width of the cluster), or None
    cluster_weight  (clusters beyond the first, embedding), None for one cluster
    cluster_bias    (clusters beyond the first,), None for one cluster

    Grave et al.: Efficient softmax approximation for GPUs (2017).
    """

    def __init__(self, settings: XLSettings) -> None:
        self.settings = settings
        clusters, tails = range(settings.clusters), settings.clusters - 1
        self.biases = [_zeros(settings.table_size(k)) for k in range(settings.tables)]
        self.projections: list[Parameter | None] = [
            _zeros(settings.width, settings.cluster_width(k))
            if settings.has_projections and not settings.tied_projections[k]
            else None
            for k in clusters
        ]
        self.cluster_weight = _zeros(tails, settings.embedding) if tails else None
        self.cluster_bias = _zeros(tails) if tails else None

    def forward(self, hidden: Tensor, embeddings: AdaptiveEmbeddings) -> Tensor:
        """Return the logarithms of all probabilities, (batch, tokens, vocabulary)."""
        head = self._head(hidden, embeddings)
        parts = [head[..., : self.settings.cuts[1]]]
        for k in range(1, self.settings.clusters):
            parts.append(head[..., self._column(k)] + self._tail(k, hidden, embeddings))
        return concat(parts, axis=-1)

    def of_targets(self, hidden: Tensor, targets: Tensor, embeddings: AdaptiveEmbeddings) -> Tensor:
        """Return the logarithms of the probabilities of targets (batch, tokens)."""
        head, cuts = self._head(hidden, embeddings), self.settings.cuts
        total = _picked(head, clip(targets, 0, cuts[1] - 1))
        for k in range(1, self.settings.clusters):
            first, end = cuts[k : k + 2]
            tail = self._tail(k, hidden, embeddings)
            found = _picked(tail, clip(targets - first, 0, end - first - 1))
            inside = logical_and(targets >= first, targets < end)
            total = where(inside, head[..., self._column(k)][..., 0] + found, total)
        return total

    def _head(self, hidden: Tensor, embeddings: AdaptiveEmbeddings) -> Tensor:
        """Return logarithms: of the frequent tokens, then of the clusters."""
        x = self._projected(0, hidden, embeddings)
        scores = [x @ embeddings.cluster_weights(0).T + self._biases(0)]
        if self.cluster_weight is not None and self.cluster_bias is not None:
            scores.append(x @ self.cluster_weight.T + self.cluster_bias)
        return log_softmax(concat(scores, axis=-1))

    def _tail(self, cluster: int, hidden: Tensor, embeddings: AdaptiveEmbeddings) -> Tensor:
        """Return logarithms of the tokens of a cluster among themselves."""
        x = self._projected(cluster, hidden, embeddings)
        weights = embeddings.cluster_weights(cluster)
        return log_softmax(x @ weights.T + self._biases(cluster))

    def _projected(self, cluster: int, hidden: Tensor, embeddings: AdaptiveEmbeddings) -> Tensor:
        own = self.projections[cluster]
        tied = embeddings.projections[cluster if self.settings.is_divided else 0]
        projection = tied if own is None else own
        return hidden if projection is None else hidden @ projection

    def _biases(self, cluster: int) -> Tensor:
        if self.settings.is_divided:
            return self.biases[cluster]
        first, end = self.settings.cuts[cluster : cluster + 2]
        return self.biases[0][first:end]

    def _column(self, cluster: int) -> slice:
        """Return the place of a cluster in the head."""
        place, first = cluster - 1, self.settings.cuts[1]
        if self.settings.clusters_reversed:
            place = self.settings.clusters - 1 - cluster
        return slice(first + place, first + place + 1)


def _zeros(*shape: int) -> Parameter:
    return parameter(np.zeros(shape, np.float32))


def _picked(logs: Tensor, ids: Tensor) -> Tensor:
    return take_along_axis(logs, ids.reshape(*ids.shape, 1), axis=-1)[..., 0]
