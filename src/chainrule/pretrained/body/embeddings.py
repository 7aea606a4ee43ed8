"""Embeddings of tokens, positions and segments."""

from __future__ import annotations

import numpy as np

from chainrule.graph import ShapeError, Tensor
from chainrule.nn import Dropout, Embedding, LayerNorm, Module
from chainrule.ops import cumulative_sum, not_equal
from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.body.unset import unset


class Embeddings(Module):
    """The sum of vectors of token, position and segment, normalised: (batch, tokens, width).

    Tables start at zero: their values come from a file. Devlin et al.: BERT (2019), section 3.
    """

    def __init__(self, settings: EncoderSettings, random: np.random.Generator) -> None:
        width = settings.width
        self.settings = settings
        self.words = Embedding(settings.vocabulary, width, initial=unset)
        self.positions = Embedding(settings.positions, width, initial=unset)
        self.segments = (
            Embedding(settings.segments, width, initial=unset) if settings.segments else None
        )
        self.norm = LayerNorm(width, epsilon=settings.epsilon)
        self.dropout = Dropout(settings.dropout, random=random)

    def forward(self, ids: Tensor, segments: Tensor | None = None) -> Tensor:
        """Return the embeddings of `ids` (batch, tokens); segments alike, or None for 0.

        Raises ShapeError for more tokens than there are positions, RangeError for unknown ids.
        """
        self._require_positions(ids)
        return self.of_vectors(self.words(ids), ids, segments)

    def of_vectors(self, vectors: Tensor, ids: Tensor, segments: Tensor | None = None) -> Tensor:
        """Return the embeddings of `vectors` (batch, tokens, width) in place of those of tokens."""
        x = vectors + self._positions(ids)
        if self.segments is not None:
            x = x + (self.segments.weight[0] if segments is None else self.segments(segments))
        return self.dropout(self.norm(x))

    def _positions(self, ids: Tensor) -> Tensor:
        if not self.settings.counts_positions:
            return self.positions.weight[: ids.shape[1]]
        visible = not_equal(ids, self.settings.padding).astype("int32")
        return self.positions(cumulative_sum(visible, axis=1) * visible + self.settings.padding)

    def _require_positions(self, ids: Tensor) -> None:
        if ids.ndim != 2 or ids.shape[1] > self.settings.longest:
            raise ShapeError(
                f"The network was given ids of shape {ids.shape}. It takes (batch, tokens) with at "
                f"most {self.settings.longest} tokens; net.tokenize(texts, max_length="
                f"{self.settings.longest}) cuts longer texts."
            )
