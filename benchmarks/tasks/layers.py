"""One layer alone: a trainable scale of its input, the layer, the mean square of its output."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.draw import linear, normal, zipf
from benchmarks.problem import BATCHES, Array, Problem


@dataclass(frozen=True)
class Sizes:
    """A layer by name, the shape of its input, and what it makes of it.

    features    outputs, kernels or the size of a vector; 0 if the layer keeps them
    vocabulary  ids, where the input are ids; they have no scale
    groups      of a convolution, as is the stride
    heads       of an attention; causal: every query attends to itself and the tokens before it
    """

    layer: str
    shape: tuple[int, ...]
    features: int = 0
    vocabulary: int = 0
    groups: int = 1
    stride: int = 1
    heads: int = 4
    causal: bool = False


KERNEL = 3
PIECES = 2

LAYERS = {
    "linear": Sizes("linear", (256, 512), 512),
    "conv1d": Sizes("conv1d", (32, 64, 128), 64),
    "conv2d": Sizes("conv2d", (32, 32, 28, 28), 64),
    "conv2d-groups": Sizes("conv2d", (32, 64, 28, 28), 64, groups=4),
    "conv2d-stride": Sizes("conv2d", (32, 64, 28, 28), 128, stride=2),
    "conv2d-wide": Sizes("conv2d", (32, 64, 14, 14), 128),
    "batch-norm": Sizes("batch_norm", (64, 32, 16, 16)),
    "layer-norm": Sizes("layer_norm", (2048, 256)),
    "response-norm": Sizes("response_norm", (32, 64, 14, 14)),
    "max-pool": Sizes("max_pool", (64, 32, 32, 32)),
    "average-pool": Sizes("average_pool", (64, 32, 32, 32)),
    "embedding": Sizes("embedding", (256, 20), 64, vocabulary=20_000),
    "dropout": Sizes("dropout", (512, 1024)),
    "gelu": Sizes("gelu", (512, 1024)),
    "prelu": Sizes("prelu", (512, 1024)),
    "maxout": Sizes("maxout", (256, 256), 256),
    "attention": Sizes("attention", (32, 64, 128)),
    "attention-masked": Sizes("attention", (4, 512, 512), heads=8, causal=True),
}


def tiny(sizes: Sizes) -> Sizes:
    """Return the same layer at sizes for tests."""
    channels = sizes.shape[1:2] if sizes.vocabulary else (8,)
    spatial = (6,) * (len(sizes.shape) - 2)
    shape = (4, *channels, *spatial)
    if sizes.layer == "attention":
        shape = (3, 6, 16)
    return replace(
        sizes,
        shape=shape,
        features=8 if sizes.features else 0,
        vocabulary=12 if sizes.vocabulary else 0,
    )


def problem(sizes: Sizes) -> Problem:
    """Return the first weights of scale and layer, and batches of inputs."""
    random = np.random.default_rng(6)
    weights = _weights(sizes, random)
    if not sizes.vocabulary:
        weights["scale"] = np.ones(scale_shape(sizes), np.float32)
    batches = [(_inputs(sizes, random), np.zeros(0, np.int64)) for _ in range(BATCHES)]
    return Problem(sizes, weights, batches)


def scale_shape(sizes: Sizes) -> tuple[int, ...]:
    """Return the shape of the scale: one number per channel, or per feature of a vector."""
    if has_channels(sizes):
        return (sizes.shape[1], *(1,) * (len(sizes.shape) - 2))
    return sizes.shape[-1:]


def has_channels(sizes: Sizes) -> bool:
    """Say whether axis 1 holds channels, so that the features are not last."""
    return len(sizes.shape) > 2 and sizes.layer != "attention"


def _inputs(sizes: Sizes, random: np.random.Generator) -> Array:
    if sizes.vocabulary:
        return zipf(random, sizes.vocabulary, *sizes.shape)
    return normal(random, *sizes.shape)


def _weights(sizes: Sizes, random: np.random.Generator) -> dict[str, Array]:
    channels = sizes.shape[1] if has_channels(sizes) else sizes.shape[-1]
    spatial = (KERNEL,) * (len(sizes.shape) - 2)
    if sizes.layer == "linear":
        return linear(random, "layer", channels, sizes.features)
    if sizes.layer in ("conv1d", "conv2d"):
        return linear(random, "layer", channels // sizes.groups, sizes.features, *spatial)
    if sizes.layer == "maxout":
        return linear(random, "layer.linear", channels, sizes.features * PIECES)
    if sizes.layer in ("batch_norm", "layer_norm"):
        ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        return {"layer.weight": ones, "layer.bias": zeros}
    if sizes.layer == "prelu":
        return {"layer.weight": np.full(channels, 0.25, np.float32)}
    if sizes.layer == "embedding":
        return {"layer.weight": normal(random, sizes.vocabulary, sizes.features)}
    return _attention(random, channels) if sizes.layer == "attention" else {}


def _attention(random: np.random.Generator, size: int) -> dict[str, Array]:
    spread = 1 / math.sqrt(size)
    return {
        "layer.in_proj_weight": normal(random, 3 * size, size, deviation=spread),
        "layer.in_proj_bias": np.zeros(3 * size, np.float32),
        **linear(random, "layer.out_proj", size, size),
    }
