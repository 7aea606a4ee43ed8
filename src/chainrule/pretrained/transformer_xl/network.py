"""Transformer-XL as a network: hidden states, probabilities of tokens, memory."""

from __future__ import annotations

import math
import os
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Array, ShapeError, Tensor, TensorLike, as_tensor
from chainrule.nn import Module, compile
from chainrule.ops import stop_gradient, where
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.stored.origin import Origin
from chainrule.pretrained.transformer_xl.body import XLBody
from chainrule.pretrained.transformer_xl.memory import Memory, first_memory
from chainrule.pretrained.transformer_xl.output_layer import AdaptiveSoftmax
from chainrule.pretrained.transformer_xl.stored import save
from chainrule.train.evaluation import in_mode


class XLOutput(NamedTuple):
    """The results of a call of Transformer-XL.

    hidden      (batch, tokens, width): the output of the last layer
    memory      what is remembered after the segment; give it to the call for the next one
    scores      (batch, tokens, vocabulary): logarithms of probabilities of the next token, with the
                head "language-model", otherwise None
    layers      on request: the embeddings and the output of every layer, each like `hidden`
    attentions  on request: the weights of every layer, (batch, heads, queries, keys); keys are the
                remembered tokens, then those of the segment
    """

    hidden: Tensor
    memory: Memory
    scores: Tensor | None = None
    layers: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


class TransformerXLNetwork(Module):
    """Transformer-XL: `net(ids, memory)`; made by `chainrule.pretrained.load`.

    body    adaptive embeddings, and layers that read a memory
    output  the adaptive softmax, or None where the file has none
    source  the configuration, and the name of the head

    Dai, Yang, Yang, Carbonell, Le, Salakhutdinov: Transformer-XL: Attentive language models beyond
    a fixed-length context (2019).
    """

    def __init__(self, body: XLBody, output: AdaptiveSoftmax | None, source: Origin) -> None:
        self.body, self.output, self.source = body, output, source

    def forward(  # type: ignore[override]
        self,
        ids: TensorLike,
        memory: Memory | None = None,
        *,
        layers: bool = False,
        attentions: bool = False,
    ) -> XLOutput:
        """Return hidden states, and what is remembered for the next segment; see `XLOutput`.

        ids         (batch, tokens), a segment of each text
        memory      of the segment before, None before the first
        layers      True for the embeddings and the outputs of all layers
        attentions  True for the attention weights of all layers, without dropout

        Raises RangeError for ids outside the vocabulary.
        """
        given = _segment(ids)
        memory = first_memory(self.body.settings, given.shape[0]) if memory is None else memory
        run: Any = self.body(given, memory)
        states, weights, after = run
        scores: Any = None
        if self.source.head is not None:
            scores = self._softmax(states[-1], self.body.embeddings)
        return XLOutput(
            states[-1],
            after,
            scores,
            tuple(states) if layers else None,
            tuple(weights) if attentions else None,
        )

    def target_scores(self, hidden: Tensor, targets: TensorLike) -> Tensor:
        """Return the logarithms of the probabilities of targets (batch, tokens).

        hidden  (batch, tokens, width), of a call; `scores` of all tokens take as much memory as
                there are tokens in the vocabulary, which this does not
        """
        return self._softmax.of_targets(hidden, as_tensor(targets), self.body.embeddings)

    def perplexity(self, ids: Any, *, segment: int = 128, memory: Memory | None = None) -> float:
        """Return exp of the mean of -log p(token | earlier tokens), from the second token on.

        ids      (tokens,): a text of any length, read in segments; every segment reads what is
                 remembered of those before it
        segment  tokens that are read together
        memory   of what precedes the text; None for nothing

        One version is compiled for all segments. The network is called in inference mode.
        """
        given = np.asarray(ids)
        if given.ndim != 1 or len(given) < 2 or given.dtype.kind not in "iu":
            raise PretrainedError(
                f"Perplexity was asked for of ids of shape {given.shape} and dtype {given.dtype}. "
                "Give one axis of at least two integers: the first token is not predicted."
            )
        if segment < 1:
            raise PretrainedError(
                f"Perplexity was asked for with segment={segment}. Give a positive number."
            )
        with in_mode(self, False):
            return math.exp(self._total(given, segment, memory) / (len(given) - 1))

    def _total(self, ids: Array, segment: int, memory: Memory | None) -> float:
        """Return the sum of -log p of all tokens but the first."""
        state: Any = first_memory(self.body.settings, 1) if memory is None else memory
        total = 0.0
        for start in range(0, len(ids) - 1, segment):
            inputs = _padded(ids[start : start + segment], segment)
            targets = _padded(ids[start + 1 : start + 1 + segment], segment)
            counted = np.arange(start + 1, start + 1 + segment) < len(ids)
            loss, *state = self._segment_loss(inputs, targets, counted, *state)
            total += float(loss.read())
        return total

    @compile
    def _segment_loss(
        self, ids: Any, targets: Any, counted: Any, states: Any, filled: Any
    ) -> tuple[Any, Any, Any]:
        """Return the sum of -log p of targets, and the states and the filling of the memory."""
        run: Any = self.body(ids, Memory(states, filled))
        found, _, after = run
        logs = self.target_scores(found[-1], targets)
        loss = stop_gradient(-where(counted, logs, 0).sum())
        return loss, after.states, after.filled

    @property
    def _softmax(self) -> AdaptiveSoftmax:
        if self.output is None:
            raise PretrainedError(
                f"{self.source.path} has no output layer (arrays that begin with crit.), which the "
                "probabilities of tokens need. Load a folder that has them."
            )
        return self.output

    def layer_groups(self) -> dict[str, Module]:
        """Return the parts of the network by name, from input to output.

        "embeddings", "layers.0", "layers.1", ..., and "output" where there is one. Biases that all
        layers share are in none.
        """
        groups: dict[str, Module] = {"embeddings": self.body.embeddings}
        groups |= {f"layers.{i}": each for i, each in enumerate(self.body.layers)}
        return groups if self.output is None else {**groups, "output": self.output}

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the network as a folder in the layout of the hubs.

        folder  a new or empty folder, or one with an earlier network, which is replaced as a whole

        Raises PretrainedError for a folder with other files, StorageError if it cannot be written.
        """
        save(folder, self.body, self.output, self.source)


def _segment(ids: TensorLike) -> Tensor:
    given = as_tensor(ids)
    if given.ndim != 2 or not given.shape[1]:
        raise ShapeError(
            f"The network was given ids of shape {given.shape}. It takes a segment of each text, "
            "(batch, tokens)."
        )
    return given


def _padded(ids: Array, segment: int) -> Array:
    """Return a segment with zeros after its end, which no token before them reads."""
    padded = np.zeros((1, segment), np.int32)
    padded[0, : len(ids)] = ids
    return padded
