"""GPT-2 as a network: hidden states, scores of a head, losses, continued texts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.nn import Module
from chainrule.nn.initial import generator
from chainrule.pretrained.body.batch import Batch, read_batch
from chainrule.pretrained.body.output import Output
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.generation.continuing import continued
from chainrule.pretrained.generation.perplexity import windowed_perplexity
from chainrule.pretrained.generation.request import GenerationRequest
from chainrule.pretrained.gpt2.body import Gpt2Body
from chainrule.pretrained.gpt2.decoder import Gpt2Decoder
from chainrule.pretrained.gpt2.head import LastTokenHead
from chainrule.pretrained.gpt2.stored import save
from chainrule.pretrained.stored.origin import Origin
from chainrule.pretrained.tokenizer import Tokenizer
from chainrule.train.evaluation import in_mode

LANGUAGE, CLASSIFICATION = "language-model", "classification"


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

        With the head "language-model", scores (batch, tokens, vocabulary) are those of the next
        token. Raises ShapeError for too many tokens, RangeError for ids outside the table.
        """
        ids, mask, _ = read_batch(batch)
        output: Any = self.body(ids, mask, layers=layers, attentions=attentions)
        if self.source.head == LANGUAGE:
            return output._replace(scores=self.body.next_scores(output.hidden))  # type: ignore[no-any-return]
        if self.head is not None:
            return output._replace(scores=self.head(output.hidden, mask))  # type: ignore[no-any-return]
        return output  # type: ignore[no-any-return]

    def generate(
        self,
        prompts: Sequence[Any] | str,
        length: int = 50,
        *,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        beams: int = 1,
        length_penalty: float = 1.0,
        end: int | None = None,
        random: np.random.Generator | int | None = None,
    ) -> list[Any]:
        """Return prompts with what follows them: texts for texts, arrays of ids for ids.

        prompts         texts, or sequences of ids; a single text is a list of one
        length          the most tokens that are appended
        temperature     divides the scores before a token is drawn; 1 is the network's distribution
        top_k, top_p    draw from the `top_k` best tokens only, or from the fewest most probable
                        ones that have the probability `top_p` together. With neither of the three,
                        the best token is taken every time
        beams           2 or more for the text with the largest probability that so many beams find
        length_penalty  the power of the length that the logarithm of a beam's probability is
                        divided by
        end             the id after which a text ends; that of the configuration if None, and -1
                        for none
        random          a NumPy generator or a seed, for drawn tokens; fresh entropy if None

        Keys and values of earlier tokens are kept, so that every step computes one token. It is
        compiled once for every number of texts, or of beams. The network is called in inference
        mode. Raises PretrainedError for an empty prompt, and for more tokens than it has positions.
        """
        chosen = self.body.settings.end if end is None else end
        request = GenerationRequest(
            length, temperature, top_k, top_p, beams, length_penalty, None if chosen < 0 else chosen
        )
        return self._continued(prompts, request, generator(random))

    def _continued(
        self, prompts: Sequence[Any] | str, request: GenerationRequest, random: np.random.Generator
    ) -> list[Any]:
        given = [prompts] if isinstance(prompts, str) else list(prompts)
        ids = [self._ids(each) for each in given]
        longest = self.body.settings.longest
        for each in ids:
            if not 0 < len(each) <= longest - request.length:
                raise PretrainedError(
                    f"A prompt of {len(each)} tokens was to be continued by {request.length}. It "
                    f"has at least one token, and the whole at most {longest}, for which the "
                    "network has positions."
                )
        with in_mode(self, False):
            found = continued(Gpt2Decoder(self.body, longest), ids, request, random)
        whole = [np.concatenate([each, new]) for each, new in zip(ids, found, strict=True)]
        return [
            self.tokenizer.decode(row.tolist()) if isinstance(each, str) else row.astype(np.int32)
            for each, row in zip(given, whole, strict=True)
        ]

    def _ids(self, prompt: Any) -> Any:
        if isinstance(prompt, str):
            encoded = self.tokenizer.encode([prompt])
            return encoded.ids[0, : int(encoded.mask.sum())]
        ids = np.asarray(prompt)
        if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
            raise PretrainedError(
                f"Ids of shape {ids.shape} and dtype {ids.dtype} were given for a text. Give one "
                "axis of integers, in a list of such prompts."
            )
        return ids.astype(np.int64)

    def perplexity(
        self, text: Any, *, window: int | None = None, stride: int | None = None
    ) -> float:
        """Return exp of the mean of -log p(token | earlier tokens), from the second token on.

        text    a text, or its ids, of any length
        window  tokens that are read together; all positions if None
        stride  tokens from one window to the next, half a window if None. A token of a later window
                is predicted from at least `window` - `stride` tokens
        """
        longest = self.body.settings.longest
        window = longest if window is None else window
        if not 2 <= window <= longest:
            raise PretrainedError(
                f"Perplexity was asked for with window={window}. Give 2 to {longest} tokens, for "
                "which the network has positions."
            )
        stride = max(window // 2, 1) if stride is None else stride
        with in_mode(self, False):
            return windowed_perplexity(self._ids(text), window, stride, self._window_loss)

    def _window_loss(self, ids: Any, counted: Any) -> float:
        return float(self.body.loss(ids[None], counted[None]).read())

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
