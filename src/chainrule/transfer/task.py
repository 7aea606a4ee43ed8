"""What a comparison needs of a task."""

from __future__ import annotations

from typing import Protocol

from chainrule.transfer.strategies import Strategy


class Task(Protocol):
    """Labelled data and a pretrained network, of which parts can be trained on."""

    @property
    def name(self) -> str:
        """The name, as it is printed."""

    @property
    def measure(self) -> str:
        """The name of the figure, of which large values are good."""

    @property
    def size(self) -> int:
        """The number of labelled samples."""

    def tokens_per_word(self) -> float:
        """Return the mean number of tokens into which the network's tokenizer divides a word."""

    def figure(self, strategy: Strategy, size: int, seed: int) -> float:
        """Train on a random subset of `size` samples; return the figure on the held-out data."""
