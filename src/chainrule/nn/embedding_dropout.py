"""Dropout of the rows of an embedding: words are dropped, wherever they occur."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.nn.dropout import Dropout
from chainrule.nn.embedding import Embedding
from chainrule.nn.module.module import Module
from chainrule.ops import bernoulli, take, where


class EmbeddingDropout(Module):
    """An embedding whose rows are dropped in training: all vectors of a dropped id are zero.

    layer        the embedding
    probability  of dropping a row in a call; rows that are kept are divided by 1 - probability
    random       a NumPy generator or a seed for the masks, one per call; fresh entropy if None

    In inference mode it is the embedding. The rows of a batch alone have gradients. Raises
    ValueError for a probability outside [0, 1]. Gal and Ghahramani: A theoretically grounded
    application of dropout in recurrent neural networks (2016), section 4.2.
    """

    def __init__(
        self,
        layer: Embedding,
        probability: float = 0.1,
        *,
        random: np.random.Generator | int | None = None,
    ) -> None:
        self.layer, self.dropout = layer, Dropout(probability, random=random)

    def forward(self, ids: TensorLike) -> Tensor:
        """Return the vectors (..., size) of `ids` (...), zero for dropped ids."""
        ids = as_tensor(ids)
        vectors: Tensor = self.layer(ids)
        drop = self.dropout
        if not drop.training or drop._setting("probability") == 0:
            return vectors
        kept = 1 - drop.probability
        rows = bernoulli(drop.stream.key(), kept, (self.layer.weight.shape[0],))
        is_kept = take(rows, ids, axis=0).reshape(*ids.shape, 1)
        return where(is_kept, vectors * (1 / kept) if kept else vectors, 0)
