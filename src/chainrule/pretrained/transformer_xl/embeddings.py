"""Adaptive embeddings: rare words have narrow vectors, which are projected."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import Parameter, Tensor, parameter
from chainrule.nn import Embedding, Module
from chainrule.ops import clip, logical_and, where
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.transformer_xl.settings import XLSettings


class AdaptiveEmbeddings(Module):
    """Vectors of tokens by clusters of frequency: (batch, tokens, width).

    tables       of every cluster, (tokens, width of the cluster); one table of all without division
    projections  of every table, (width, width of the cluster), or None

    Baevski, Auli: Adaptive input representations for neural language modeling (2019).
    """

    def __init__(self, settings: XLSettings, random: np.random.Generator) -> None:
        self.settings = settings
        widths = [settings.cluster_width(k) for k in range(settings.tables)]
        self.tables = [
            Embedding(settings.table_size(k), width, initial=unset)
            for k, width in enumerate(widths)
        ]
        self.projections: list[Parameter | None] = [
            parameter(np.zeros((settings.width, width), np.float32))
            if settings.has_projections
            else None
            for width in widths
        ]

    def forward(self, ids: Tensor) -> Tensor:
        """Return the vectors of ids, times the root of the width."""
        parts = zip(self.tables, self.projections, strict=True)
        if not self.settings.is_divided:
            table, projection = next(parts)
            return _projected(table(ids), projection) * math.sqrt(self.settings.width)
        total: Tensor | None = None
        for k, (table, projection) in enumerate(parts):
            first, end = self.settings.cuts[k : k + 2]
            inside = logical_and(ids >= first, ids < end).reshape(*ids.shape, 1)
            vectors = _projected(table(clip(ids - first, 0, end - first - 1)), projection)
            total = where(inside, vectors, 0 if total is None else total)
        assert total is not None
        return total * math.sqrt(self.settings.width)

    def cluster_weights(self, cluster: int) -> Tensor:
        """Return the vectors of the tokens of a cluster, (tokens, width of the cluster)."""
        if self.settings.is_divided:
            return self.tables[cluster].weight
        first, end = self.settings.cuts[cluster : cluster + 2]
        return self.tables[0].weight[first:end]


def _projected(vectors: Tensor, projection: Parameter | None) -> Tensor:
    return vectors if projection is None else vectors @ projection.T
