"""The training of a tagger with transformers and torch."""

from __future__ import annotations

import numpy as np
import torch
from transformers import AutoModelForTokenClassification

from benchmarks.finetuning import with_transformers
from benchmarks.finetuning.job import Batch

_IGNORED = -100


class Learner(with_transformers.Learner):
    """A model that labels tokens, trained as the one that labels texts."""

    kind = AutoModelForTokenClassification

    def _loss(self, batch: Batch) -> torch.Tensor:
        ids = torch.from_numpy(batch["ids"]).long()
        mask = torch.arange(ids.shape[1]) < torch.from_numpy(batch["counts"])[:, None]
        labels = torch.from_numpy(labels_of(batch))
        return self.model(input_ids=ids, attention_mask=mask, labels=labels).loss


def labels_of(batch: Batch) -> np.ndarray:
    """Return the tag of a word at its first sub-token, int64 (sentences, tokens)."""
    labels = np.full(batch["ids"].shape, _IGNORED, np.int64)
    inside = batch["targets"] >= 0
    labels.reshape(-1)[batch["places"][inside]] = batch["targets"][inside]
    return labels
