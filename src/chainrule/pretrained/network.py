"""A pretrained network: the encoder of a file, and a head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.graph import ShapeError, Tensor, as_tensor
from chainrule.nn import Module, sequence_mask
from chainrule.pretrained.batch import Batch
from chainrule.pretrained.body import EncoderBody
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.heads.head import Head
from chainrule.pretrained.output import Output
from chainrule.pretrained.source import Source


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
        given = _batch(batch)
        output: Any = self.body(*given, layers=layers, attentions=attentions)
        if self.head is None:
            return output  # type: ignore[no-any-return]
        scores = self.head(output, self.body.embeddings.words.weight)
        return output._replace(scores=scores)  # type: ignore[no-any-return]

    def tokenize(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Batch:
        """Return the batch of some texts, padded to the longest, with the special tokens.

        pairs       a second text for each
        max_length  the number of tokens to cut longer texts to, special tokens included

        Raises PretrainedError for a text with more tokens than the network has positions, unless
        `max_length` cuts it.
        """
        tokenizer = self.source.tokenizer
        if tokenizer is None:
            raise PretrainedError(
                f"{self.source.folder} has no tokenizer. Give the network ids, or load a folder "
                "with tokenizer.json or vocab.txt."
            )
        batch: Batch = tokenizer.encode_batch(texts, pairs, max_length)
        self._require_positions(batch)
        return batch

    def _require_positions(self, batch: Batch) -> None:
        longest, tokens = self.body.settings.longest, as_tensor(batch.ids).shape[1]
        if tokens > longest:
            raise PretrainedError(
                f"A text has {tokens} tokens, special tokens included, but the network has "
                f"positions for {longest}. Give max_length={longest} to cut longer texts."
            )

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


def _batch(given: Any) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Return ids, mask and segments of any form of a batch."""
    if isinstance(given, Batch):
        ids, mask, segments = as_tensor(given.ids), given.mask, given.segments
        mask = None if mask is None else as_tensor(mask)
    elif isinstance(given, tuple | list) and 2 <= len(given) <= 3:
        ids, segments = as_tensor(given[0]), given[2] if len(given) == 3 else None
        _require_ids(ids)
        mask = sequence_mask(given[1], ids.shape[1])
    else:
        ids, mask, segments = as_tensor(given), None, None
    _require_ids(ids)
    return ids, mask, None if segments is None else as_tensor(segments)


def _require_ids(ids: Tensor) -> None:
    if ids.ndim != 2:
        raise ShapeError(
            f"The network was given ids of shape {ids.shape}. It takes (batch, tokens): a batch of "
            "net.tokenize(texts), or ids and lengths."
        )
