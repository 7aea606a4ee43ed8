"""The heads of ULMFiT: the next word, and the class of a text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from chainrule.graph import Replace, Tensor, TensorLike, latest, parameter
from chainrule.nn import BatchNorm, Dropout, Linear, LockedDropout, Module
from chainrule.nn.initial import he_normal
from chainrule.ops import batch_norm, concat, max, maximum, relu, sum, take_along_axis, where
from chainrule.pretrained.ulmfit.sizes import CLASSIFICATION, LANGUAGE, Dropouts

_UNITS, _UNITS_DROPOUT = 50, 0.1  # of the hidden layer of a classifier
_NEWEST = 0.1  # the least weight of the newest batch in running statistics


class LanguageHead(Module):
    """Scores of the next word; the weights are the table of word vectors (tied weights).

    bias  (words,), or None
    """

    def __init__(
        self,
        vocabulary: int,
        random: np.random.Generator,
        dropouts: Dropouts = LANGUAGE,
        bias: bool = True,
    ) -> None:
        self.dropout = LockedDropout(dropouts.output, axis=1, random=random)
        self.bias = parameter(np.zeros(vocabulary, np.float32)) if bias else None

    def forward(self, x: Tensor, table: Tensor) -> Tensor:
        """Return the scores of hidden states `x`, with dropout in training; see `scores`."""
        return self.scores(self.dropout(x), table)

    def scores(self, x: Tensor, table: Tensor) -> Tensor:
        """Return the scores (batch, tokens, words) of `x` (batch, tokens, width)."""
        scores = x @ table.T
        return scores if self.bias is None else scores + self.bias


class PooledHead(Module):
    """Scores of classes from the concatenated pooling of a text.

    The last, the largest and the mean hidden state are normalised and go through linear layers
    without bias, with ReLU between: batch normalisation, dropout, linear layer, each. Howard and
    Ruder (2018), section 3.3.
    """

    def __init__(
        self,
        widths: tuple[int, ...],
        random: np.random.Generator,
        dropouts: Dropouts = CLASSIFICATION,
    ) -> None:
        pairs = [*pairwise(widths)]
        shares = [dropouts.output, *[_UNITS_DROPOUT] * (len(pairs) - 1)]
        self.norms = [TextNorm(inputs) for inputs, _ in pairs]
        self.dropouts = [Dropout(each, random=random) for each in shares]
        self.linears = [
            Linear(inputs, outputs, bias=False, initial=he_normal, random=random)
            for inputs, outputs in pairs
        ]

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the scores (batch, classes) of hidden states `x` (batch, tokens, width).

        mask  (batch, tokens) bools, False for padding, which is left out
        """
        y = pooled(x, mask)
        for place in range(len(self.linears)):
            y = self.step(place, y)
        return y

    def step(self, place: int, y: TensorLike) -> Tensor:
        """Return what linear layer number `place` computes of what reaches its normalisation."""
        y = self.linears[place](self.dropouts[place](self.norms[place](y)))
        return relu(y) if place < len(self.linears) - 1 else y


class TextNorm(BatchNorm):
    """Batch normalisation of (batch, features) for few texts.

    The running statistics are means over all batches until ten were seen, then follow the newest
    with weight 0.1: after a few steps they would else be closer to their first values than to the
    texts. A batch of one text is normalised by the running statistics, since it has no variance.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, momentum=None)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Return `x` (batch, features) normalised."""
        if x.shape[0] > 1 or not self.training:
            return super().forward(x)
        mean, variance = latest(self.running_mean), latest(self.running_var)
        return batch_norm(x, mean, variance, self.weight, self.bias, self.epsilon)

    def _share(self) -> tuple[Tensor | float, list[Replace]]:
        share, counted = super()._share()
        return maximum(share, _NEWEST), counted


def pooled(x: Tensor, mask: Tensor) -> Tensor:
    """Return the last, the largest and the mean hidden state of each text, (batch, 3 · width)."""
    there = mask.reshape(*mask.shape, 1)
    count = sum(mask.astype(x.dtype), axis=1, keepdims=True)
    last = (count - 1).astype("int64").reshape(-1, 1, 1)
    final = take_along_axis(x, last + np.zeros((1, 1, x.shape[2]), np.int64), axis=1)[:, 0]
    largest = max(where(there, x, -np.inf), axis=1)
    return concat([final, largest, sum(where(there, x, 0), axis=1) / count], 1)


def pooled_widths(width: int, classes: int) -> tuple[int, ...]:
    """Return the widths of a fresh classifier."""
    return 3 * width, _UNITS, classes
