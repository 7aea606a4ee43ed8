"""Rewrite rules that replace a product, or a maximum, and the windows it reads by one gate."""

from __future__ import annotations

import math

from chainrule.compile.gates.matrix_products import is_transpose
from chainrule.compile.gates.window_gates import (
    EXTREME_OF_WINDOWS,
    PRODUCT_BY_WINDOWS,
    TO_WINNERS,
    WINDOWS_PRODUCT,
    Unfolding,
    unfolding_of,
)
from chainrule.compile.rewrite.windows_of_images import groups_of, images_of, name_of, unshaped
from chainrule.graph import Tensor, apply

MOST_POSITIONS = 16
_PARTS = 2  # the largest number of threads
_WINNERS = {"argmax": "gt", "argmin": "lt"}
_EXTREMES = {"max": "gt", "min": "lt"}


def windows_in_a_product(node: Tensor) -> Tensor | None:
    """A @ (windows of each image, as a matrix) -> windows_product(A, images).

    Windows of one element are the image, which is multiplied as it is.
    """
    if not is_product(node):
        return None
    a, columns = unspread(node.inputs[0]), node.inputs[1]
    found = images_of(columns)
    if found is None or a.ndim != columns.ndim - 1:
        return None
    images, unfolding = found
    if unfolding.is_whole and columns.ndim == 3:
        return node.inputs[0] @ images.reshape(columns.shape)
    rows, groups = a.reshape(-1, a.shape[-1]), groups_of(columns)
    products = apply(WINDOWS_PRODUCT, rows, images, unfolding=unfolding, groups=groups)
    return products.reshape(node.shape)


def product_by_windows(node: Tensor) -> Tensor | None:
    """G @ (windows of each image, as a matrix)ᵀ -> product_by_windows(G, images)."""
    if not is_product(node) or not is_transpose(node.inputs[1]):
        return None
    g, transposed = node.inputs
    found = images_of(transposed.inputs[0])
    if found is None or g.ndim != 3 or g.shape[0] != transposed.shape[0] or transposed.ndim != 3:
        return None
    images, unfolding = found
    parts = g.shape[0]
    return apply(PRODUCT_BY_WINDOWS, g, images, unfolding=unfolding, parts=parts, groups=1)


def product_by_grouped_windows(node: Tensor) -> Tensor | None:
    """Σ over images of G @ (windows of a group of channels)ᵀ -> product_by_windows(G, images)."""
    (product,) = node.inputs
    is_whole = node.attributes["axis"] == (0,) and not node.attributes["keepdims"]
    if not (is_whole and is_product(product) and is_transpose(product.inputs[1])):
        return None
    g, transposed = product.inputs
    found = images_of(transposed.inputs[0])
    if found is None or g.ndim != 4 or g.shape[:2] != transposed.shape[:2]:
        return None
    images, unfolding = found
    count, groups, rows, places = g.shape
    flat, attributes = g.reshape(count, groups * rows, places), {"parts": groups, "groups": groups}
    return apply(PRODUCT_BY_WINDOWS, flat, images, unfolding=unfolding, **attributes)


def product_summed_by_windows(node: Tensor) -> Tensor | None:
    """Σ over images of product_by_windows -> Σ over two halves of the images, summed in place."""
    if node.inputs[0].primitive is not PRODUCT_BY_WINDOWS:
        return None
    (products,) = node.inputs
    count = products.inputs[0].shape[0]
    is_whole = products.attributes["parts"] == count and count % _PARTS == 0 and count > _PARTS
    if not is_whole or node.attributes["axis"] != (0,) or products.attributes["groups"] > 1:
        return None
    attributes = {**products.attributes, "parts": _PARTS}
    halves = apply(PRODUCT_BY_WINDOWS, *products.inputs, **attributes)
    return halves.sum(0, node.attributes["keepdims"])


def extreme_of_windows(node: Tensor) -> Tensor | None:
    """max(windows, over their positions) -> extreme_of_windows(x)."""
    (shaped,) = node.inputs
    cut = unshaped(shaped)
    unfolding = _small_windows(cut)
    if unfolding is None:
        return None
    n = len(unfolding.size)
    is_over_positions = node.attributes["axis"] == tuple(
        range(shaped.ndim - 2 * n, shaped.ndim - n)
    )
    if not is_over_positions or shaped.shape[-2 * n :] != cut.shape[-2 * n :]:
        return None
    found = apply(
        EXTREME_OF_WINDOWS, cut.inputs[0], unfolding=unfolding, which=_EXTREMES[name_of(node)]
    )
    return found.reshape(node.shape)


def gradient_to_winners(node: Tensor) -> Tensor | None:
    """add_windows(add_along(g, argmax(windows of x))) -> to_winners(g, x)."""
    routed = unshaped(node.inputs[0]) if name_of(node) == "add_windows" else node
    if name_of(routed) != "add_along_axis" or name_of(routed.inputs[1]) not in _WINNERS:
        return None
    g, winner = routed.inputs
    (flat,) = winner.inputs
    cut = unshaped(flat)
    unfolding = _small_windows(cut)
    if unfolding is None or unfolding != unfolding_of(node) or cut.shape != node.inputs[0].shape:
        return None
    if not _is_over_positions(routed, winner, cut, unfolding) or g.dtype != cut.dtype:
        return None
    which = _WINNERS[name_of(winner)]
    return apply(TO_WINNERS, g, cut.inputs[0], unfolding=unfolding, which=which)


def _is_over_positions(routed: Tensor, winner: Tensor, cut: Tensor, unfolding: Unfolding) -> bool:
    """Return whether `routed` sends a gradient to the extreme of every window.

    `winner` has to compare, for every window, the elements at all its positions.
    """
    (flat,) = winner.inputs
    axis = winner.attributes["axis"]
    before = cut.shape[: cut.ndim - 2 * len(unfolding.size)]
    count = math.prod(unfolding.positions)
    to_winners = routed.shape == flat.shape and routed.attributes["axis"] == axis
    is_split_there = flat.shape[axis] == count and math.prod(flat.shape[:axis]) == math.prod(before)
    return to_winners and is_split_there and cut.dtype.kind == "f"


def _small_windows(cut: Tensor) -> Unfolding | None:
    """Return how `cut` takes windows with few positions, None if it does not."""
    unfolding = unfolding_of(cut) if name_of(cut) == "windows" and cut.size else None
    is_small = unfolding is not None and math.prod(unfolding.positions) <= MOST_POSITIONS
    return unfolding if is_small else None


def unspread(a: Tensor) -> Tensor:
    """Return the factor that is the same for all images, without its repetition."""
    return a.inputs[0] if name_of(a) == "broadcast_to" and a.inputs[0].ndim == a.ndim - 1 else a


def is_product(node: Tensor) -> bool:
    """Return whether a gate is a product of floats with elements."""
    return name_of(node) == "matmul" and node.dtype.kind == "f" and node.size > 0
