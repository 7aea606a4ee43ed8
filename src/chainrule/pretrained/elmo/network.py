"""The network of ELMo: layer of words, LSTMs in both directions, mix of the layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Array, ShapeError, Tensor, TensorLike, as_tensor
from chainrule.nn import Module, compile, sequence_mask
from chainrule.ops import concat, permute_dims, where, zeros
from chainrule.pretrained.elmo.batch import ElmoBatch, batch_of
from chainrule.pretrained.elmo.characters import CharacterWords
from chainrule.pretrained.elmo.options import ElmoOptions
from chainrule.pretrained.elmo.projected_lstm import ProjectedLSTM, State
from chainrule.pretrained.elmo.scalar_mix import ScalarMix
from chainrule.pretrained.elmo.vectors import Computing, vectors_of
from chainrule.pretrained.elmo.writing import write
from chainrule.storage.paths import AnyPath
from chainrule.text.sentence import require_sentences

States = tuple[State, ...]


class ElmoOutput(NamedTuple):
    """What ELMo computes of a batch.

    mixed   (batch, words, width): the weighted sum of the layers
    layers  the layer of words twice, then the outputs of each layer, forward and backward joined,
            each like `mixed`; zeros where there is no word
    state   of all layers, forward then backward: pairs of output and memory, for the next call
    """

    mixed: Tensor
    layers: tuple[Tensor, ...]
    state: States


class ElmoNetwork(Module):
    """ELMo: `net(net.batch(sentences))`, or `net.word_vectors(sentences)`; made by `load`.

    options  the sizes

    The directions are separate stacks of LSTMs, which are joined only in the result. A call begins
    with a state of zeros, unless it is given the one of an earlier call. Peters et al.: Deep
    contextualized word representations (2018).
    """

    def __init__(self, options: ElmoOptions) -> None:
        self.options = options
        self.words = CharacterWords(options)
        self.forward_layers = [ProjectedLSTM(options) for _ in range(options.layers)]
        self.backward_layers = [ProjectedLSTM(options) for _ in range(options.layers)]
        self.mix = ScalarMix(options.layers + 1)

    @property
    def width(self) -> int:
        """The extent of the vector of a word."""
        return 2 * self.options.projection

    def batch(self, sentences: Sequence[Sequence[str]]) -> ElmoBatch:
        """Return sentences, as lists of words, as numbers of characters."""
        return batch_of(require_sentences(sentences), self.options.longest)

    def forward(  # type: ignore[override]
        self, batch: Any, state: States | None = None
    ) -> ElmoOutput:
        """Return the layers and their mix.

        batch  what `batch` returns, or a tuple of its two arrays
        state  `state` of the call before, whose sentences go on here; zeros if None
        """
        characters, lengths = map(as_tensor, batch)
        count, steps, longest = self._extents(characters)
        words = self.words(characters.reshape(count * steps, longest))
        layers, final = self.contextual(words.reshape(count, steps, -1), lengths, state)
        return ElmoOutput(self.mix(layers), layers, final)

    def contextual(
        self, x: Tensor, lengths: TensorLike, state: States | None = None
    ) -> tuple[tuple[Tensor, ...], States]:
        """Return all layers, given vectors of words, and the state after the last words.

        x        (batch, words + 2, projection), with the two words around each sentence
        lengths  integers (batch,), the number of words of each sentence, without these two
        """
        count, steps = x.shape[:2]
        around = as_tensor(lengths).astype("int64") + 2
        inside = permute_dims(sequence_mask(around, steps), (1, 0)).reshape(steps, count, 1)
        first = self._zeros(count) if state is None else state
        depth, inputs = self.options.layers, permute_dims(x, (1, 0, 2))
        ahead, ends = self._stack(self.forward_layers, inputs, first[:depth], inside, False)
        back, starts = self._stack(self.backward_layers, inputs, first[depth:], inside, True)
        joined = [concat(pair, -1) for pair in zip(ahead, back, strict=True)]
        return tuple(self._cut(each, lengths) for each in joined), (*ends, *starts)

    def word_vectors(self, sentences: Sequence[Sequence[str]]) -> list[Array]:
        """Return the vectors of the words of each sentence, float32 (words, width).

        They are the mix of the layers. Sentences are computed in compiled batches of similar
        length, and each word's own layer once for all its occurrences in a batch.
        """
        given = require_sentences(sentences)
        computing = Computing(self._word_layer, self._mixed)
        return vectors_of(given, self.options.longest, self.width, computing)

    def save(self, folder: AnyPath) -> None:
        """Write options.json and weights.hdf5 into a new or empty folder, and the mix beside them.

        Raises PretrainedError for a folder with files and without the package h5py, StorageError if
        it cannot be written.
        """
        write(folder, self.options, self.state())

    @compile
    def _word_layer(self, characters: Any) -> Tensor:
        return self.words(characters)

    @compile
    def _mixed(self, x: Any, lengths: Any) -> Tensor:
        return self.mix(self.contextual(as_tensor(x), lengths)[0])

    def _stack(
        self,
        layers: Sequence[ProjectedLSTM],
        x: Tensor,
        states: Sequence[State],
        inside: Tensor,
        reverse: bool,
    ) -> tuple[list[Tensor], list[State]]:
        """Return the input and the outputs of all layers of one direction, and their states."""
        found, finals = [x], []
        for number, (layer, state) in enumerate(zip(layers, states, strict=True)):
            result: Any = layer(x, state, inside, reverse)
            outputs, final = result
            x = outputs + x if number and self.options.skips else outputs
            found.append(x)
            finals.append(final)
        return found, finals

    def _cut(self, x: Tensor, lengths: TensorLike) -> Tensor:
        """Return (batch, words, width) without the words around sentences, zeros behind them."""
        words = permute_dims(x[1:-1], (1, 0, 2))
        positions = np.arange(words.shape[1])
        return where(as_tensor(lengths).reshape(-1, 1, 1) > positions[:, None], words, 0)

    def _zeros(self, count: int) -> States:
        options = self.options
        extents = (options.projection, options.cells)
        pair = tuple(zeros((count, each), dtype="float32") for each in extents)
        return (pair,) * (2 * options.layers)  # type: ignore[return-value]

    def _extents(self, characters: Tensor) -> tuple[int, int, int]:
        longest = self.options.longest
        if characters.ndim != 3 or characters.shape[2] != longest or characters.shape[1] < 2:
            raise ShapeError(
                f"The network was given characters of shape {characters.shape}. It takes (batch, "
                f"words + 2, {longest}), with the words before and after each sentence, as "
                "net.batch(sentences) returns them."
            )
        count, steps, _ = characters.shape
        return count, steps, longest
