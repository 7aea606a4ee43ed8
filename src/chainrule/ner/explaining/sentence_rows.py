"""What the network reads of a sentence, as rows of its tables, and scores as functions of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import chainrule as cr
from chainrule.ner.encoders import Pretrained, margin_of
from chainrule.ner.errors import ModelError
from chainrule.ner.form_table import table_of
from chainrule.ner.subtoken_windows import Windows, windows_of
from chainrule.ner.subtokens import SubTokens
from chainrule.ner.tagger import Tagger
from chainrule.text import OUTSIDE

Array = np.ndarray[Any, Any]
Rows = dict[str, Any]
Baseline = Literal["padding", "zeros"]


@dataclass(frozen=True, eq=False)
class SentenceRows:
    """The rows of the tables that a network reads of some words, and their features.

    places    int64 (positions,): the numbers of the words in the sentence, -1 beside it
    first     the number of the first word that gets scores
    features  by name, (1, positions, ...), see `TokenVectors.inputs`
    rows      the rows of the tables, by name, (1, positions, ..., size); "subtokens" of a
              pretrained encoder (windows, extent, width)
    windows   what a pretrained encoder reads, None for others
    owners    int64 (windows, extent): the word of each sub-token, -1 for special ones and padding
    """

    places: Array
    first: int
    features: dict[str, Array]
    rows: dict[str, Array]
    windows: Windows | None = None
    owners: Array | None = None


def sentence_rows(tagger: Tagger, words: Sequence[str], first: int, last: int) -> SentenceRows:
    """Return what the network reads for the scores of the words `first` to `last`.

    The window encoder reads their windows, other encoders read the sentence.
    """
    margin = margin_of(tagger.settings)
    if tagger.settings.encoder != "window":
        first, last = 0, len(words) - 1
    places = np.arange(first - margin, last + margin + 1)
    places = np.where((places >= 0) & (places < len(words)), places, -1)
    table = table_of(tagger.lexicon, tagger.lexicon.flat([words]))
    features = {name: each[None] for name, each in table.features(places).items()}
    rows = {name: each.read() for name, each in tagger.network.vectors.rows(features).items()}
    if tagger.net is None:
        return SentenceRows(places, first, features, rows)
    return _with_subtokens(tagger, words, places, features, rows)


def _with_subtokens(
    tagger: Tagger, words: Sequence[str], places: Array, features: Any, rows: dict[str, Array]
) -> SentenceRows:
    assert tagger.splitter is not None
    assert tagger.net is not None
    (tokens,) = tagger.splitter.split([words])
    extent = min(
        len(tokens.ids) + tagger.splitter.longest - tagger.splitter.room, tagger.splitter.longest
    )
    windows = windows_of([tokens], tagger.splitter, extent, len(words))
    rows["subtokens"] = tagger.net.body.embeddings.words.weight.read()[windows.ids]
    return SentenceRows(places, 0, features, rows, windows, _owners(tokens, windows, tagger))


def _owners(tokens: SubTokens, windows: Windows, tagger: Tagger) -> Array:
    """Return the word of every sub-token of the windows, by reading windows of positions."""
    assert tagger.splitter is not None
    numbered = SubTokens(np.arange(len(tokens.ids), dtype=np.int32), tokens.firsts)
    at = windows_of([numbered], tagger.splitter, windows.ids.shape[1], len(tokens.firsts)).ids
    before, after = len(tagger.splitter.before), len(tagger.splitter.after)
    columns = np.arange(at.shape[1])
    inside = (columns >= before) & (columns < windows.counts[:, None] - after)
    of_token = np.searchsorted(tokens.firsts, np.arange(len(tokens.ids)), side="right") - 1
    return np.where(inside, of_token[np.where(inside, at, 0)], -1)


def baseline_rows(tagger: Tagger, read: SentenceRows, baseline: Baseline) -> dict[str, Array]:
    """Return the rows of the baseline; raises ModelError for an unknown one."""
    if baseline not in ("padding", "zeros"):
        raise ModelError(f"baseline={baseline!r} was given. Give 'padding' or 'zeros'.")
    zeros = {name: np.zeros_like(each) for name, each in read.rows.items()}
    if baseline == "padding":
        empty = {name: np.zeros_like(each) for name, each in read.features.items()}
        found = {name: each.read() for name, each in tagger.network.vectors.rows(empty).items()}
        zeros |= found
    if read.owners is not None:
        assert tagger.net is not None
        table = tagger.net.body.embeddings.words.weight.read()
        padding = table[tagger.net.body.settings.padding]
        replaced = padding if baseline == "padding" else np.zeros_like(padding)
        special = read.owners[..., None] < 0
        zeros["subtokens"] = np.where(special, read.rows["subtokens"], replaced)
    return zeros


def vectors_of(tagger: Tagger, read: SentenceRows, rows: Rows) -> Rows:
    """Return the vectors of words, (1, positions, size), and of sub-tokens: what is encoded."""
    found = {name: each for name, each in rows.items() if name == "subtokens"}
    tokens = {name: each for name, each in rows.items() if name != "subtokens"}
    vectors = tagger.network.vectors.of_rows(tokens, read.features)
    return found if vectors is None else found | {"words": vectors}


def score_of_vectors(
    tagger: Tagger, read: SentenceRows, weights: Array
) -> Callable[[Rows], cr.Tensor]:
    """Return the sum of weights times scores, as a function of the vectors that are encoded.

    weights  float32 (words of the sentence, tags)
    """
    network = tagger.network
    steps = len(read.places) - 2 * margin_of(tagger.settings)
    own = weights[read.first : read.first + steps]
    lengths = np.array([steps], np.int64)
    outside = float(own[:, tagger.tags.index(OUTSIDE)].sum()) * tagger.settings.outside_bias

    def score(vectors: Rows) -> cr.Tensor:
        words = vectors.get("words")
        if isinstance(network.encoder, Pretrained):
            assert read.windows is not None
            arrays = read.windows.arrays()
            encoded = network.encoder.of_rows(words, vectors["subtokens"], *arrays)
        else:
            encoded = network.encoder(words, lengths)
        return cr.sum(network.scores(encoded)[0] * own) + outside

    return score


def score_of_rows(
    tagger: Tagger, read: SentenceRows, weights: Array
) -> Callable[[Rows], cr.Tensor]:
    """Return the sum of weights times scores, as a function of rows."""
    of_vectors = score_of_vectors(tagger, read, weights)
    return lambda rows: of_vectors(vectors_of(tagger, read, rows))
