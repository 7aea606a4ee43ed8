"""A run as callbacks see it: its model, position, figures and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chainrule.graph import Tensor
from chainrule.nn import Module
from chainrule.optim import Optimizer
from chainrule.train.state.history import History


@dataclass
class Run:
    """The state of a run.

    objective      the function of a batch that returns its loss
    batch          the arrays of the last step
    epoch          the number of the current epoch, from 1; epochs + 1 after the last
    epochs         the number of epochs of the run
    step           the number of steps since the beginning of the run
    batches        batches per epoch, None if unknown
    epoch_samples  samples per epoch, None if unknown
    position       batches done in this epoch
    samples        samples used in this epoch
    loss           the loss of the last step, NaN before the first
    learning_rate  the rate of the last step, or of the first before it is done
    total          the loss summed over the samples of this epoch
    seconds        the duration of the steps of this epoch
    stopped        the reason why the run ends early, None if it does not
    """

    model: Module
    optimizer: Optimizer
    objective: Callable[..., Tensor]
    epochs: int
    batches: int | None = None
    epoch_samples: int | None = None
    history: History = field(default_factory=History)
    batch: Sequence[Any] = ()
    epoch: int = 1
    step: int = 0
    position: int = 0
    samples: int = 0
    loss: float = float("nan")
    learning_rate: float = field(init=False)
    total: float = 0.0
    seconds: float = 0.0
    stopped: str | None = None

    def __post_init__(self) -> None:
        self.learning_rate = self.optimizer.learning_rate

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ends the run; such a run can be resumed."""
        return self.history.interrupted

    def stop(self, reason: str) -> None:
        """End the run after the current step or epoch; `history.stopped` holds the reason."""
        self.stopped = self.history.stopped = reason

    def interrupt(self) -> None:
        """End the run after the current step; it can be resumed later."""
        self.history.interrupted = True
        self.stop(f"interrupted in epoch {self.epoch} after step {self.step}")

    def advance(self, loss: float, batch: Sequence[Any]) -> None:
        """Record a step with its loss and batch."""
        self.batch = batch
        samples = len(batch[-1])
        self.step += 1
        self.position += 1
        self.samples += samples
        self.loss = loss
        self.total += loss * samples

    def begin_next_epoch(self) -> None:
        """Move to the first batch of the next epoch."""
        self.epoch += 1
        self.position = self.samples = 0
        self.total = self.seconds = 0.0

    @property
    def mean_loss(self) -> float:
        """The mean loss over the samples of this epoch so far."""
        return self.total / self.samples if self.samples else float("nan")

    @property
    def speed(self) -> float:
        """Samples per second in this epoch, NaN before its first step."""
        return self.samples / self.seconds if self.seconds else float("nan")
