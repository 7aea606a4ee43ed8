"""LoRA in a model: added beside the matrices of its layers, and merged into them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from chainrule.graph import Array, ChainruleError, Parameter
from chainrule.nn.attention import MultiHeadAttention
from chainrule.nn.initial import generator
from chainrule.nn.linear import Linear
from chainrule.nn.lora import LoRA
from chainrule.nn.module.module import Module


@dataclass(frozen=True)
class _Place:
    """A matrix of a layer, and the attribute of the layer that holds the update beside it."""

    layer: Module
    attribute: str
    matrix: Parameter

    @property
    def lora(self) -> LoRA | None:
        found: LoRA | None = getattr(self.layer, self.attribute)
        return found

    def put(self, lora: LoRA | None) -> None:
        setattr(self.layer, self.attribute, lora)

    def merged(self, lora: LoRA) -> Array:
        merged: Array = self.matrix.value + lora.matrix()
        return merged


def add_lora(
    model: Module,
    rank: int,
    *,
    alpha: float | None = None,
    dropout: float = 0.0,
    layers: str = "*",
    random: np.random.Generator | int | None = None,
) -> list[str]:
    """Put a LoRA beside every matrix of `model`, and return the paths of the matrices.

    rank, alpha, dropout  see `LoRA`
    layers  a pattern of the paths of layers, as in fnmatch: "*" for all linear layers and
            attentions, "*.self_attn" for the joined projections of attentions to queries, keys and
            values, which are one matrix
    random  a NumPy generator or a seed; fresh entropy if None

    The matrices stay trainable: `freeze` the model first to train the updates alone. Functions that
    were compiled before do not know the updates. Raises ChainruleError, and changes nothing, for a
    pattern without a layer, for layers that have a LoRA, and for a rank above that of a matrix.
    """
    places = {path: each for path, each in _places(model).items() if fnmatchcase(path, layers)}
    _require_room(layers, rank, places)
    source = generator(random)
    for each in places.values():
        outputs, inputs = each.matrix.shape
        kind = each.matrix.dtype
        each.put(
            LoRA(inputs, outputs, rank, alpha=alpha, dropout=dropout, dtype=kind, random=source)
        )
    return [str(each.matrix.name) for each in places.values()]


def merge_lora(model: Module) -> None:
    """Add every LoRA of `model` to its matrix, and remove it: inference costs nothing more."""
    for each, lora in _found(model):
        each.matrix.assign(each.merged(lora))
        each.put(None)


@contextmanager
def lora_merged(model: Module) -> Iterator[None]:
    """Merge every LoRA of `model` inside the block, such as for saving, and restore it after."""
    before = [(each, lora, each.matrix.value) for each, lora in _found(model)]
    merge_lora(model)
    try:
        yield
    finally:
        for each, lora, value in before:
            each.matrix.assign(value)
            each.put(lora)


def _places(model: Module) -> dict[str, _Place]:
    """Return the matrices that can have a LoRA, by the paths of their layers."""
    found = {}
    for path, each in model.named_modules().items():
        if isinstance(each, Linear):
            found[path] = _Place(each, "lora", each.weight)
        elif isinstance(each, MultiHeadAttention):
            found[path] = _Place(each, "in_proj_lora", each.in_proj_weight)
    return found


def _found(model: Module) -> list[tuple[_Place, LoRA]]:
    pairs = [(each, each.lora) for each in _places(model).values()]
    return [(each, lora) for each, lora in pairs if lora is not None]


def _require_room(layers: str, rank: int, places: dict[str, _Place]) -> None:
    if not places:
        raise ChainruleError(
            f"add_lora was asked for {layers!r}, but the model has no linear layer and no "
            "attention with such a path. See model.named_modules()."
        )
    if taken := [path for path, each in places.items() if each.lora is not None]:
        raise ChainruleError(
            f"{', '.join(taken)} has a LoRA already. Merge it first: cr.nn.merge_lora(model)."
        )
    for path, each in places.items():
        if rank > min(each.matrix.shape):
            raise ChainruleError(
                f"add_lora was given rank={rank}, above that of the matrix of {path!r}, "
                f"{each.matrix.shape}. Give a smaller one, or name other layers."
            )
