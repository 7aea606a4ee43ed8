"""Batches for the prediction of hidden tokens, and the model that predicts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.pretrained import PretrainedNetwork

HIDDEN_SHARE = 0.15  # Devlin et al.: BERT (2019), section 3.1: of these, 80 % become [MASK],
KEPT, REPLACED = 0.1, 0.1  # 10 % stay, and 10 % become any token


class Chunks:
    """Stretches of text of one length, of which other tokens are hidden in every epoch.

    ids       int32 (chunks, tokens), [CLS] first and [SEP] last, no padding
    mask      the id of [MASK]
    ordinary  the ids from this one on are drawn as replacements
    """

    def __init__(
        self, ids: np.ndarray, mask: int, ordinary: int, batch_size: int, seed: int
    ) -> None:
        self.ids, self.mask, self.ordinary = ids, mask, ordinary
        self.batch_size, self.seed = batch_size, seed
        self.vocabulary = int(ids.max()) + 1
        self.hidden = max(1, round(HIDDEN_SHARE * (ids.shape[1] - 2)))

    def __call__(self, epoch: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield the batches of an epoch; a function of the seed and the epoch."""
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(self.ids))
        for start in range(0, len(order) - self.batch_size + 1, self.batch_size):
            yield self.batch(self.ids[order[start : start + self.batch_size]], random)

    def batch(self, ids: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
        """Return chunks with hidden tokens, their places, and the tokens as targets."""
        inner = random.random((len(ids), ids.shape[1] - 2))
        places = np.sort(np.argpartition(inner, self.hidden)[:, : self.hidden] + 1)
        targets = np.take_along_axis(ids, places, axis=1)
        drawn = random.random(places.shape)
        others = random.integers(self.ordinary, self.vocabulary, places.shape)
        shown = np.where(
            drawn < KEPT, targets, np.where(drawn < KEPT + REPLACED, others, self.mask)
        )
        changed = ids.copy()
        np.put_along_axis(changed, places, shown.astype(ids.dtype), axis=1)
        return {"ids": changed, "places": places.astype(np.int32), "targets": targets}

    def settings(self) -> dict[str, Any]:
        """Return what a resumed run must have in common with the first."""
        return {
            "chunks": list(self.ids.shape),
            "sum of ids": int(self.ids.sum(dtype=np.int64)),
            "batch_size": self.batch_size,
            "seed": self.seed,
        }


class HiddenTokens(cr.nn.Module):
    """Scores of all tokens at hidden places: the head reads these places alone."""

    def __init__(self, net: PretrainedNetwork) -> None:
        self.net = net

    def forward(self, ids: Any, places: Any) -> cr.Tensor:
        """Return scores (batch, places, vocabulary).

        ids     (batch, tokens) integers, without padding
        places  (batch, places) integers: the places of hidden tokens
        """
        output = self.net.body(ids)
        rows = cr.arange(ids.shape[0]).reshape(-1, 1)
        hidden = output._replace(hidden=output.hidden[rows, places])
        return self.net.head(hidden, self.net.body.embeddings.words.weight)


def chunks_of(tokenizer: Any, texts: list[str], length: int) -> np.ndarray:
    """Return all tokens of some texts one after another, cut into chunks of `length` tokens."""
    rows = []
    for start in range(0, len(texts), 256):
        found = tokenizer.encode(texts[start : start + 256])
        rows.append(found.ids[found.texts >= 0])
    tokens, inner = np.concatenate(rows), length - 2
    whole = tokens[: len(tokens) // inner * inner].reshape(-1, inner).astype(np.int32)
    ids = tokenizer.special_ids
    column = np.ones((len(whole), 1), np.int32)
    return np.concatenate([column * ids["cls"], whole, column * ids["sep"]], axis=1)
