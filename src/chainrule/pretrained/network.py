"""A pretrained network: the encoder of a file, and a head."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array, Tensor
from chainrule.nn import Module, compile
from chainrule.pretrained.body.batch import Batch, read_batch
from chainrule.pretrained.body.body import EncoderBody
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.explained.explained_score import (
    Baseline,
    ExplainedScore,
    Kind,
    slopes_of_vectors,
)
from chainrule.pretrained.explained.explaining import token_contributions
from chainrule.pretrained.explained.token_contributions import TokenContributions
from chainrule.pretrained.heads.head import Head
from chainrule.pretrained.sentences.sentence_vectors import sentence_vectors
from chainrule.pretrained.stored.saving import save
from chainrule.pretrained.stored.source import Source
from chainrule.pretrained.tokenizer import Tokenizer
from chainrule.train.evaluation import in_mode


class PretrainedNetwork(Module):
    """A pretrained encoder with a head: `net(net.tokenize(texts))`; made by `load`.

    body    the encoder: embeddings, layers, pooler
    head    the head, or None
    source  the family, the configuration, the labels, the tokenizer; which parameters are fresh
    """

    def __init__(self, body: EncoderBody, head: Head | None, source: Source) -> None:
        self.body, self.head, self.source = body, head, source

    def forward(  # type: ignore[override]
        self, batch: Any, *, layers: bool = False, attentions: bool = False
    ) -> Output:
        """Return hidden states, and the scores of the head; see `Output`.

        batch       what `tokenize` returns, or ids (batch, tokens), or a tuple: ids, the number of
                    tokens of each text (batch,), and, if given, segments (batch, tokens)
        layers      True for the embeddings and the outputs of all layers
        attentions  True for the attention weights of all layers, without dropout

        Raises ShapeError for too many tokens, RangeError for ids outside the table.
        """
        given = read_batch(batch)
        output: Any = self.body(*given, layers=layers, attentions=attentions)
        if self.head is None:
            return output  # type: ignore[no-any-return]
        scores = self.head(output, self.body.embeddings.words.weight)
        return output._replace(scores=scores)  # type: ignore[no-any-return]

    def tokenize(
        self,
        texts: Sequence[Any],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Batch:
        """Return the batch of some texts, padded to the longest, with the special tokens.

        texts       texts, or sentences as lists of words, whose positions `Batch.words` has then
        pairs       a second text for each
        max_length  the number of tokens to cut longer texts to, special tokens included

        Raises PretrainedError for a text with more tokens than the network has positions, unless
        `max_length` cuts it.
        """
        tokenizer = self.tokenizer
        if texts and not isinstance(texts, str) and not isinstance(texts[0], str):
            if pairs is not None:
                raise PretrainedError(
                    "Sentences as lists of words were given with pairs; join the words."
                )
            found = tokenizer.encode_words(texts, max_length)
        else:
            found = tokenizer.encode(texts, pairs, max_length)
        batch = Batch(*(getattr(found, name) for name in Batch._fields))
        self._require_positions(found.ids.shape[1])
        return batch

    def contributions(
        self,
        text: str,
        pair: str | None = None,
        label: str | int | None = None,
        *,
        position: int | None = None,
        of: Kind = "logit",
        baseline: Baseline = "padding",
        tolerance: float = 1e-3,
        max_length: int | None = None,
    ) -> TokenContributions:
        """Return what the tokens of a text contribute to a score of the head.

        text, pair  the text, and a second text
        label       the name or number of a label; the one with the largest score if None
        position    the token that the label is of, special tokens counted, for heads of tokens
        of          "logit": the score itself; "log-probability": of the label among all labels
        baseline    what the text is compared with: every token "padding", or word vectors "zeros"
        tolerance   the largest error of the sum, as for `chainrule.explore.integrated_gradients`
        max_length  the number of tokens to cut a longer text to, as in `tokenize`

        Integrated gradients with respect to the word vectors, summed over the features of a token.
        Special tokens, positions and segments are the same in the baseline, so that special tokens
        contribute 0. All contributions sum to score - baseline score, within the tolerance. The
        network is called in inference mode.

        Raises PretrainedError without a head or tokenizer, and for unknown labels and positions;
        CompletenessError if the sum stays beyond the tolerance.
        """
        batch = self.tokenize([text], None if pair is None else [pair], max_length)
        with in_mode(self, False):
            return token_contributions(
                self.body,
                self.head,
                self.source,
                self.tokenizer,
                batch,
                [text] if pair is None else [text, pair],
                label=label,
                position=position,
                kind=of,
                baseline=baseline,
                tolerance=tolerance,
                slopes=lambda points, chosen: self._slopes_of(batch, points, chosen),
            )

    def _slopes_of(self, batch: Batch, points: Any, chosen: ExplainedScore) -> tuple[Any, Any]:
        position = None if chosen.position is None else np.asarray(chosen.position)
        label, is_log = np.asarray(chosen.label), chosen.kind == "log-probability"
        found: tuple[Any, Any] = self._slopes(read_batch(batch), points, label, position, is_log)
        return found

    @compile
    def _slopes(
        self, batch: Any, points: Any, label: Any, position: Any, log_probability: bool
    ) -> tuple[Any, Any]:
        """Return scores and their gradients; compiled once for all texts of a length."""
        assert self.head is not None
        kind: Kind = "log-probability" if log_probability else "logit"
        return slopes_of_vectors(self.body, self.head, batch, points, label, position, kind)

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the folder; raises PretrainedError if there is none."""
        if self.source.tokenizer is None:
            raise PretrainedError(
                f"{self.source.path} has no tokenizer, or the package tokenizers is not installed "
                "(pip install 'chainrule[pretrained]'). Give the network ids, or load a folder "
                "with tokenizer.json or vocab.txt."
            )
        return self.source.tokenizer

    def _require_positions(self, tokens: int) -> None:
        longest = self.body.settings.longest
        if tokens > longest:
            raise PretrainedError(
                f"A text has {tokens} tokens, special tokens included, but the network has "
                f"positions for {longest}. Give max_length={longest} to cut longer texts."
            )

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the network as a folder in the layout of the hubs, which other libraries read.

        folder  a new or empty folder, or one with an earlier network, which is replaced as a whole

        It holds config.json, model.safetensors and the files of the tokenizer; weights that are
        tied are stored once. Raises PretrainedError for a folder with other files, StorageError if
        it cannot be written.
        """
        save(folder, self.body, self.head, self.source)

    def embed(self, texts: Iterable[str]) -> Array:
        """Return a vector for each text, (texts, width) float32.

        The vector is made as the folder says (`source.pooling`): of networks for sentences the mean
        of the hidden states of a text's tokens, divided by its norm. Texts are read a few thousand
        at a time, and computed in compiled batches of similar length; a text that is longer than
        the folder says is cut.

        Raises PretrainedError in training mode, in which vectors would be random, and without a
        tokenizer.
        """
        if self.training:
            raise PretrainedError(
                "Vectors of texts were asked for in training mode, in which dropout makes them "
                "random. Call net.eval() before."
            )
        if isinstance(texts, str):
            raise PretrainedError(
                "A single text was given to embed. Give a list: net.embed([text])."
            )
        most = self.body.settings.longest
        longest = min(self.source.pooling.longest or most, most)
        parts = sentence_vectors(texts, self.tokenizer, longest, self._vectors)
        empty = np.empty((0, self.body.settings.width), np.float32)
        return np.concatenate([empty, *parts])

    @compile
    def _vectors(self, batch: Batch) -> Tensor:
        """Return the vectors of sentences, (batch, width)."""
        ids, mask, segments = read_batch(batch)
        assert mask is not None
        output: Any = self.body(ids, mask, segments)
        return self.source.pooling.vectors(output.hidden, mask)

    def layer_groups(self) -> dict[str, Module]:
        """Return the parts of the network by name, from input to output.

        "embeddings", "layers.0", "layers.1", ..., "pooler" and "head", the last two where there
        are any. Every parameter is in one group.
        """
        body = self.body
        groups: dict[str, Module | None] = {
            "embeddings": body.embeddings,
            **{f"layers.{i}": each for i, each in enumerate(body.layers)},
            "pooler": body.pooler,
            "head": self.head,
        }
        return {name: each for name, each in groups.items() if each is not None}
