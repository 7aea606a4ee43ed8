"""The job with chainrule."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from benchmarks.finetuning.job import CLIP, RATE, WARM_UP, WEIGHT_DECAY, Batch, Job
from chainrule.classify.classifier import Classifier
from chainrule.classify.settings import Settings
from chainrule.classify.trained_parts import choose_parts
from chainrule.classify.training import optimizer_of


class Learner:
    """A classifier, its compiled training step and its compiled scores."""

    def __init__(self, job: Job) -> None:
        settings = Settings(
            epochs=1,
            learning_rate=RATE,
            warm_up=WARM_UP,
            weight_decay=WEIGHT_DECAY,
            clip=CLIP,
            seed=job.seed,
        )
        labels = [str(each) for each in range(job.classes)]
        classifier = Classifier.for_labels(job.folder, labels, settings)
        self.network = classifier.network
        head = classifier.net.head.classifier
        head.weight.assign(job.head(head.weight.shape[1]))
        head.bias.assign(np.zeros(job.classes, np.float32))
        choose_parts(self.network, settings)
        if not job.dropout:
            self.network.eval()
        optimizer = optimizer_of(classifier, len(job.batches))

        def step(ids, mask, targets):
            loss = cr.nn.cross_entropy(self.network(ids, mask), targets)
            optimizer.minimize(loss)
            return loss

        self._step, self._scores = cr.compile(step), cr.compile(self.network)

    def step(self, batch: Batch) -> float:
        """Make one step, and return its loss."""
        return self._step(batch["ids"], batch["mask"], batch["targets"]).item()

    def correct(self, batch: Batch) -> int:
        """Return how many texts of a batch are classified right."""
        self.network.eval()
        scores = self._scores(batch["ids"], batch["mask"]).read()
        return int((scores.argmax(axis=1) == batch["targets"]).sum())
