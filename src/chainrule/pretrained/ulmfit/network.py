"""An ULMFiT network: an AWD-LSTM with a head, called as the other pretrained networks are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Constant, Tensor, TensorLike
from chainrule.nn import Module
from chainrule.ops import permute_dims
from chainrule.pretrained.body.batch import Batch, read_batch
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.ulmfit.awd_lstm import AWDLSTM, Encoded
from chainrule.pretrained.ulmfit.carried_state import CarriedState
from chainrule.pretrained.ulmfit.heads import LanguageHead, PooledHead, pooled
from chainrule.pretrained.ulmfit.saving import save
from chainrule.pretrained.ulmfit.sizes import Dropouts
from chainrule.pretrained.ulmfit.source import UlmfitSource
from chainrule.pretrained.ulmfit.word_tokenizer import WordTokenizer


class UlmfitNetwork(Module):
    """An AWD-LSTM with a head: `net(net.tokenize(texts))`; made by `chainrule.pretrained.load`.

    body    word vectors and LSTM layers
    head    of a language model or a classifier, or None
    source  the labels, the tokenizer, which parameters are fresh
    """

    def __init__(
        self, body: AWDLSTM, head: LanguageHead | PooledHead | None, source: UlmfitSource
    ) -> None:
        self.body, self.head, self.source = body, head, source
        self.carried: CarriedState | None = None

    def forward(  # type: ignore[override]
        self, batch: Any, *, layers: bool = False, begins: TensorLike | None = None
    ) -> Output:
        """Return hidden states, and the scores of the head; see `Output`.

        batch   what `tokenize` returns, or ids (batch, tokens), or a tuple of ids and the number of
                tokens of each text (batch,)
        layers  True for the word vectors and the outputs of all layers
        begins  (batch,) bools: the sequences whose carried state is set to zero before the call;
                see `reset`

        The scores of a language model are (batch, tokens, words), those of a classifier (batch,
        classes). Padding stands at the end.
        """
        ids, mask, _ = read_batch(batch)
        encoded = self._encoded(ids, begins)
        hidden = _batch_first(encoded.layers[-1])
        every = tuple(map(_batch_first, encoded.layers)) if layers else None
        return Output(hidden, scores=self._scores(hidden, mask), layers=every)

    def _encoded(self, ids: Tensor, begins: TensorLike | None) -> Encoded:
        """Return what the layers compute, from the carried state if there is one."""
        if self.carried is None:
            if begins is not None:
                raise PretrainedError(
                    "begins= was given, but no state is carried between calls. Call "
                    "net.reset(batch) before, with the number of sequences of a batch."
                )
            return self.body(ids)  # type: ignore[return-value]
        encoded: Any = self.body(ids, self.carried.read(ids.shape[0], begins))
        self.carried.write(encoded.states)
        return encoded  # type: ignore[no-any-return]

    def _scores(self, hidden: Tensor, mask: Tensor | None) -> Tensor | None:
        if self.head is None:
            return None
        if isinstance(self.head, LanguageHead):
            return self.head(hidden, self.body.table.weight)
        return self.head(hidden, _mask(hidden) if mask is None else mask)

    def next_words(
        self, ids: TensorLike, begins: TensorLike | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scores of the next words, and the hidden states after and before dropout.

        ids     (batch, tokens)
        begins  as for a call

        Raises PretrainedError for a network without the head of a language model.
        """
        if not isinstance(self.head, LanguageHead):
            raise PretrainedError(
                "The next words were asked for, but the network has no head of a language model. "
                'Load it with head="language-model".'
            )
        hidden = _batch_first(self._encoded(read_batch(ids)[0], begins).layers[-1])
        dropped = self.head.dropout(hidden)
        return self.head.scores(dropped, self.body.table.weight), dropped, hidden

    def text_vectors(self, batch: Any) -> Tensor:
        """Return what the head of a classifier reads of each text, (batch, 3 · width).

        batch  as for a call
        """
        ids, mask, _ = read_batch(batch)
        encoded: Any = self.body(ids)
        hidden = _batch_first(encoded.layers[-1])
        return pooled(hidden, _mask(hidden) if mask is None else mask)

    def reset(self, batch: int | None = None) -> None:
        """Carry the state of the layers from call to call, from zeros on, until the next `reset`.

        batch  the number of sequences of the calls that follow; None ends it, so that every call
               begins with zeros again, as after loading

        Gradients end at the carried state. Compiled functions that were called before are compiled
        again.
        """
        self.carried = None if batch is None else CarriedState(self.body.settings, batch)
        self.named_parameters()

    def set_dropouts(self, dropouts: Dropouts) -> None:
        """Set the probabilities of dropout in training."""
        self.body.set_dropouts(dropouts)
        if isinstance(self.head, LanguageHead):
            self.head.dropout.probability = dropouts.output
        elif self.head is not None:
            self.head.dropouts[0].probability = dropouts.output

    def tokenize(
        self,
        texts: Sequence[Any],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Batch:
        """Return the batch of some texts, padded to the longest; each begins with "xxbos".

        texts       texts, or sentences as lists of words, whose positions `Batch.words` has then
        pairs       a second text for each
        max_length  the number of tokens to cut longer texts to, marks included
        """
        if texts and not isinstance(texts, str) and not isinstance(texts[0], str):
            if pairs is not None:
                raise PretrainedError(
                    "Sentences as lists of words were given with pairs; join the words."
                )
            found = self.tokenizer.encode_words(texts, max_length)
        else:
            found = self.tokenizer.encode(texts, pairs, max_length)
        return Batch(*(getattr(found, name) for name in Batch._fields))

    @property
    def tokenizer(self) -> WordTokenizer:
        """The tokenizer of the vocabulary."""
        return self.source.tokenizer

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the network as a folder that the reference library reads: a .pth and a .pkl file.

        folder  a new or empty folder, or one with an earlier network, which is replaced as a whole

        Raises PretrainedError for a folder with other files, StorageError if it cannot be written.
        """
        save(folder, self.body, self.head, self.tokenizer.words)

    def layer_groups(self) -> dict[str, Module]:
        """Return the parts of the network by name, from input to output.

        "embeddings", "layers.0", "layers.1", ..., and "head" if there is one.
        """
        layers = {f"layers.{i}": each for i, each in enumerate(self.body.layers)}
        head = {} if self.head is None else {"head": self.head}
        return {"embeddings": self.body.words, **layers, **head}


def _mask(hidden: Tensor) -> Tensor:
    """Return the mask of a batch without padding."""
    return Constant(np.ones(hidden.shape[:2], bool))


def _batch_first(x: Tensor) -> Tensor:
    return permute_dims(x, (1, 0, 2))
