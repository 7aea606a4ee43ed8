"""Rewrite rules for the gradients of images that convolutions read."""

from __future__ import annotations

import math
from dataclasses import replace

from chainrule.compile.gates.matrix_products import is_transpose
from chainrule.compile.gates.window_gates import ADD_WINDOWS_PRODUCT, unfolding_of
from chainrule.compile.rewrite.folded_windows import is_product, unspread
from chainrule.compile.rewrite.windows_of_images import (
    groups_of,
    name_of,
    padding_of_images,
    part_of_images,
    unshaped,
    with_padding,
)
from chainrule.graph import Tensor, apply


def product_added_up(node: Tensor) -> Tensor | None:
    """add_windows(Aᵀ @ G, as windows) -> add_windows_product(A, G)."""
    unfolding = unfolding_of(node)
    product = unshaped(node.inputs[0])
    if unfolding is None or not is_product(product) or node.ndim != len(unfolding.size) + 2:
        return None
    transposed, g = unspread(product.inputs[0]), product.inputs[1]
    if g.ndim not in (3, 4) or g.shape[0] != node.shape[0] or transposed.ndim != g.ndim - 1:
        return None
    if unfolding.is_whole and g.ndim == 3:
        return product.reshape(node.shape)
    groups = groups_of(g)
    rows = math.prod(node.shape[1:2]) * math.prod(unfolding.positions)
    is_whole = is_transpose(transposed) and transposed.shape[-2] * groups == rows
    if not is_whole or node.shape[1] % groups:
        return None
    a, channels = transposed.inputs[0], node.shape[1]
    attributes = {"unfolding": unfolding, "channels": channels, "groups": groups}
    flat = g.reshape(g.shape[0], -1, g.shape[-1])
    return apply(ADD_WINDOWS_PRODUCT, a.reshape(-1, a.shape[-1]), flat, **attributes)


def part_of_a_gradient(node: Tensor) -> Tensor | None:
    """A part of add_windows_product, or zeros around it -> add_windows_product of these extents."""
    (gradient,) = node.inputs
    if gradient.primitive is not ADD_WINDOWS_PRODUCT or not node.size:
        return None
    cut = (part_of_images if name_of(node) == "slice" else padding_of_images)(node)
    if cut is None:
        return None
    left_out = tuple((-before, -after) for before, after in cut)
    unfolding = with_padding(gradient.attributes["unfolding"], left_out)
    attributes = gradient.attributes | {"unfolding": replace(unfolding, extents=node.shape[2:])}
    return apply(ADD_WINDOWS_PRODUCT, *gradient.inputs, **attributes)
