"""Attention maps: which tokens each token of a text attends to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.explained.attention_picture import draw_head, draw_heads, draw_overview
from chainrule.pretrained.explained.attention_text import one_head_text, overview_text
from chainrule.pretrained.explained.token_texts import token_texts
from chainrule.pretrained.network import PretrainedNetwork
from chainrule.train.evaluation import in_mode

Numbers = int | Sequence[int] | None


@dataclass(frozen=True, eq=False, repr=False)
class AttentionMap:
    """Attention weights of one text; it prints as text, and `plot` draws it.

    weights  float32 (layers, heads, queries, keys): the weight of every key for every query; over
             the keys they sum to 1
    tokens   the tokens as text: "##" in front of those that continue a word
    special  for each token, whether it is a special one, such as [CLS]
    layers   the numbers of the layers, from 0
    heads    the numbers of the heads, from 0
    """

    weights: Array
    tokens: tuple[str, ...]
    special: tuple[bool, ...]
    layers: tuple[int, ...]
    heads: tuple[int, ...]

    @property
    def array(self) -> Array:
        """The weights without the axes of layers and heads of which there is one."""
        layers, heads, *rest = self.weights.shape
        return self.weights.reshape(*(each for each in (layers, heads) if each > 1), *rest)

    def __str__(self) -> str:
        if self._is_one_head:
            return f"{self._title}, a line per query\n{self._text}"
        return (
            "percentage of attention that special tokens get, by layer and head\n"
            + overview_text(self.weights, self.special, self.layers, self.heads)
        )

    __repr__ = __str__

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Return a figure of matplotlib: one heatmap for one head, otherwise one for each head.

        path  a .png, .svg or .pdf file that the figure is written to; None for no file

        The tokens of one layer or one head label the axes; an overview has a row per layer. The
        letters of a script need an installed font that has them. Raises PretrainedError without
        matplotlib: pip install 'chainrule[plot]'.
        """
        if self._is_one_head:
            return draw_head(self.weights[0, 0], self.tokens, self._title, path)
        if len(self.layers) == 1:
            titles = [f"layer {self.layers[0]}, head {each}" for each in self.heads]
            return draw_heads(self.weights[0], self.tokens, titles, path)
        if len(self.heads) == 1:
            titles = [f"layer {each}, head {self.heads[0]}" for each in self.layers]
            return draw_heads(self.weights[:, 0], self.tokens, titles, path)
        return draw_overview(self.weights, self.layers, self.heads, path)

    @property
    def _is_one_head(self) -> bool:
        return len(self.layers) == len(self.heads) == 1

    @property
    def _title(self) -> str:
        return f"attention of layer {self.layers[0]}, head {self.heads[0]}"

    @property
    def _text(self) -> str:
        return one_head_text(self.weights[0, 0], self.tokens)


def attention_map(
    net: PretrainedNetwork,
    text: str,
    pair: str | None = None,
    *,
    layer: Numbers = None,
    head: Numbers = None,
) -> AttentionMap:
    """Return the attention weights of a pretrained network for a text.

    text   the text
    pair   a second text
    layer  the number of a layer from 0, or several; negative from the last; None for all
    head   the number of a head, likewise

    The network is called in inference mode. Raises PretrainedError for a layer or head that the
    network does not have, and without a tokenizer.
    """
    settings = net.body.settings
    layers = _chosen("layer", layer, settings.layers)
    heads = _chosen("head", head, settings.heads)
    texts = [text] if pair is None else [text, pair]
    batch = net.tokenize([text], None if pair is None else [pair])
    with in_mode(net, False):
        output: Any = net.body(batch.ids, batch.mask, batch.segments, attentions=True)
    found = output.attentions
    weights = np.stack([found[i].read()[0][list(heads)] for i in layers])
    tokens = token_texts(net.tokenizer, batch, 0, texts)
    owners = np.asarray(batch.texts)[0]
    return AttentionMap(weights, tokens, tuple(bool(each < 0) for each in owners), layers, heads)


def _chosen(name: str, given: Numbers, count: int) -> tuple[int, ...]:
    """Return the chosen numbers below `count`."""
    if given is None:
        return tuple(range(count))
    numbers = [given] if isinstance(given, int | np.integer) else list(given)
    if not numbers or not all(
        isinstance(each, int | np.integer) and -count <= each < count for each in numbers
    ):
        raise PretrainedError(
            f"{name}={given!r} was given. The network has {count} {name}s, numbered from 0 to "
            f"{count - 1}."
        )
    return tuple(int(each) % count for each in numbers)
