"""The training of taggers: `chainrule.train.fit` on batches of sentences."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.augmentation import Augmented
from chainrule.ner.batches import grouped, places_of
from chainrule.ner.decoders import PADDED
from chainrule.ner.encoders import margin_of
from chainrule.ner.features import Lexicon
from chainrule.ner.features.affixes import UNKNOWN_AFFIX
from chainrule.ner.tagger import Tagger
from chainrule.text import UNKNOWN_ID, Sentence, require_labelled

Array = np.ndarray[Any, Any]

# The settings that decide what the batches of an epoch hold.
_DECIDING = (
    "batch_size",
    "unknown_rate",
    "affix_dropout",
    "gazetteer_dropout",
    "augment",
    "seed",
)


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
    settings, batches = tagger.settings, TrainingBatches(tagger, train)
    rate = cr.optim.schedules.Cosine(settings.learning_rate, settings.epochs * len(batches))
    return cr.train.fit(
        tagger.network,
        cr.optim.Adam(tagger.network, learning_rate=rate),
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


class TrainingBatches:
    """The batches of every epoch, a function of its number.

    Rare words are replaced by the unknown word at random, so that its vector is trained; sentences
    are changed as `settings.augment` says.
    """

    def __init__(self, tagger: Tagger, sentences: Sequence[Sentence]) -> None:
        self._settings, self.words = tagger.settings, sum(len(each.words) for each in sentences)
        self._margin, self._lexicon = margin_of(self._settings), tagger.lexicon
        self._digest = digest(sentences)
        self._augmented = Augmented(sentences, self._settings.augment)
        self._as_written = Tokens(self._lexicon, sentences)
        self._targets = np.append(tagger.targets(sentences), PADDED)
        self._lengths = np.array([len(each.words) for each in sentences], np.int64)
        self._firsts = np.cumsum(self._lengths) - self._lengths
        counts = np.maximum(1, tagger.vocabulary.counts)
        rare = self._settings.unknown_rate / (self._settings.unknown_rate + counts)
        rare[: UNKNOWN_ID + 1] = 0
        self._rare = rare

    def settings(self) -> dict[str, Any]:
        """Return what the batches depend on, for a run that is resumed: digests and settings."""
        own = {name: getattr(self._settings, name) for name in _DECIDING}
        found = self._as_written.by_form
        content = b"".join(each.tobytes() for each in found.values())
        features = f"{', '.join(found)}, {_sha256(content)}"
        return {"sentences": self._digest, "features": features, **own}

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return len(self._grouped(np.arange(len(self._lengths))))

    def __call__(self, epoch: int) -> Iterator[tuple[Array, ...]]:
        """Yield the batches of an epoch: lengths, features, targets."""
        random = np.random.default_rng((self._settings.seed, 1, epoch))
        batches = self._grouped(random.permutation(len(self._lengths)))
        tokens = self._tokens(random)
        for number in random.permutation(len(batches)):
            chosen, steps = batches[number]
            yield self._batch(tokens, chosen, steps, random)

    def _tokens(self, random: np.random.Generator) -> Tokens:
        """Return the tokens of an epoch: of other copies, with other names of the gazetteer."""
        gazetteer, dropout = self._lexicon.gazetteer, self._settings.gazetteer_dropout
        if not self._settings.augment and (gazetteer is None or not dropout):
            return self._as_written
        if gazetteer is not None:
            gazetteer = gazetteer.some(1 - dropout, random)
        return Tokens(replace(self._lexicon, gazetteer=gazetteer), self._augmented.copies(random))

    def _grouped(self, order: Array) -> list[tuple[Array, int]]:
        return grouped(self._lengths.tolist(), self._settings.batch_size, order)

    def _batch(
        self, tokens: Tokens, sentences: Array, steps: int, random: np.random.Generator
    ) -> tuple[Array, ...]:
        lengths, firsts = self._lengths[sentences], self._firsts[sentences]
        features = tokens.features(places_of(lengths, firsts, steps, self._margin))
        self._drop(features, random)
        targets = self._targets[places_of(lengths, firsts, steps)]
        return (lengths, *features.values(), targets)

    def _drop(self, features: dict[str, Array], random: np.random.Generator) -> None:
        """Replace some words and affixes by unknown ones."""
        words = features["words"]
        features["words"] = np.where(
            random.random(words.shape) < self._rare[words], UNKNOWN_ID, words
        )
        if "affixes" in features and self._settings.affix_dropout:
            affixes = features["affixes"]
            dropped = random.random(affixes.shape) < self._settings.affix_dropout
            features["affixes"] = np.where(dropped & (affixes > 0), UNKNOWN_AFFIX, affixes)


def digest(sentences: Sequence[Sentence]) -> str:
    """Return the number of sentences and a digest of their words and tags, as text."""
    content = repr([(each.words, each.tags) for each in sentences])
    return f"{len(sentences)} sentences, {_sha256(content.encode('utf-8', 'surrogatepass'))}"


def _sha256(content: bytes) -> str:
    return f"sha256 {hashlib.sha256(content).hexdigest()[:12]}"


class Tokens:
    """The features of all words of sentences.

    by_form  the features of different words, by name
    """

    def __init__(self, lexicon: Lexicon, sentences: Sequence[Sentence]) -> None:
        words = lexicon.flat([each.words for each in sentences]).words
        forms = [*dict.fromkeys(words)]
        number_of = {form: number for number, form in enumerate(forms, start=1)}
        numbers = [*map(number_of.__getitem__, words), 0]  # at position -1: padding
        self._numbers, self.by_form = np.array(numbers), lexicon.features(forms).arrays()

    def features(self, places: Array) -> dict[str, Array]:
        """Return the features (..., ...) of the words at places, by name; -1 is padding."""
        numbers = self._numbers[places]
        return {name: each[numbers] for name, each in self.by_form.items()}


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
        self._tagger.network.eval()
        found = self._tagger.evaluate(self._dev).overall
        self._tagger.network.train()
        record.update(dev_precision=found.precision, dev_recall=found.recall, dev_f1=found.f1)
        self._on_epoch(self._epoch(record))

    def _epoch(self, record: Mapping[str, Any]) -> Epoch:
        speed = self._words / max(record["seconds"], 1e-9)
        scores = (record[name] for name in ("dev_precision", "dev_recall", "dev_f1"))
        return Epoch(record["epoch"], record["loss"], speed, *scores)
