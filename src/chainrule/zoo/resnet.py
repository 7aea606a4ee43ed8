"""A residual network for small images."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import chainrule as cr


class ResidualBlock(cr.nn.Module):
    """y = relu(f(x) + x), where f is convolution, normalisation, ReLU, convolution, normalisation.

    Where the number of kernels or the stride changes the shape, x passes through a convolution of
    1 x 1 and a normalisation first. He, Zhang, Ren, Sun: Deep residual learning for image
    recognition (2015), figure 2 and option B of section 3.3.
    """

    def __init__(
        self, channels: int, kernels: int, *, stride: int = 1, random: np.random.Generator
    ) -> None:
        self.residual = cr.nn.Sequential(
            *_normalised(channels, kernels, 3, stride, random),
            cr.relu,
            *_normalised(kernels, kernels, 3, 1, random),
        )
        same = channels == kernels and stride == 1
        self.shortcut = cr.nn.Sequential(
            *(() if same else _normalised(channels, kernels, 1, stride, random))
        )

    def forward(self, x: cr.TensorLike) -> cr.Tensor:
        """Return images (batch, kernels, rows / stride, columns / stride)."""
        return cr.relu(self.residual(x) + self.shortcut(x))


class ResNet(cr.nn.Sequential):
    """A small ResNet: images (batch, channels, rows, columns) to scores (batch, classes).

    stages  kernels of each stage; after the first, a stage halves rows and columns
    blocks  residual blocks of a stage; there are 2 · stages · blocks + 2 layers with weights
    random  a NumPy generator or a seed; fresh entropy if None

    The first layer and all blocks have 3 x 3 kernels; the mean over all places goes into a linear
    score per class. He, Zhang, Ren, Sun (2015), section 4.2.
    """

    def __init__(
        self,
        classes: int = 10,
        *,
        channels: int = 1,
        stages: tuple[int, ...] = (16, 32, 64),
        blocks: int = 1,
        random: np.random.Generator | int | None = None,
    ) -> None:
        source = np.random.default_rng(random)
        layers: list[cr.nn.Module] = []
        for before, kernels in pairwise((stages[0], *stages)):
            stride = 2 if layers else 1
            layers.append(ResidualBlock(before, kernels, stride=stride, random=source))
            layers += [ResidualBlock(kernels, kernels, random=source) for _ in range(blocks - 1)]
        super().__init__(
            *_normalised(channels, stages[0], 3, 1, source),
            cr.relu,
            *layers,
            cr.nn.GlobalAveragePool(),
            cr.nn.Linear(stages[-1], classes, random=source),
        )


def _normalised(
    channels: int, kernels: int, size: int, stride: int, random: np.random.Generator
) -> tuple[cr.nn.Conv2d, cr.nn.BatchNorm]:
    """Return a convolution without bias that keeps the extent at stride 1, and its BatchNorm."""
    convolution = cr.nn.Conv2d(
        *(channels, kernels, size),
        stride=stride,
        padding=size // 2,
        bias=False,
        initial=cr.nn.initial.he_normal,
        random=random,
    )
    return convolution, cr.nn.BatchNorm(kernels)
