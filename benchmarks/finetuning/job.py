"""What both frameworks are given: the network, the batches, the rates, the first head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Batch = dict[str, np.ndarray[Any, Any]]

RATE, WEIGHT_DECAY, CLIP, WARM_UP = 5e-5, 0.01, 1.0, 0.1
_DEVIATION = 0.02


@dataclass(frozen=True)
class Job:
    """One training: an epoch over `batches`, then an evaluation on `held_out`.

    folder    of the pretrained network
    classes   the number of labels
    dropout   False sets all probabilities of dropout to 0
    """

    folder: Path
    classes: int
    batches: Sequence[Batch]
    held_out: Sequence[Batch]
    seed: int
    dropout: bool

    def head(self, width: int) -> np.ndarray[Any, Any]:
        """Return the first weights of the head, float32 (classes, width)."""
        values = np.random.default_rng(self.seed).normal(0, _DEVIATION, (self.classes, width))
        return values.astype(np.float32)

    def rate(self, step: int) -> float:
        """Return the rate of a step, counted from 0: it rises from 0, then falls to 0."""
        steps = len(self.batches)
        warming = int(steps * WARM_UP)
        if step < warming:
            return RATE * step / warming
        return RATE * (1 - (step - warming) / max(1, steps - warming))
