"""Vectors of words: states of a character language model at the blanks beside the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Protocol

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.flair.characters import BLANK, CharacterTable, IdArray, joined
from chainrule.pretrained.flair.settings import LanguageModelSettings

_AT_ONCE = (1, 4, 16, 32)  # texts that are read together: few numbers, so that code is shared
_CHUNKS = (16, 64)  # characters per call, likewise; the state is carried from call to call


class LanguageModel(Protocol):
    """What is read: the language model, as far as this module knows it."""

    characters: CharacterTable
    settings: LanguageModelSettings

    def states(self, ids: Any, state: Any) -> tuple[Any, Any]: ...


def word_vectors(net: LanguageModel, sentences: Sequence[Sequence[str]]) -> list[Array]:
    """Return the vectors of the words of each sentence, float32 (words, width)."""
    found = [np.zeros((len(each), net.settings.width), np.float32) for each in sentences]
    lengths = np.array([len(joined(each)) if len(each) else -1 for each in sentences])
    order = [i for i in np.argsort(lengths, kind="stable").tolist() if lengths[i] >= 0]
    for begin in range(0, len(order), _AT_ONCE[-1]):
        chosen = order[begin : begin + _AT_ONCE[-1]]
        _fill([found[i] for i in chosen], net, [sentences[i] for i in chosen])
    return found


def text_read(words: Sequence[str], settings: LanguageModelSettings) -> str:
    """Return the characters that a model reads of a sentence, in its direction."""
    text = joined(words)
    return settings.delimiter + (text if settings.forward else text[::-1]) + BLANK


def word_places(words: Sequence[str], settings: LanguageModelSettings) -> IdArray:
    """Return where in `text_read` the vector of each word is, int64 (words,)."""
    ends = np.array([*accumulate(map(len, words))], np.int64) + np.arange(len(words))
    sizes = np.array([*map(len, words)], np.int64)
    before = len(settings.delimiter)
    if settings.forward:
        return before + ends
    return before + len(joined(words)) - (ends - sizes)


def _fill(found: list[Array], net: LanguageModel, sentences: Sequence[Sequence[str]]) -> None:
    """Write the vectors of at most `_AT_ONCE[-1]` sentences into their arrays."""
    places = [word_places(each, net.settings) for each in sentences]
    for begin, outputs in _outputs(net, [text_read(each, net.settings) for each in sentences]):
        for row, (own, target) in enumerate(zip(places, found, strict=True)):
            here = (own >= begin) & (own < begin + len(outputs))
            target[here] = outputs[own[here] - begin, row]


def _outputs(net: LanguageModel, texts: Sequence[str]) -> Iterator[tuple[int, Array]]:
    """Yield the outputs of a model chunk by chunk: its first place, and (time, texts, width)."""
    ids = _padded([net.characters.ids(each) for each in texts], net.characters)
    shape = net.settings.layers, ids.shape[1], net.settings.hidden
    state: Any = (np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    begin = 0
    while begin < len(ids):
        size = _CHUNKS[-1] if len(ids) - begin >= _CHUNKS[-1] else _CHUNKS[0]
        outputs, state = net.states(ids[begin : begin + size], state)
        yield begin, outputs.read()
        begin += size


def _padded(texts: Sequence[IdArray], characters: CharacterTable) -> IdArray:
    """Return texts as columns, padded with blanks to whole chunks and a number of `_AT_ONCE`."""
    columns = next(each for each in _AT_ONCE if each >= len(texts))
    rows = -(-max(map(len, texts)) // _CHUNKS[0]) * _CHUNKS[0]
    found = np.full((rows, columns), characters.ids(BLANK)[0], np.int64)
    for column, each in enumerate(texts):
        found[: len(each), column] = each
    return found
