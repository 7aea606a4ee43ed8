"""The pretrained encoder: a network of a folder, and the features of words beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule as cr
from chainrule.ner.settings import Settings

if TYPE_CHECKING:
    from chainrule.pretrained import PretrainedNetwork


class Pretrained(cr.nn.Module):
    """The hidden state of the first sub-token of each word, joined with the word's features.

    Devlin et al.: BERT (2019), section 5.3: the first sub-token is the word for the tagger.
    """

    inputs = 3  # arrays that it reads beside the features, see `Windows`

    def __init__(
        self,
        inputs: int,
        settings: Settings,
        random: np.random.Generator,
        net: PretrainedNetwork,
    ) -> None:
        self.size = net.body.settings.width + inputs
        self.input_dropout = cr.nn.Dropout(settings.input_dropout, random=random)
        self.hidden_dropout = cr.nn.Dropout(settings.hidden_dropout, random=random)
        self.net = net

    def forward(self, vectors: Any, lengths: Any, ids: Any, counts: Any, places: Any) -> cr.Tensor:
        """Return (sentences, words, size).

        vectors             (sentences, words, inputs), or None without features
        ids, counts, places see `Windows`
        """
        output: Any = self.net((ids, counts))
        return self._joined(vectors, output.hidden, places)

    def of_rows(
        self, vectors: Any, subtokens: Any, ids: Any, counts: Any, places: Any
    ) -> cr.Tensor:
        """Return the same for word vectors `subtokens` (windows, extent, width) in place of ids."""
        body, ids = self.net.body, cr.asarray(ids)
        embedded = body.embeddings.of_vectors(subtokens, ids)
        mask = cr.nn.sequence_mask(counts, ids.shape[1])
        return self._joined(vectors, body.encoded(embedded, mask).hidden, places)

    def _joined(self, vectors: Any, hidden: cr.Tensor, places: Any) -> cr.Tensor:
        states = cr.take(hidden.reshape(-1, hidden.shape[-1]), places, axis=0)
        states = self.hidden_dropout(states)
        if vectors is None:
            return states
        return cr.concat([states, self.input_dropout(vectors)], axis=-1)
