"""Networks with another vocabulary or another head, and fresh ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chainrule.graph import Array
from chainrule.nn.initial import generator
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.ulmfit.awd_lstm import AWDLSTM
from chainrule.pretrained.ulmfit.heads import LanguageHead, PooledHead, pooled_widths
from chainrule.pretrained.ulmfit.network import UlmfitNetwork
from chainrule.pretrained.ulmfit.sizes import CLASSIFICATION, Sizes
from chainrule.pretrained.ulmfit.source import UlmfitSource
from chainrule.pretrained.ulmfit.word_tokenizer import WordTokenizer

Random = np.random.Generator | int | None
_TABLE = "words.layer.weight"


def language_model(
    words: Sequence[str],
    width: int = 400,
    hidden: Sequence[int] = (1152, 1152),
    random: Random = None,
) -> UlmfitNetwork:
    """Return a language model with drawn weights, to be trained from scratch.

    words   the vocabulary; see `vocabulary`
    width   of the word vectors and of the last layer
    hidden  the sizes of the layers before it
    random  a NumPy generator or a seed; fresh entropy if None
    """
    source, tokenizer = generator(random), WordTokenizer(tuple(words))
    sizes = Sizes(len(words), width, tuple(hidden), tokenizer.pad_id)
    return _made(AWDLSTM(sizes, source), LanguageHead(sizes.vocabulary, source), tokenizer)


def with_vocabulary(
    net: UlmfitNetwork, words: Sequence[str], random: Random = None
) -> UlmfitNetwork:
    """Return a language model with another vocabulary, and otherwise the weights of `net`.

    Words of both keep their row and bias; the others get the mean of all rows and of all biases.
    Raises PretrainedError for a network that is no language model.
    """
    head = net.head
    if not isinstance(head, LanguageHead):
        raise PretrainedError(
            "Another vocabulary was asked for, but the network has no head of a language model. "
            'Load it with head="language-model".'
        )
    source, tokenizer = generator(random), WordTokenizer(tuple(words))
    sizes = replace(net.body.settings, vocabulary=len(words), padding=tokenizer.pad_id)
    rows = _rows(net.tokenizer, words)
    body = AWDLSTM(sizes, source)
    state = net.body.state()
    body.load_state(state | {_TABLE: _moved(state[_TABLE], rows)})
    made = LanguageHead(sizes.vocabulary, source, bias=head.bias is not None)
    if head.bias is not None and made.bias is not None:
        made.bias.assign(_moved(head.bias.read(), rows))
    return _made(body, made, tokenizer)


def classifier(net: UlmfitNetwork, labels: Sequence[str], random: Random = None) -> UlmfitNetwork:
    """Return a classifier with the layers of `net`, copied, and a fresh head.

    labels  the names of the classes
    random  a NumPy generator or a seed, for the head and dropout; fresh entropy if None
    """
    source, sizes = generator(random), net.body.settings
    body = AWDLSTM(sizes, source, CLASSIFICATION)
    body.load_state(net.body.state())
    head = PooledHead(pooled_widths(sizes.width, len(labels)), source)
    return _made(body, head, net.tokenizer, tuple(labels))


def _made(
    body: AWDLSTM,
    head: LanguageHead | PooledHead,
    tokenizer: WordTokenizer,
    labels: tuple[str, ...] = (),
) -> UlmfitNetwork:
    name = "classification" if labels else "language-model"
    fresh = tuple(f"head.{each}" for each in head.named_parameters())
    source = UlmfitSource(None, name, labels, tokenizer, fresh)
    net = UlmfitNetwork(body, head, source).eval()
    net.named_parameters()
    return net


def _rows(tokenizer: WordTokenizer, words: Sequence[str]) -> Array:
    """Return the old id of each new word, -1 for words that the old vocabulary does not have."""
    return np.array([tokenizer.ids.get(each, -1) for each in words], np.int64)


def _moved(table: Array, rows: Array) -> Array:
    moved = table[rows]
    moved[rows < 0] = table.mean(axis=0)
    return moved
