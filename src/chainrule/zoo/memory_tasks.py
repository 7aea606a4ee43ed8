"""Tasks for a network with a memory: copy, repeat copy and associative recall.

Graves, Wayne, Danihelka: Neural Turing Machines (2014), sections 4.1 to 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array

BITS = 8
_ITEM_STEPS, _ITEM_BITS = 3, 6
_MOST_REPEATS = 10


@dataclass(frozen=True)
class Episode:
    """A batch of one task.

    x        what is shown, float32 (steps, batch, features), zero while an answer is expected
    answers  bits that are expected in the last steps, float32 (answers, batch, outputs)
    """

    x: Array
    answers: Array


def copy(length: int, batch: int, random: np.random.Generator) -> Episode:
    """Return an episode of copying: 8 random bits per step, a mark, and the same bits as answers.

    x has 9 features: the bits and the mark; 2 · length + 1 steps.
    """
    bits = _bits(random, length, batch, BITS)
    x = np.zeros((2 * length + 1, batch, BITS + 1), "float32")
    x[:length, :, :BITS] = bits
    x[length, :, BITS] = 1
    return Episode(x, bits)


def repeat_copy(length: int, repeats: int, batch: int, random: np.random.Generator) -> Episode:
    """Return an episode of repeated copying: bits, the number of repeats, then all copies.

    x has 9 features: the bits, and repeats / 10 in the step after them. Answers have 9 bits: those
    of the copies, and a mark that is 1 in the step after the last copy.
    """
    bits = _bits(random, length, batch, BITS)
    answers = np.zeros((length * repeats + 1, batch, BITS + 1), "float32")
    answers[:-1, :, :BITS] = np.tile(bits, (repeats, 1, 1))
    answers[-1, :, BITS] = 1
    x = np.zeros((length + 1 + len(answers), batch, BITS + 1), "float32")
    x[:length, :, :BITS] = bits
    x[length, :, BITS] = repeats / _MOST_REPEATS
    return Episode(x, answers)


def associative_recall(items: int, batch: int, random: np.random.Generator) -> Episode:
    """Return an episode of recall: items, then one of them as a query; the answer is the next.

    An item is a mark and 3 steps of 6 random bits; the query is another mark, 3 steps, and that
    mark again. x has 8 features: the bits and both marks. The query is never the last item.
    """
    shown = _bits(random, items, _ITEM_STEPS, batch, _ITEM_BITS)
    asked = random.integers(0, items - 1, batch)
    x = np.zeros((items, _ITEM_STEPS + 1, batch, _ITEM_BITS + 2), "float32")
    x[:, 0, :, _ITEM_BITS] = 1
    x[:, 1:, :, :_ITEM_BITS] = shown
    query = np.zeros((2 * _ITEM_STEPS + 2, batch, _ITEM_BITS + 2), "float32")
    query[[0, _ITEM_STEPS + 1], :, _ITEM_BITS + 1] = 1
    everyone = np.arange(batch)
    query[1 : _ITEM_STEPS + 1, :, :_ITEM_BITS] = shown[asked, :, everyone].swapaxes(0, 1)
    answers = shown[asked + 1, :, everyone].swapaxes(0, 1)
    return Episode(np.concatenate([x.reshape(-1, *x.shape[2:]), query]), answers)


def _bits(random: np.random.Generator, *shape: int) -> Array:
    return random.integers(0, 2, shape).astype("float32")
