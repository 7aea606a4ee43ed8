"""Rules that bring a product, or a maximum, together with the windows that it reads."""

from __future__ import annotations

import math

from chainrule.compile.products import is_transpose
from chainrule.compile.window_gates import (
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
_PARTS = 2  # as many as there may be threads
_WINNERS = {"argmax": "gt", "argmin": "lt"}
_EXTREMES = {"max": "gt", "min": "lt"}


def windows_in_a_product(node: Tensor) -> Tensor | None:
    """A @ (windows of each image, as a matrix) -> windows_product(A, images)."""
    if not _is_product(node):
        return None
    a, columns = node.inputs
    found = _images(columns)
    if found is None or a.ndim != 2:
        return None
    images, unfolding = found
    return apply(WINDOWS_PRODUCT, a, images, unfolding=unfolding)


def product_by_windows(node: Tensor) -> Tensor | None:
    """G @ (windows of each image, as a matrix)ᵀ -> product_by_windows(G, images)."""
    if not _is_product(node) or not is_transpose(node.inputs[1]):
        return None
    g, turned = node.inputs
    found = _images(turned.inputs[0])
    if found is None or g.ndim != 3 or g.shape[0] != turned.shape[0]:
        return None
    images, unfolding = found
    return apply(PRODUCT_BY_WINDOWS, g, images, unfolding=unfolding, parts=g.shape[0])


def product_summed_by_windows(node: Tensor) -> Tensor | None:
    """Σ over images of product_by_windows -> Σ over the halves of the images, summed in place."""
    if node.inputs[0].primitive is not PRODUCT_BY_WINDOWS:
        return None
    (products,) = node.inputs
    count = products.inputs[0].shape[0]
    is_whole = products.attributes["parts"] == count and count % _PARTS == 0 and count > _PARTS
    if not is_whole or node.attributes["axis"] != (0,):
        return None
    attributes = {**products.attributes, "parts": _PARTS}
    halves = apply(PRODUCT_BY_WINDOWS, *products.inputs, **attributes)
    return halves.sum(0, node.attributes["keepdims"])


def product_added_up(node: Tensor) -> Tensor | None:
    """add_windows(Aᵀ @ G, as windows) -> add_windows_product(A, G)."""
    unfolding = unfolding_of(node)
    product = _unshaped(node.inputs[0])
    if unfolding is None or not _is_product(product):
        return None
    turned, g = product.inputs
    is_batch = node.ndim == len(unfolding.size) + 2 and g.ndim == 3 and g.shape[0] == node.shape[0]
    rows = math.prod(node.shape[1:2]) * math.prod(unfolding.positions)
    if not (is_batch and turned.ndim == 2 and is_transpose(turned) and turned.shape[0] == rows):
        return None
    channels = node.shape[1]
    a = turned.inputs[0]
    return apply(ADD_WINDOWS_PRODUCT, a, g, unfolding=unfolding, channels=channels)


def extreme_of_windows(node: Tensor) -> Tensor | None:
    """max(windows, over their positions) -> extreme_of_windows(x)."""
    unfolding = _small_windows(node.inputs[0])
    if unfolding is None:
        return None
    (cut,) = node.inputs
    n = len(unfolding.size)
    if node.attributes["axis"] != tuple(range(cut.ndim - 2 * n, cut.ndim - n)):
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
    """Say whether `winner` compares, for every place, what the positions of windows hold there,
    and `routed` puts something to each winner."""
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
    """Return the images whose windows stand in a batch of matrices, and how they are taken."""
    cut = _unshaped(columns)
    unfolding = unfolding_of(cut) if _name(cut) == "windows" else None
    if unfolding is None or columns.ndim != 3:
        return None
    (images,) = cut.inputs
    shape = (images.shape[0], -1, math.prod(unfolding.size))
    is_batch = images.ndim == len(unfolding.size) + 2
    fits = (columns.shape[0], columns.shape[2]) == (shape[0], shape[2])
    return (images, unfolding) if is_batch and fits and images.size else None


def _is_product(node: Tensor) -> bool:
    return _name(node) == "matmul" and node.dtype.kind == "f" and node.size > 0


def _unshaped(node: Tensor) -> Tensor:
    return node.inputs[0] if _name(node) == "reshape" else node


def _name(node: Tensor) -> str:
    return node.primitive.name if node.primitive is not None else ""
