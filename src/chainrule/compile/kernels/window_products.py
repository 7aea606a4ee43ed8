"""Kernels of products with windows of images: convolutions, and the gradients of their images."""

from __future__ import annotations

import math

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.padded_images import PaddedImage
from chainrule.compile.kernels.window_product_text import WindowsProduct
from chainrule.compile.kernels.window_sums import sums_of_gradient, sums_of_product
from chainrule.graph import Tensor


def windows_product(node: Tensor) -> GateKernel:
    """out[i] = A columns(image i); with groups, for each group of channels."""
    a, x = node.inputs
    groups, (_, m, places) = node.attributes["groups"], node.shape
    image = PaddedImage(x, node.attributes["unfolding"], groups)
    kernel = WindowsProduct(image, [sums_of_product(image)], m // groups, (m // groups, places))
    return kernel.of(a, a.shape[1])


def add_windows_product(node: Tensor) -> GateKernel:
    """Image i = the windows Aᵀ G[i], added; with groups, for each group of channels."""
    a, g = node.inputs
    unfolding, groups = node.attributes["unfolding"], node.attributes["groups"]
    channels = node.shape[1] // groups
    image, sums = sums_of_gradient(g, unfolding, channels, groups)
    if not sums:  # all windows are in the padding
        return GateKernel(IRFunction(3, 1).text(), (1,), cleared=True)
    kernel = WindowsProduct(image, sums, channels, (channels, *unfolding.extents))
    return kernel.of(a, math.prod(unfolding.positions))


def windows_product_flops(node: Tensor) -> int:
    """Return 2mnk, summed over images and groups."""
    return 2 * node.size * node.inputs[0].shape[1]


def add_windows_product_flops(node: Tensor) -> int:
    """Return 2mnk, summed over images and groups."""
    a, g = node.inputs
    return 2 * g.size * a.shape[1]
