"""GPT-2 as a network: hidden states, scores of a head, losses, continued texts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from chainrule.graph import Tensor
from chainrule.nn import Module
from chainrule.pretrained.body.batch import Batch, read_batch
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.gpt2.body import Gpt2Body
from chainrule.pretrained.gpt2.head import LastTokenHead
from chainrule.pretrained.gpt2.stored import save
from chainrule.pretrained.stored.origin import Origin
from chainrule.pretrained.tokenizer import Tokenizer

LANGUAGE, CLASSIFICATION = "language", "classification"


class Gpt2Network(Module):
    """GPT-2 with a head: `net(net.tokenize(texts))`; made by `chainrule.pretrained.load`.

    body    embeddings, layers, a norm
    head    the head of a classifier of texts, or None
    source  the configuration, the tokenizer, the name of the head; which parameters are fresh

    Radford, Wu, Child, Luan, Amodei, Sutskever: Language models are unsupervised multitask learners
    (2019).
    """

    def __init__(self, body: Gpt2Body, head: LastTokenHead | None, source: Origin) -> None:
        self.body, self.head, self.source = body, head, source

    def forward(  # type: ignore[override]
        self, batch: Any, *, layers: bool = False, attentions: bool = False
    ) -> Output:
        """Return hidden states, and the scores of the head; see `Output`.

        batch       what `tokenize` returns, or ids (batch, tokens), or a tuple: ids, the number of
                    tokens of each text (batch,)
        layers      True for the embeddings and the outputs of all layers, the last one normalised
        attentions  True for the attention weights of all layers, without dropout

        With the head "language", scores (batch, tokens, vocabulary) are those of the next token.
        Raises ShapeError for too many tokens, RangeError for ids outside the table.
        """
        ids, mask, _ = read_batch(batch)
        output: Any = self.body(ids, mask, layers=layers, attentions=attentions)
        if self.source.head == LANGUAGE:
            return output._replace(scores=self.body.next_scores(output.hidden))  # type: ignore[no-any-return]
        if self.head is not None:
            return output._replace(scores=self.head(output.hidden, mask))  # type: ignore[no-any-return]
        return output  # type: ignore[no-any-return]

    def tokenize(
        self,
        texts: Sequence[Any],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Batch:
        """Return the batch of some texts, padded to the longest.

        texts       texts, or sentences as lists of words, whose positions `Batch.words` has then
        pairs       a second text for each, which follows the first
        max_length  the number of tokens to cut longer texts to

        Raises PretrainedError for a text with more tokens than the network has positions, unless
        `max_length` cuts it, and for a text without tokens.
        """
        tokenizer = self.tokenizer
        if texts and not isinstance(texts[0], str):
            found = tokenizer.encode_words(texts, max_length)
        else:
            found = tokenizer.encode(texts, pairs, max_length)
        self._require_tokens(found.mask.sum(axis=1))
        return Batch(*(getattr(found, name) for name in Batch._fields))

    def _require_tokens(self, lengths: Any) -> None:
        longest = self.body.settings.longest
        if len(lengths) and lengths.max() > longest:
            raise PretrainedError(
                f"A text has {lengths.max()} tokens, but the network has positions for {longest}. "
                f"Give max_length={longest} to cut longer texts."
            )
        if len(lengths) and not lengths.min():
            raise PretrainedError(
                "A text without tokens was given to the network. Leave empty texts out."
            )

    def layer_groups(self) -> dict[str, Module]:
        """Return the parts of the network by name, from input to output.

        "embeddings", "layers.0", "layers.1", ..., "norm", and "head" where there is one. Every
        parameter is in one group.
        """
        body = self.body
        groups: dict[str, Module] = {"embeddings": body.embeddings}
        groups |= {f"layers.{i}": each for i, each in enumerate(body.layers)}
        groups["norm"] = body.norm
        return groups if self.head is None else {**groups, "head": self.head}

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the folder; raises PretrainedError if there is none."""
        if self.source.tokenizer is None:
            raise PretrainedError(
                f"{self.source.path} has no tokenizer, or the package tokenizers is not installed "
                "(pip install 'chainrule[pretrained]'). Give the network ids, or load a folder "
                "with tokenizer.json, or with vocab.json and merges.txt."
            )
        return self.source.tokenizer

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the network as a folder in the layout of the hubs, which other libraries read.

        folder  a new or empty folder, or one with an earlier network, which is replaced as a whole

        Raises PretrainedError for a folder with other files, StorageError if it cannot be written.
        """
        save(folder, self.body, self.head, self.source)
