"""The training of a tagger with transformers and torch."""

from __future__ import annotations

import numpy as np
import torch
from transformers import AutoModelForTokenClassification

from benchmarks.finetuning.job import CLIP, RATE, WEIGHT_DECAY, Batch, Job

_IGNORED = -100


class Learner:
    """A model of transformers with AdamW of torch, as its Trainer sets it up."""

    def __init__(self, job: Job) -> None:
        torch.manual_seed(job.seed)
        self._job, self._made = job, 0
        self.model = AutoModelForTokenClassification.from_pretrained(
            job.folder, num_labels=job.classes
        )
        head = self.model.classifier
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(job.head(head.weight.shape[1])))
            head.bias.zero_()
        self.model.train(job.dropout)
        named = [each[1] for each in self.model.named_parameters() if each[1].requires_grad]
        groups = [
            {"params": [each for each in named if each.ndim >= 2], "weight_decay": WEIGHT_DECAY},
            {"params": [each for each in named if each.ndim < 2], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=RATE)

    def step(self, batch: Batch) -> float:
        """Make one step, and return its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._job.rate(self._made)
        self._made += 1
        ids = torch.from_numpy(batch["ids"]).long()
        mask = torch.arange(ids.shape[1]) < torch.from_numpy(batch["counts"])[:, None]
        labels = torch.from_numpy(labels_of(batch))
        found = self.model(input_ids=ids, attention_mask=mask, labels=labels)
        found.loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return float(found.loss.item())


def labels_of(batch: Batch) -> np.ndarray:
    """Return the tag of a word at its first sub-token, int64 (sentences, tokens)."""
    labels = np.full(batch["ids"].shape, _IGNORED, np.int64)
    inside = batch["targets"] >= 0
    labels.reshape(-1)[batch["places"][inside]] = batch["targets"][inside]
    return labels
