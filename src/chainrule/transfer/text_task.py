"""The classification of texts as a task of a comparison."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.classify import Classifier, LabelledTexts, Settings, class_names, train
from chainrule.classify.classifier import HEAD
from chainrule.classify.targets import class_ids, require_same_columns
from chainrule.pretrained import fresh, load
from chainrule.pretrained.tokenizer import open_tokenizer
from chainrule.transfer.strategies import Strategy
from chainrule.transfer.subset import subset, with_changed_copies

_SAMPLED = 500  # texts whose words are counted


class TextTask:
    """Classes of texts or pairs, read from labelled files.

    name        as it is printed
    pretrained  the folder of the pretrained network
    train, dev  labelled texts
    steps       of every training, whatever the strategy and the number of texts
    dev_size    the largest number of held-out texts
    compiled    False trains on the reference evaluator
    settings    of `chainrule.classify.Settings`, for all strategies

    Raises LabelledTextError for one class only, for labels of `dev` that `train` does not have, and
    if one has pairs of texts and the other does not.
    """

    measure = "accuracy"

    def __init__(
        self,
        name: str,
        pretrained: str | os.PathLike[str],
        train: LabelledTexts,
        dev: LabelledTexts,
        *,
        steps: int = 200,
        dev_size: int = 400,
        compiled: bool = True,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.pretrained, self.steps, self.compiled = name, pretrained, steps, compiled
        self.labels = class_names(train)
        require_same_columns(train, dev)
        class_ids(dev, self.labels)
        self.train, self.dev = train, subset(dev, dev_size, seed=0)
        self.settings = Settings(**(settings or {}))

    @property
    def size(self) -> int:
        """The number of labelled texts."""
        return len(self.train)

    @cached_property
    def _tokens_per_word(self) -> float:
        texts = subset(self.train, _SAMPLED, seed=0).texts
        found = open_tokenizer(self.pretrained).encode(texts)
        words = found.words.max(axis=1, initial=-1) + 1
        return float(np.count_nonzero(found.words >= 0) / max(1, words.sum()))

    def tokens_per_word(self) -> float:
        """Return the mean number of tokens into which the network's tokenizer divides a word."""
        return self._tokens_per_word

    def figure(self, strategy: Strategy, size: int, seed: int) -> float:
        """Return the accuracy on the held-out texts after training on `size` texts."""
        learned = subset(self.train, size, seed)
        if strategy.augment:
            learned = with_changed_copies(learned, seed)
        settings = self._settings(strategy, len(learned), seed)
        make = fresh if strategy.fresh else load
        net = make(self.pretrained, head=HEAD, labels=self.labels, random=seed)
        classifier = Classifier(net, self.labels, settings, self.compiled)
        train(classifier, learned, self.dev)
        return float(classifier.evaluate(self.dev)["accuracy"])

    def _settings(self, strategy: Strategy, size: int, seed: int) -> Settings:
        """Return the settings of a training: as many epochs as make the number of steps."""
        batch = min(self.settings.batch_size, size)
        epochs = max(1, round(self.steps * batch / size))
        given = self.settings.model_dump() | strategy.settings
        return Settings(**{**given, "epochs": epochs, "patience": epochs, "seed": seed})
