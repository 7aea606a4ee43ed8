"""A classifier of texts, or of pairs of texts: a pretrained network with a head, and its labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

import chainrule as cr
from chainrule.classify.errors import ClassifierError
from chainrule.classify.labelled_text import LabelledTexts
from chainrule.classify.network import Pretrained, TextNetwork
from chainrule.classify.settings import Settings
from chainrule.classify.targets import class_ids, numbers
from chainrule.classify.token_ids import TokenIds, token_ids
from chainrule.graph import Array
from chainrule.pretrained import load
from chainrule.pretrained.recognition import recognised
from chainrule.pretrained.sentences.length_batches import length_batches
from chainrule.storage import shown
from chainrule.train import metrics
from chainrule.train.data.iterable_batches import TARGETS

HEAD = "classification"
_TOKENS = 2048  # of a batch of predictions


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of a text.

    label          the most probable class; None for regression
    probabilities  by class; empty for regression
    number         the number of regression; None for classes
    """

    label: str | None
    probabilities: dict[str, float]
    number: float | None = None


class Classifier:
    """A classifier: `Classifier.for_labels(folder, labels, settings)`, or `load` of a saved one.

    net       the pretrained network with its head
    labels    the names of the classes in the order of the scores; empty for regression
    settings  of the training
    compiled  False computes on the reference evaluator
    """

    def __init__(
        self,
        net: Pretrained,
        labels: Sequence[str],
        settings: Settings,
        compiled: bool = True,
    ) -> None:
        self.net, self.labels, self.settings = net, tuple(labels), settings
        self.network = TextNetwork(net, settings.regression)
        self.compiled = compiled
        self._scores = cr.compile(self.network) if compiled else self.network

    @classmethod
    def for_labels(
        cls,
        folder: str | os.PathLike[str],
        labels: Sequence[str],
        settings: Settings,
        compiled: bool = True,
    ) -> Self:
        """Return a classifier with the network of a folder and a new head.

        labels  the names of the classes; none for regression

        Raises PretrainedError for a folder that cannot be read, ClassifierError for a network that
        classifies no texts, and for more tokens than the network has positions.
        """
        _require_classifies(folder)
        count = 1 if settings.regression else [*labels]
        net = load(folder, head=HEAD, labels=count, random=settings.seed)
        positions = net.body.settings.longest
        if settings.max_length is not None and settings.max_length > positions:
            raise ClassifierError(
                f"--max-length {settings.max_length} was asked for, but the network has positions "
                f"for {positions} tokens. Give at most that many."
            )
        return cls(net, labels, settings, compiled)

    def targets(self, data: LabelledTexts) -> Array:
        """Return the targets of labelled texts: class numbers, or numbers for regression.

        Raises LabelledTextError, with file and line, for a label that the classifier cannot have.
        """
        return numbers(data) if self.settings.regression else class_ids(data, self.labels)

    def tokens(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> TokenIds:
        """Return the tokens of texts, cut to the settings' length."""
        return token_ids(self.net, texts, pairs, self.settings.max_length)

    def metrics(self) -> list[cr.train.metrics.Metric]:
        """Return the metrics of the task: accuracy and macro F1, or correlations."""
        if self.settings.regression:
            return [metrics.Pearson(), metrics.Spearman(), metrics.MeanSquaredError()]
        return [metrics.Accuracy(), metrics.F1(classes=len(self.labels))]

    def scores(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> Array:
        """Return the scores, float32 (texts, classes), or (texts,) for regression."""
        if not len(texts):
            return np.zeros((0,) if self.settings.regression else (0, len(self.labels)), np.float32)
        found = self.tokens(texts, pairs)
        self.network.eval()
        data = found.buckets(np.arange(len(texts)), 1, shuffle=False)
        rows: list[Any] = [None] * len(texts)
        for each in length_batches(data.lengths, _TOKENS, found.longest):
            inputs = data.batch(np.resize(each.chosen, each.rows), each.tokens)
            del inputs[TARGETS]
            scores = self._scores(**inputs).read()
            for sample, row in zip(each.chosen.tolist(), scores, strict=False):
                rows[sample] = row
        return np.stack(rows)

    def predict(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> list[Prediction]:
        """Return the label and the probabilities of every text, or its number."""
        scores = self.scores(texts, pairs)
        if self.settings.regression:
            return [Prediction(None, {}, float(each)) for each in scores]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
        shares = powers / powers.sum(axis=1, keepdims=True)
        return [
            Prediction(
                self.labels[int(each.argmax())],
                dict(zip(self.labels, map(float, each), strict=True)),
            )
            for each in shares
        ]

    def evaluate(self, data: LabelledTexts) -> dict[str, Any]:
        """Return the figures on labelled texts by name; for classes also those of each class."""
        targets = self.targets(data)
        scores = self.scores(data.texts, data.pairs)
        figures = {each.name: each.of(scores, targets) for each in self.metrics()}
        if self.settings.regression:
            return figures
        options = {"average": None, "classes": len(self.labels)}
        columns = {
            "precision": metrics.precision(scores, targets, **options),
            "recall": metrics.recall(scores, targets, **options),
            "f1": metrics.f1(scores, targets, **options),
            "texts": np.bincount(targets, minlength=len(self.labels)),
        }
        classes = {
            label: {name: each[place].item() for name, each in columns.items()}
            for place, label in enumerate(self.labels)
        }
        return {**figures, "classes": classes}


def _require_classifies(folder: str | os.PathLike[str]) -> None:
    family = recognised(Path(folder))
    if family is not None and not family.classifies:
        raise ClassifierError(
            f"A classifier of texts was to be made of {shown(folder)}, which is of the family "
            f"{family.name} and has no head for classes. Give BERT, DistilBERT, RoBERTa, XLM-R, "
            "GPT-2 or ULMFiT."
        )
