"""The images whose windows are the columns of matrices, with the zeros around them."""

from __future__ import annotations

import math
from dataclasses import replace

from chainrule.compile.gates.window_gates import Unfolding, unfolding_of
from chainrule.graph import Tensor

Pairs = tuple[tuple[int, int], ...]


def images_of(columns: Tensor) -> tuple[Tensor, Unfolding] | None:
    """Return the images whose windows are the columns of matrices, and how they are taken."""
    cut = unshaped(columns)
    unfolding = unfolding_of(cut) if name_of(cut) == "windows" else None
    if unfolding is None or columns.ndim not in (3, 4):
        return None
    (images,) = cut.inputs
    is_batch = images.ndim == len(unfolding.size) + 2 and images.shape[1] % groups_of(columns) == 0
    fits = (columns.shape[0], columns.shape[-1]) == (images.shape[0], math.prod(unfolding.size))
    return _without_padding(images, unfolding) if is_batch and fits and images.size else None


def groups_of(columns: Tensor) -> int:
    """Return the number of groups of channels in a batch of matrices."""
    return columns.shape[1] if columns.ndim == 4 else 1


def unshaped(node: Tensor) -> Tensor:
    """Return the input of a reshape, or of several; every other gate itself."""
    while name_of(node) == "reshape":
        node = node.inputs[0]
    return node


def name_of(node: Tensor) -> str:
    """Return the name of the node's primitive, an empty string if it has none."""
    return node.primitive.name if node.primitive is not None else ""


def part_of_images(node: Tensor) -> Pairs | None:
    """Return what a slice of images leaves out of each axis, below zero; None for other slices."""
    x, starts, lengths = node.inputs[0], node.attributes["starts"], node.attributes["lengths"]
    is_of_extents = node.ndim > 2 and node.shape[:2] == x.shape[:2]
    if not is_of_extents or any(step != 1 for step in node.attributes["steps"]):
        return None
    return tuple(
        (-start, start + length - extent)
        for start, length, extent in zip(starts[2:], lengths[2:], x.shape[2:], strict=True)
    )


def padding_of_images(node: Tensor) -> Pairs | None:
    """Return the zeros that a pad puts around each axis of images; None for other pads."""
    x, starts = node.inputs[0], node.attributes["starts"]
    is_of_extents = node.ndim > 2 and node.shape[:2] == x.shape[:2]
    if not is_of_extents or any(step != 1 for step in node.attributes["steps"]):
        return None
    return tuple(
        (start, whole - start - extent)
        for start, whole, extent in zip(starts[2:], node.shape[2:], x.shape[2:], strict=True)
    )


def with_padding(unfolding: Unfolding, pairs: Pairs) -> Unfolding:
    """Return how windows are taken if zeros are added, or elements left out, around the images."""
    both = tuple((a + c, b + d) for (a, b), (c, d) in zip(unfolding.padding, pairs, strict=True))
    return replace(unfolding, padding=both)


def _without_padding(images: Tensor, unfolding: Unfolding) -> tuple[Tensor, Unfolding]:
    """Return the images before they were padded, and cut where no window reaches."""
    for name, pairs_of in (("slice", part_of_images), ("pad", padding_of_images)):
        pairs = pairs_of(images) if name_of(images) == name else None
        if pairs is not None and images.inputs[0].size:
            unfolding, images = with_padding(unfolding, pairs), images.inputs[0]
    return images, replace(unfolding, extents=images.shape[2:])
