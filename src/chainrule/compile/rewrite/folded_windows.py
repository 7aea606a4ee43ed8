"""Rewrite rules that replace a product, or a maximum, and the windows it reads by one gate."""

from __future__ import annotations

import math

from chainrule.compile.gates.matrix_products import is_transpose
from chainrule.compile.gates.window_gates import (
    ADD_WINDOWS_PRODUCT,
    EXTREME_OF_WINDOWS,
    PRODUCT_BY_WINDOWS,
    TO_WINNERS,
    WINDOWS_PRODUCT,
    Unfolding,
    unfolding_of,
)
from chainrule.graph import Tensor, apply

MOST_POSITIONS = 16
_PARTS = 2  # the largest number of threads
_WINNERS = {"argmax": "gt", "argmin": "lt"}
_EXTREMES = {"max": "gt", "min": "lt"}


def windows_in_a_product(node: Tensor) -> Tensor | None:
    """A @ (windows of each image, as a matrix) -> windows_product(A, images)."""
    if not _is_product(node):
        return None
    a, columns = _unspread(node.inputs[0]), node.inputs[1]
    found = _images(columns)
    if found is None or a.ndim != columns.ndim - 1:
        return None
    images, unfolding = found
    rows, groups = a.reshape(-1, a.shape[-1]), _groups(columns)
    products = apply(WINDOWS_PRODUCT, rows, images, unfolding=unfolding, groups=groups)
    return products.reshape(node.shape)


def product_by_windows(node: Tensor) -> Tensor | None:
    """G @ (windows of each image, as a matrix)ᵀ -> product_by_windows(G, images)."""
    if not _is_product(node) or not is_transpose(node.inputs[1]):
        return None
    g, transposed = node.inputs
    found = _images(transposed.inputs[0])
    if found is None or g.ndim != 3 or g.shape[0] != transposed.shape[0] or transposed.ndim != 3:
        return None
    images, unfolding = found
    parts = g.shape[0]
    return apply(PRODUCT_BY_WINDOWS, g, images, unfolding=unfolding, parts=parts, groups=1)


def product_by_grouped_windows(node: Tensor) -> Tensor | None:
    """Σ over images of G @ (windows of a group of channels)ᵀ -> product_by_windows(G, images)."""
    (product,) = node.inputs
    is_whole = node.attributes["axis"] == (0,) and not node.attributes["keepdims"]
    if not (is_whole and _is_product(product) and is_transpose(product.inputs[1])):
        return None
    g, transposed = product.inputs
    found = _images(transposed.inputs[0])
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


def product_added_up(node: Tensor) -> Tensor | None:
    """add_windows(Aᵀ @ G, as windows) -> add_windows_product(A, G)."""
    unfolding = unfolding_of(node)
    product = _unshaped(node.inputs[0])
    if unfolding is None or not _is_product(product) or node.ndim != len(unfolding.size) + 2:
        return None
    transposed, g = _unspread(product.inputs[0]), product.inputs[1]
    if g.ndim not in (3, 4) or g.shape[0] != node.shape[0] or transposed.ndim != g.ndim - 1:
        return None
    groups = _groups(g)
    rows = math.prod(node.shape[1:2]) * math.prod(unfolding.positions)
    is_whole = is_transpose(transposed) and transposed.shape[-2] * groups == rows
    if not is_whole or node.shape[1] % groups:
        return None
    a, channels = transposed.inputs[0], node.shape[1]
    attributes = {"unfolding": unfolding, "channels": channels, "groups": groups}
    flat = g.reshape(g.shape[0], -1, g.shape[-1])
    return apply(ADD_WINDOWS_PRODUCT, a.reshape(-1, a.shape[-1]), flat, **attributes)


def extreme_of_windows(node: Tensor) -> Tensor | None:
    """max(windows, over their positions) -> extreme_of_windows(x)."""
    (shaped,) = node.inputs
    cut = _unshaped(shaped)
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
        EXTREME_OF_WINDOWS, cut.inputs[0], unfolding=unfolding, which=_EXTREMES[_name(node)]
    )
    return found.reshape(node.shape)


def gradient_to_winners(node: Tensor) -> Tensor | None:
    """add_windows(add_along(g, argmax(windows of x))) -> to_winners(g, x)."""
    routed = _unshaped(node.inputs[0]) if _name(node) == "add_windows" else node
    if _name(routed) != "add_along_axis" or _name(routed.inputs[1]) not in _WINNERS:
        return None
    g, winner = routed.inputs
    (flat,) = winner.inputs
    cut = _unshaped(flat)
    unfolding = _small_windows(cut)
    if unfolding is None or unfolding != unfolding_of(node) or cut.shape != node.inputs[0].shape:
        return None
    if not _is_over_positions(routed, winner, cut, unfolding) or g.dtype != cut.dtype:
        return None
    which = _WINNERS[_name(winner)]
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
    unfolding = unfolding_of(cut) if _name(cut) == "windows" and cut.size else None
    is_small = unfolding is not None and math.prod(unfolding.positions) <= MOST_POSITIONS
    return unfolding if is_small else None


def _images(columns: Tensor) -> tuple[Tensor, Unfolding] | None:
    """Return the images whose windows are the columns of matrices, and how they are taken."""
    cut = _unshaped(columns)
    unfolding = unfolding_of(cut) if _name(cut) == "windows" else None
    if unfolding is None or columns.ndim not in (3, 4):
        return None
    (images,) = cut.inputs
    is_batch = images.ndim == len(unfolding.size) + 2 and images.shape[1] % _groups(columns) == 0
    fits = (columns.shape[0], columns.shape[-1]) == (images.shape[0], math.prod(unfolding.size))
    return (images, unfolding) if is_batch and fits and images.size else None


def _groups(columns: Tensor) -> int:
    """Return the number of groups of channels in a batch of matrices."""
    return columns.shape[1] if columns.ndim == 4 else 1


def _unspread(a: Tensor) -> Tensor:
    """Return the factor that is the same for all images, without its repetition."""
    return a.inputs[0] if _name(a) == "broadcast_to" and a.inputs[0].ndim == a.ndim - 1 else a


def _is_product(node: Tensor) -> bool:
    """Return whether a gate is a product of floats with elements."""
    return _name(node) == "matmul" and node.dtype.kind == "f" and node.size > 0


def _unshaped(node: Tensor) -> Tensor:
    """Return the input of a reshape, or of several; every other gate itself."""
    while _name(node) == "reshape":
        node = node.inputs[0]
    return node


def _name(node: Tensor) -> str:
    """Return the name of the node's primitive, an empty string if it has none."""
    return node.primitive.name if node.primitive is not None else ""
