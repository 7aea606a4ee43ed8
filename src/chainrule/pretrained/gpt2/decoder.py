"""GPT-2 as a decoder: prompts are read at once, then one token at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.generation.decoder import Ids
from chainrule.pretrained.gpt2.body import Gpt2Body
from chainrule.pretrained.gpt2.cache import KeyValueCache

_SHORTEST = 16  # places of the shortest padded prompt


class Gpt2Decoder:
    """Texts that GPT-2 continues, with the keys and values of what they have read.

    capacity  the most tokens of a text, prompt included

    One version of the step of a token is compiled for all texts and lengths, and one of the reading
    of prompts for every power of two that they are padded to.
    """

    def __init__(self, body: Gpt2Body, capacity: int) -> None:
        self.body, self.capacity = body, capacity
        self._prefill: Any = body.prefill
        self._step: Any = body.step

    def begin(self, prompts: Sequence[Ids], copies: int = 1) -> Array:
        """Read the prompts; see `Decoder`."""
        self.cache = KeyValueCache(self.body.settings, copies * len(prompts), self.capacity)
        scores = []
        for number, prompt in enumerate(prompts):
            padded, end = _padded(prompt, self.body.settings.longest)
            last, keys, values = self._prefill(padded, np.array([end - 1]))
            rows = slice(copies * number, copies * (number + 1))
            self.cache.begin(rows, _arrays(keys), _arrays(values), end)
            scores += [last.read()] * copies
        return np.concatenate(scores)

    def append(self, tokens: Array) -> Array:
        """Append a token to every text; see `Decoder`."""
        cache = self.cache
        given = (tokens.astype(np.int32), cache.filled.astype(np.int32))
        scores, keys, values = self._step(*given, cache.blocks)
        cache.append(_arrays(keys), _arrays(values))
        return np.asarray(scores.read())

    def arrange(self, parents: Array) -> None:
        """Let every row go on with the text of another one; see `Decoder`."""
        self.cache.arrange(parents)


def _arrays(tensors: Sequence[object]) -> list[Array]:
    return [np.asarray(each) for each in tensors]


def _padded(prompt: Ids, longest: int) -> tuple[Array, int]:
    """Return a prompt, int32 (1, places), with zeros up to a power of two, and its length."""
    end = len(prompt)
    places = min(max(_SHORTEST, 1 << (end - 1).bit_length()), longest)
    padded = np.zeros((1, places), np.int32)
    padded[0, :end] = prompt
    return padded, end
