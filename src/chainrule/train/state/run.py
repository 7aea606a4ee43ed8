"""A run as callbacks see it: where it stands, and what it came to so far."""

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
    """Where a run stands.

    objective      the function of a batch that returns its loss
    batch          the arrays of the last step
    epoch          the number of the present epoch, from 1; epochs + 1 once all are done
    epochs         how many were asked
    step           steps done since the beginning of the run
    position       batches done in this epoch, of `batches`, if that is known
    samples        samples seen in this epoch, of `epoch_samples`, if that is known
    loss           of the last step
    learning_rate  of the last step; of the first, before it is made
    total          the sum over the samples of this epoch of their loss
    seconds        spent on the steps of this epoch
    stopped        why the run is to end, None while it goes on
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
        """Whether Ctrl-C is the reason why the run is to end: then it can be resumed."""
        return self.history.interrupted

    def stop(self, reason: str) -> None:
        """End the run after the present step or epoch; `history.stopped` will say why."""
        self.stopped = self.history.stopped = reason

    def interrupt(self) -> None:
        """End the run after the present step, to be resumed some day."""
        self.history.interrupted = True
        self.stop(f"interrupted in epoch {self.epoch} after step {self.step}")

    def advance(self, loss: float, batch: Sequence[Any]) -> None:
        """Note a step."""
        self.batch = batch
        samples = len(batch[-1])
        self.step += 1
        self.position += 1
        self.samples += samples
        self.loss = loss
        self.total += loss * samples

    def begin_next_epoch(self) -> None:
        """Stand at the beginning of the next epoch."""
        self.epoch += 1
        self.position = self.samples = 0
        self.total = self.seconds = 0.0

    @property
    def mean_loss(self) -> float:
        """The mean loss over the samples of this epoch so far."""
        return self.total / self.samples if self.samples else float("nan")

    @property
    def speed(self) -> float:
        """Samples per second in this epoch."""
        return self.samples / self.seconds if self.seconds else float("nan")
