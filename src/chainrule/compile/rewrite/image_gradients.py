"""Rewrite rules for gradients of images: products with the windows of the upstream gradient.

The gradient of an element of an image is the sum of the upstream gradients at the places whose
windows hold it, each times the weight there. These places are a window of the upstream gradient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from chainrule.compile.gates.matrix_products import is_transpose
from chainrule.compile.gates.window_gates import WINDOWS_PRODUCT, Unfolding, unfolding_of
from chainrule.compile.rewrite.folded_windows import is_product, unspread
from chainrule.compile.rewrite.windows_of_images import (
    groups_of,
    part_of_images,
    unshaped,
    with_padding,
)
from chainrule.graph import PRIMITIVES, Constant, DType, Shape, Tensor, apply
from chainrule.ops import concat, permute_dims


def product_added_up(node: Tensor) -> Tensor | None:
    """add_windows(Aᵀ @ G, as windows) -> windows_product(A with mirrored windows, G)."""
    unfolding = unfolding_of(node)
    columns = unshaped(node.inputs[0])
    if unfolding is None or not is_product(columns) or node.ndim != len(unfolding.size) + 2:
        return None
    transposed, g = unspread(columns.inputs[0]), columns.inputs[1]
    if g.ndim not in (3, 4) or g.shape[0] != node.shape[0] or transposed.ndim != g.ndim - 1:
        return None
    groups = groups_of(g)
    rows = node.shape[1] * math.prod(unfolding.positions)
    is_whole = is_transpose(transposed) and transposed.shape[-2] * groups == rows
    if not is_whole or node.shape[1] % groups:
        return None
    kernels, channels = transposed.shape[-1], node.shape[1] // groups
    weights = transposed.inputs[0].reshape(groups, kernels, channels, *unfolding.positions)
    upstream = g.reshape(g.shape[0], groups * kernels, *unfolding.size)
    return _gradient(weights, upstream, unfolding)


def part_of_a_product(node: Tensor) -> Tensor | None:
    """Part of windows_product(A, images) -> windows_product at the places of the part."""
    found = unshaped(node.inputs[0])
    pairs = part_of_images(node)
    if found.primitive is not WINDOWS_PRODUCT or pairs is None:
        return None
    unfolding: Unfolding = found.attributes["unfolding"]
    if node.inputs[0].shape != (*found.shape[:2], *unfolding.size) or not node.size:
        return None
    if any(step != 1 for step in unfolding.dilation):
        return None
    fewer = replace(with_padding(unfolding, pairs), size=node.shape[2:])
    groups = found.attributes["groups"]
    part = apply(WINDOWS_PRODUCT, *found.inputs, unfolding=fewer, groups=groups)
    return part.reshape(node.shape)


def _gradient(weights: Tensor, g: Tensor, unfolding: Unfolding) -> Tensor:
    """Return the gradient of images (batch, channels, *extents).

    weights  (groups, kernels, channels, *positions)
    g        (batch, groups kernels, *places)

    If windows are several elements apart, elements with different residues are in different
    windows. Their gradients are computed apart and merged.
    """
    steps = unfolding.dilation
    extents = tuple(-(-n // step) for n, step in zip(unfolding.extents, steps, strict=True))
    parts = [
        _of_residues(weights, g, unfolding, each, extents) for each in product(*map(range, steps))
    ]
    if len(parts) == 1:
        return parts[0]
    n, images = len(steps), parts[0].shape[:2]
    stacked = concat([each.reshape(1, *each.shape) for each in parts], 0)
    stacked = stacked.reshape(*steps, *images, *extents)
    axes = [n, n + 1, *(axis for i in range(n) for axis in (n + 2 + i, i))]
    whole = (size * step for size, step in zip(extents, steps, strict=True))
    merged = permute_dims(stacked, axes).reshape(*images, *whole)
    return merged[(..., *map(slice, unfolding.extents))]


def _of_residues(
    weights: Tensor, g: Tensor, unfolding: Unfolding, residues: Sequence[int], extents: Shape
) -> Tensor:
    """Return the gradient of the elements whose indices have these residues."""
    groups, kernels, channels, *positions = weights.shape
    steps = zip(positions, unfolding.stride, unfolding.dilation, residues, strict=True)
    axes = [_elements(*each) for each in steps]
    shape = (g.shape[0], groups * channels, *extents)
    if not all(axes):
        return _zeros(shape, g.dtype)
    mirrored = weights[(..., *(slice(e[-1], e[0] - 1 if e[0] else None, -e.step) for e in axes))]
    turned = permute_dims(mirrored, (0, 2, 1, *range(3, weights.ndim)))
    reach = [
        [apart * i // step for i in each]
        for each, apart, step in zip(axes, unfolding.stride, unfolding.dilation, strict=True)
    ]
    cut = Unfolding(
        unfolding.size,
        tuple(map(len, axes)),
        extents,
        tuple(each[1] - each[0] if len(each) > 1 else 1 for each in reach),
        (1,) * len(axes),
        tuple(
            (each[-1], extent - each[0] - places)
            for each, extent, places in zip(reach, extents, unfolding.size, strict=True)
        ),
    )
    rows = turned.reshape(groups * channels, kernels * math.prod(cut.positions))
    return apply(WINDOWS_PRODUCT, rows, g, unfolding=cut, groups=groups).reshape(shape)


def _elements(count: int, apart: int, step: int, residue: int) -> range:
    """Return the elements of a window that elements of an image with this residue can be."""
    found = [i for i in range(count) if apart * i % step == residue]
    return range(found[0], found[-1] + 1, step // math.gcd(apart, step)) if found else range(0)


def _zeros(shape: Shape, dtype: DType) -> Tensor:
    """Return a gate that repeats a zero."""
    zero, repeat = Constant(np.zeros((), dtype)), PRIMITIVES["broadcast_to"]
    return Tensor(repeat, (zero,), {"shape": shape}, shape, dtype, tracked=False)
