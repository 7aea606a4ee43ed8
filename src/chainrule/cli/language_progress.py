"""What is shown of the training of a language model: a bar, and a line per epoch."""

from __future__ import annotations

import math
from typing import Any

import chainrule as cr
from chainrule.cli.training_bar import TrainingBar


class LanguageProgress(TrainingBar):
    """Shows the loss and the perplexity of a language model in training."""

    def after_epoch(self, run: cr.train.Run, record: dict[str, Any]) -> None:
        """Print the figures."""
        held_out = record.get("validation_loss")
        shown = "" if held_out is None else f"  held-out perplexity {math.exp(held_out):.1f}"
        self.console.say(f"epoch {record['epoch']:3d}  loss {record['loss']:.4f}{shown}")
