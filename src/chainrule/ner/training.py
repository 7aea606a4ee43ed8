"""The training of taggers: `chainrule.train.fit` on batches of sentences."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import chainrule as cr
from chainrule.ner.decoders import PADDED
from chainrule.ner.features.contextual import keeping
from chainrule.ner.optimizers import choose_parts, optimizer_of
from chainrule.ner.tagger import Tagger
from chainrule.ner.training_batches import TrainingBatches, digest
from chainrule.text import Sentence, require_labelled


@dataclass(frozen=True)
class Epoch:
    """The figures of one pass over the training data.

    number            the number of the epoch, from 1
    loss              the mean loss per word in nats, with dropout
    words_per_second  the speed of training, without evaluation
    precision, recall, f1
                      of the entities in the held-out data after the epoch, in percent
    """

    number: int
    loss: float
    words_per_second: float
    precision: float
    recall: float
    f1: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures as plain numbers by name."""
        return {
            "epoch": self.number,
            "loss": self.loss,
            "words_per_second": self.words_per_second,
            "dev_precision": self.precision,
            "dev_recall": self.recall,
            "dev_f1": self.f1,
        }


def train(
    tagger: Tagger,
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    *,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    on_batch: Callable[[int, float], None] = lambda words, loss: None,
    on_resume: Callable[[list[Epoch]], None] = lambda epochs: None,
    callbacks: Sequence[cr.train.Callback] = (),
    checkpoint: cr.train.Checkpoint | str | os.PathLike[str] | None = None,
) -> cr.train.History:
    """Train `tagger` in place with its settings, by `chainrule.train.fit`; return the history.

    on_epoch    a function that is called with the figures of every epoch
    on_batch    a function that is called with the number of words and the loss after every batch
    on_resume   a function that is called with the epochs that are done if a checkpoint is continued
    callbacks   further callbacks, such as `chainrule.train.Doctor`
    checkpoint  checkpoints, or a folder for them, from which a run continues that was stopped

    Records of epochs have the figures "dev_precision", "dev_recall" and "dev_f1" too. Training
    ends early after `settings.patience` epochs without a better F1. The same seed and data give the
    same weights, bit for bit, on the same machine. Raises SentenceError for sentences without tags.
    Raises TrainingError, before any step, for data without words, or with entity types that the
    tagger does not know. Raises CheckpointError for a checkpoint of a run with other sentences,
    features or settings.
    """
    train, dev = require_labelled(train), require_labelled(dev)
    for name, sentences in (("training", train), ("held-out", dev)):
        if not any(each.words for each in sentences):
            raise cr.train.TrainingError(
                f"The {name} data holds no word in {len(sentences)} sentences. Give sentences with "
                "words and their tags."
            )
    with keeping(tagger.lexicon.contextual, [each.words for each in (*train, *dev)]):
        settings, batches = tagger.settings, TrainingBatches(tagger, train)
        choose_parts(tagger.network, settings)
        try:
            return cr.train.fit(
                tagger.network,
                optimizer_of(tagger.network, settings, settings.epochs * len(batches)),
                tagger.network.decoder.loss,
                batches,
                epochs=settings.epochs,
                callbacks=[
                    Scoring(tagger, dev, batches.words, on_epoch, on_batch, on_resume),
                    cr.train.EarlyStopping(
                        "dev_f1", mode="max", patience=settings.patience, restore_best=False
                    ),
                    *callbacks,
                ],
                checkpoint=checkpoint,
                seed=settings.seed,
                compiled=tagger.compiled,
                diagnose=False,
                progress=False,
            )
        finally:
            tagger.network.eval()


class Scoring(cr.train.Callback):
    """Adds the scores on held-out data to the record of every epoch, and reports progress."""

    def __init__(
        self,
        tagger: Tagger,
        dev: Sequence[Sentence],
        words: int,
        on_epoch: Callable[[Epoch], None],
        on_batch: Callable[[int, float], None],
        on_resume: Callable[[list[Epoch]], None],
    ) -> None:
        self._tagger, self._dev, self._words = tagger, dev, words
        self._on_epoch, self._on_batch, self._on_resume = on_epoch, on_batch, on_resume

    def settings(self) -> dict[str, Any]:
        """Return a digest of the held-out data, which a resumed run must have too."""
        return {"held-out data": digest(self._dev)}

    def start(self, run: cr.train.Run) -> None:
        """Report the epochs that a checkpoint holds."""
        if run.history.epochs:
            self._on_resume([self._epoch(record) for record in run.history.epochs])

    def after_step(self, run: cr.train.Run) -> None:
        """Report the words and the loss of the step."""
        self._on_batch(int((run.batch[-1] != PADDED).sum()), run.loss)

    def after_epoch(self, run: cr.train.Run, record: dict[str, Any]) -> None:
        """Score the tagger, and report the epoch."""
        modes = [(each, each.training) for each in self._tagger.network.modules()]
        self._tagger.network.eval()
        found = self._tagger.evaluate(self._dev).overall
        for each, training in modes:
            each.training = training
        record.update(dev_precision=found.precision, dev_recall=found.recall, dev_f1=found.f1)
        self._on_epoch(self._epoch(record))

    def _epoch(self, record: Mapping[str, Any]) -> Epoch:
        speed = self._words / max(record["seconds"], 1e-9)
        scores = (record[name] for name in ("dev_precision", "dev_recall", "dev_f1"))
        return Epoch(record["epoch"], record["loss"], speed, *scores)
