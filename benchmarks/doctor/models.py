"""The models of the planted runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule import nn
from chainrule.graph import Tensor
from chainrule.ops import relu

Activation = Callable[[Any], Any]


def deep(
    activation: Activation,
    layers: int,
    width: int = 32,
    *,
    inputs: int = 10,
    outputs: int = 2,
    **options: Any,
) -> nn.Sequential:
    """Return a net of so many hidden layers, all weights drawn as `options` say."""
    parts: list[Any] = []
    for number in range(layers):
        extents = (inputs if number == 0 else width, width)
        parts += [nn.Linear(*extents, random=number, **options), activation]
    return nn.Sequential(*parts, nn.Linear(width, outputs, random=layers))


def batch_normalised(layers: int) -> nn.Sequential:
    """Return a deep net with batch normalisation before every ReLU."""
    parts: list[Any] = []
    for number in range(layers):
        extents = (10 if number == 0 else 32, 32)
        parts += [nn.Linear(*extents, random=number), nn.BatchNorm(32), relu]
    return nn.Sequential(*parts, nn.Linear(32, 2, random=layers))


def convolutional() -> nn.Sequential:
    """Return two convolutions with pooling, and a layer of scores."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, random=0),
        relu,
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, random=1),
        relu,
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 2, random=2),
    )


class LastOutput(nn.Module):
    """Scores of the last output of a recurrent net."""

    def __init__(self, recurrent: nn.Module, hidden: int) -> None:
        self.recurrent = recurrent
        self.scores = nn.Linear(hidden, 2, random=1)

    def forward(self, x: Any) -> Tensor:
        """Return (batch, 2) from (batch, time, features)."""
        outputs, _ = self.recurrent(x)
        found: Tensor = self.scores(outputs[:, -1])
        return found


class WordBag(nn.Module):
    """Scores of the largest word vectors of a sentence."""

    def __init__(self) -> None:
        self.words = nn.Embedding(50, 16, random=0)
        self.scores = nn.Linear(16, 2, random=1)

    def forward(self, words: Any) -> Tensor:
        """Return (batch, 2) from (batch, words)."""
        found: Tensor = self.scores(self.words(words).max(1))
        return found


class EncodedSentence(nn.Module):
    """Scores of the mean token of a Transformer encoder over word vectors with positions."""

    def __init__(self) -> None:
        self.words = nn.Embedding(50, 32, random=0)
        self.positions = nn.LearnedPositions(12, 32, random=1)
        self.encoder = nn.TransformerEncoder(2, 32, 4, 64, dropout=0.0, random=2)
        self.scores = nn.Linear(32, 2, random=3)

    def forward(self, words: Any) -> Tensor:
        """Return (batch, 2) from (batch, words)."""
        found: Tensor = self.scores(self.encoder(self.positions(self.words(words))).mean(1))
        return found


class BetweenLayers(nn.Module):
    """Two layers of 32 units with something between them."""

    def __init__(self, between: Activation) -> None:
        self.first = nn.Linear(10, 32, random=0)
        self.scores = nn.Linear(32, 2, random=1)
        self.between = between

    def forward(self, x: Any) -> Tensor:
        """Return (batch, 2) from (batch, 10)."""
        found: Tensor = self.scores(self.between(self.first(x)))
        return found


class UnusedLayer(nn.Module):
    """A net with a layer that forward does not use."""

    def __init__(self) -> None:
        self.net = deep(relu, 2)
        self.unused = nn.Linear(10, 32, random=5)

    def forward(self, x: Any) -> Tensor:
        """Return (batch, 2) from (batch, 10)."""
        found: Tensor = self.net(x)
        return found


class TwoHeads(nn.Module):
    """Two layers of scores on one hidden layer."""

    def __init__(self) -> None:
        self.first = nn.Linear(10, 32, random=0)
        self.scores = nn.Linear(32, 2, random=1)
        self.others = nn.Linear(32, 2, random=2)

    def forward(self, x: Any) -> Any:
        """Return twice (batch, 2) from (batch, 10)."""
        hidden = relu(self.first(x))
        return self.scores(hidden), self.others(hidden)


def frozen_first_layers() -> nn.Sequential:
    """Return a net whose first two layers are frozen."""
    first = nn.Sequential(nn.Linear(10, 32, random=0), relu, nn.Linear(32, 32, random=1), relu)
    first.freeze()
    return nn.Sequential(first, nn.Linear(32, 32, random=2), relu, nn.Linear(32, 2, random=3))


def zero_last_layer() -> nn.Sequential:
    """Return a net whose last layer begins with zeros, as some recipes ask."""
    return nn.Sequential(
        nn.Linear(10, 32, random=0), relu, nn.Linear(32, 2, initial=nn.initial.zeros, random=1)
    )
