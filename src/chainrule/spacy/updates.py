"""Training steps of a tagger on sentences that come batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner import Tagger
from chainrule.ner.optimizers import choose_parts, optimizer_of
from chainrule.ner.training_batches import TrainingBatches
from chainrule.text import Sentence

_ENDLESS = 1 << 40  # steps in which a rate hardly falls


class Updates:
    """The optimizer of a tagger, and its training steps.

    steps  in which the rate falls to 0 as in `chainrule.ner.train`; 0 for a constant rate
    """

    def __init__(self, tagger: Tagger, steps: int = 0) -> None:
        self._tagger, self._count = tagger, 0
        settings = tagger.settings
        if not steps:
            settings = settings.model_copy(update={"warm_up": 0.0})
        choose_parts(tagger.network, settings)
        self._optimizer = optimizer_of(tagger.network, settings, steps or _ENDLESS)
        self._step = cr.compile(self._stepped) if tagger.compiled else self._stepped
        tagger.network.eval()

    def _stepped(self, *batch: Any) -> cr.Tensor:
        network = self._tagger.network
        loss = network.decoder.loss(network(*batch[:-1]), batch[-1])
        self._optimizer.minimize(loss)
        return loss

    def update(self, sentences: Sequence[Sentence]) -> float:
        """Take steps of about `settings.batch_size` words each; return the mean of their losses.

        The loss is that per word, in nats. Raises TrainingError for unknown entity types.
        """
        batches = TrainingBatches(self._tagger, sentences)
        choose_parts(self._tagger.network, self._tagger.settings)
        try:
            losses = [float(self._step(*_filled(each)).read()) for each in batches(self._count)]
        finally:
            self._tagger.network.eval()
        self._count += 1
        return float(np.mean(losses)) if losses else 0.0


def _filled(batch: Sequence[Any]) -> list[Any]:
    """Return a batch with a power of 2 of rows, some of them twice, so that batches share code.

    There may be more windows than sentences. They keep their numbers, which `places` holds.
    """
    return [each[np.resize(np.arange(len(each)), _power_above(len(each)))] for each in batch]


def _power_above(rows: int) -> int:
    """Return the least power of two that is not below `rows`."""
    return 1 << (rows - 1).bit_length()
