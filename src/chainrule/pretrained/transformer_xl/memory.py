"""What is remembered of earlier segments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.ops import concat, minimum, stop_gradient
from chainrule.pretrained.transformer_xl.settings import XLSettings


class Memory(NamedTuple):
    """The inputs of every layer for the last tokens of earlier segments.

    states  one per layer, (batch, remembered tokens, width)
    filled  an integer: how many of the last places are read; the others hold nothing
    """

    states: tuple[TensorLike, ...]
    filled: TensorLike


def first_memory(settings: XLSettings, batch: int) -> Memory:
    """Return the memory before the first segment: zeros, which are read unless it starts empty."""
    shape = (batch, settings.memory, settings.width)
    states = tuple(np.zeros(shape, np.float32) for _ in range(settings.layers))
    filled = 0 if settings.starts_empty else settings.memory
    return Memory(states, np.array(filled, np.int32))


def next_memory(memory: Memory, inputs: list[Tensor], settings: XLSettings) -> Memory:
    """Return the memory after a segment with these inputs of layers; no gradient flows into it."""
    if not settings.memory:
        return memory
    pairs = zip(memory.states, inputs, strict=True)
    both = (concat([as_tensor(old), stop_gradient(new)], axis=1) for old, new in pairs)
    states = tuple(stop_gradient(each[:, -settings.memory :]) for each in both)
    filled = minimum(as_tensor(memory.filled) + inputs[0].shape[1], settings.memory)
    return Memory(states, stop_gradient(filled.astype("int32")))
