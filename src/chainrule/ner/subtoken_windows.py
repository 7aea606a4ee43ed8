"""Windows of sub-tokens: what a pretrained network reads at once, and where words are in them.

A sentence that does not fit into the positions of the network is read in windows that overlap by
half. Its words are taken from the window in which they have the most context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.ner.subtokens import SubTokenizer, SubTokens

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Windows:
    """Windows of some sentences: what the encoder reads.

    ids     int32 (windows, extent), with special tokens and padding
    counts  int64 (windows,), the tokens of each window
    places  int64 (sentences, steps), of the first sub-token of each word: the window times the
            extent plus the position there; 0 outside a sentence
    """

    ids: Array
    counts: Array
    places: Array

    def arrays(self) -> tuple[Array, Array, Array]:
        """Return the arrays in the order in which the encoder takes them."""
        return self.ids, self.counts, self.places


def window_begins(count: int, room: int) -> Array:
    """Return the first sub-token of each window of a sentence, int64 (windows,).

    count  the sub-tokens of the sentence
    room   those of a window
    """
    if count <= room:
        return np.zeros(1, np.int64)
    stride = max(1, room // 2)
    return np.append(np.arange(0, count - room, stride), count - room)


def most_context(positions: Array, begins: Array, count: int, room: int) -> Array:
    """Return the number of the window in which each position has the most context.

    Context is the smaller of the distances to the two ends of a window, where an end of the
    sentence counts as far away. The first of equal windows is taken.
    Only the few windows that hold a position are compared: memory is linear in the sentence.
    """
    first = np.searchsorted(begins, positions - room, side="right")
    after = np.searchsorted(begins, positions, side="right")
    most = int((after - first).max(initial=1))
    numbers = np.minimum(first[:, None] + np.arange(most), after[:, None] - 1)
    begin = begins[numbers]
    end = np.minimum(begin + room, count)
    left = np.where(begin == 0, count, positions[:, None] - begin)
    right = np.where(end == count, count, end - 1 - positions[:, None])
    found: Array = first + np.minimum(left, right).argmax(axis=1)
    return found


def windows_of(
    sentences: Sequence[SubTokens], splitter: SubTokenizer, extent: int, steps: int
) -> Windows:
    """Return the windows of sentences, padded to `extent` tokens, and the places of words.

    steps  the words per sentence, padding included

    There is one window per sentence if all fit; otherwise their number is a power of two.
    """
    room, before = splitter.room, len(splitter.before)
    begins = [window_begins(len(each.ids), room) for each in sentences]
    firsts = np.cumsum([0, *map(len, begins)])
    rows = int(firsts[-1])
    rows = rows if rows == len(sentences) else 1 << (rows - 1).bit_length()
    ids = np.full((rows, extent), splitter.padding, np.int32)
    counts = np.ones(rows, np.int64)  # windows of padding alone read one token
    places = np.zeros((len(sentences), steps), np.int64)
    for number, (each, own) in enumerate(zip(sentences, begins, strict=True)):
        for row, begin in enumerate(own.tolist(), start=int(firsts[number])):
            piece = each.ids[begin : begin + room]
            tokens = np.concatenate([splitter.before, piece, splitter.after])
            ids[row, : len(tokens)], counts[row] = tokens, len(tokens)
        chosen = most_context(each.firsts, own, len(each.ids), room)
        rows_of_words = firsts[number] + chosen
        places[number, : len(chosen)] = rows_of_words * extent + before + each.firsts - own[chosen]
    return Windows(ids, counts, places)


def windows_of_part(windows: Windows, rows: slice, padding: int) -> Windows:
    """Return the windows of some of the sentences of a batch, as a batch of their own.

    rows     the positions of the sentences, of which there is at least one, without a step
    padding  the id of padding
    """
    ids, counts, places = windows.arrays()
    extent, own = ids.shape[1], places[rows]
    if len(ids) == len(places):
        first, end = rows.start, rows.start + len(own)
    else:
        first, end = _read_by(own[own > 0] // extent)
    count = end - first
    most = count if count == len(own) else 1 << (count - 1).bit_length()
    chosen = np.full((most, extent), padding, ids.dtype)
    lengths = np.ones(most, counts.dtype)
    chosen[:count], lengths[:count] = ids[first:end], counts[first:end]
    return Windows(chosen, lengths, np.where(own > 0, own - first * extent, 0))


def _read_by(windows: Array) -> tuple[int, int]:
    """Return the first of some windows, and the end of the last."""
    return (int(windows.min()), int(windows.max()) + 1) if windows.size else (0, 1)


def pieces_of(tokens: SubTokens, room: int) -> list[tuple[SubTokens, Array]]:
    """Return the windows of a sentence as sentences of their own, with the numbers of their words.

    The words of a piece, int64 (words,), are those that have the most context in it. Pieces without
    words are left out.
    """
    begins = window_begins(len(tokens.ids), room)
    if len(begins) == 1:
        return [(tokens, np.arange(len(tokens.firsts)))]
    chosen = most_context(tokens.firsts, begins, len(tokens.ids), room)
    order = np.argsort(chosen, kind="stable")
    ends = np.searchsorted(chosen[order], np.arange(len(begins)), side="right")
    owned = np.split(order, ends[:-1])
    return [
        (SubTokens(tokens.ids[begin : begin + room], tokens.firsts[words] - begin), words)
        for begin, words in zip(begins.tolist(), owned, strict=True)
        if len(words)
    ]


def tokens_read(sentences: Sequence[SubTokens], splitter: SubTokenizer) -> Array:
    """Return the tokens of the longest window of each sentence, special ones included."""
    special = splitter.longest - splitter.room
    counts = np.array([len(each.ids) for each in sentences], np.int64)
    return np.where(counts > 0, np.minimum(counts, splitter.room) + special, 0)


def steps_for(extent: int, words: int, splitter: SubTokenizer) -> int:
    """Return the number of words to which sentences are padded: one per extent, if they fit.

    words  of the longest sentence
    """
    fitting = extent - (splitter.longest - splitter.room)
    return fitting if words <= fitting else 1 << (words - 1).bit_length()
