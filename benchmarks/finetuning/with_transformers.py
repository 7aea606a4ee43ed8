"""The job with transformers and torch."""

from __future__ import annotations

import torch
from transformers import AutoModelForSequenceClassification, logging

from benchmarks.finetuning.job import CLIP, RATE, WEIGHT_DECAY, Batch, Job


class Learner:
    """A model of transformers with AdamW of torch, as its Trainer sets it up."""

    kind = AutoModelForSequenceClassification

    def __init__(self, job: Job) -> None:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        torch.manual_seed(job.seed)
        self._job, self._made = job, 0
        self.model = self.kind.from_pretrained(job.folder, num_labels=job.classes)
        head = self.model.classifier
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(job.head(head.weight.shape[1])))
            head.bias.zero_()
        self.model.train(job.dropout)
        named = [each for each in self.model.named_parameters() if each[1].requires_grad]
        groups = [
            {"params": [p for _, p in named if p.ndim >= 2], "weight_decay": WEIGHT_DECAY},
            {"params": [p for _, p in named if p.ndim < 2], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=RATE)

    def step(self, batch: Batch) -> float:
        """Make one step, and return its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._job.rate(self._made)
        self._made += 1
        loss = self._loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return float(loss.item())

    def _loss(self, batch: Batch) -> torch.Tensor:
        ids, mask, targets = (torch.from_numpy(batch[k]) for k in ("ids", "mask", "targets"))
        return self.model(input_ids=ids.long(), attention_mask=mask, labels=targets).loss

    def correct(self, batch: Batch) -> int:
        """Return how many texts of a batch are classified right."""
        self.model.eval()
        ids, mask, targets = (torch.from_numpy(batch[k]) for k in ("ids", "mask", "targets"))
        with torch.inference_mode():
            scores = self.model(input_ids=ids.long(), attention_mask=mask).logits
        return int((scores.argmax(dim=1) == targets).sum())
