"""The tagging of entities as a task of a comparison."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.ner import Settings, Tagger, recommended, train
from chainrule.pretrained import PretrainedNetwork, fresh, load
from chainrule.pretrained.tokenizer import open_tokenizer
from chainrule.text import Sentence
from chainrule.transfer.strategies import Strategy

_SAMPLED = 500  # sentences whose words are counted
_FRESH_RATE = 2e-4


class TaggingTask:
    """Entities in sentences, read from column files.

    name        as it is printed
    pretrained  the folder of the pretrained network, which is the tagger's encoder
    train, dev  sentences with tags
    steps       of every training, about, whatever the strategy and the number of sentences
    dev_size    the largest number of held-out sentences
    compiled    False trains on the reference evaluator
    batch_size  sub-tokens per step
    """

    measure = "F1"

    def __init__(
        self,
        name: str,
        pretrained: str | os.PathLike[str],
        train: Sequence[Sentence],
        dev: Sequence[Sentence],
        *,
        steps: int = 200,
        dev_size: int = 400,
        compiled: bool = True,
        batch_size: int = 512,
    ) -> None:
        self.name, self.pretrained, self.steps, self.compiled = name, pretrained, steps, compiled
        self.train, self.dev, self.batch_size = list(train), list(dev)[:dev_size], batch_size

    @property
    def size(self) -> int:
        """The number of sentences."""
        return len(self.train)

    @cached_property
    def _tokens_per_word(self) -> float:
        words = [list(each.words) for each in self.train[:_SAMPLED]]
        found = open_tokenizer(self.pretrained).encode_words(words)
        return float(np.count_nonzero(found.words >= 0) / max(1, sum(map(len, words))))

    def tokens_per_word(self) -> float:
        """Return the mean number of tokens into which the network's tokenizer divides a word."""
        return self._tokens_per_word

    def figure(self, strategy: Strategy, size: int, seed: int) -> float:
        """Return the F1 on the held-out sentences, as a share, after training on `size` of them."""
        order = np.random.default_rng(seed).permutation(len(self.train))[:size]
        learned = [self.train[each] for each in order]
        settings = self._settings(strategy, learned, seed)
        tagger = Tagger.for_corpus(
            learned, settings, compiled=self.compiled, net=self._encoder(strategy, seed)
        )
        train(tagger, learned, self.dev)
        return tagger.evaluate(self.dev).overall.f1 / 100

    def _encoder(self, strategy: Strategy, seed: int) -> PretrainedNetwork:
        net: PretrainedNetwork = (fresh if strategy.fresh else load)(self.pretrained, random=seed)
        net.body.pooler = None
        return net

    def _settings(self, strategy: Strategy, learned: Sequence[Sentence], seed: int) -> Settings:
        """Return the settings of a training: as many epochs as make the number of steps."""
        tokens = self._tokens_per_word * sum(len(each.words) for each in learned)
        epochs = max(1, round(self.steps * self.batch_size / max(tokens, self.batch_size)))
        chosen: dict[str, Any] = {
            "freeze_encoder": bool(strategy.settings.get("freeze", False)),
            "last": strategy.settings.get("last"),
            "augment": ("mentions",) if strategy.augment else (),
            "batch_size": self.batch_size,
            "epochs": epochs,
            "patience": epochs,
            "seed": seed,
        }
        if strategy.fresh:
            chosen["encoder_rate"] = _FRESH_RATE
        return recommended("pretrained", has_vectors=False).model_copy(update=chosen)
