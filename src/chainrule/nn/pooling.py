"""Pooling layers: one value per window and channel."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.graph import ShapeError, Tensor, TensorLike
from chainrule.nn.floating import as_float
from chainrule.nn.module.module import Module
from chainrule.ops import Padding, average_pool, max_pool, per_axis
from chainrule.ops.padding import padding_pairs


class _Pooling(Module):
    """The base of pooling layers; `axes` is the number of axes of a window."""

    axes: int

    def __init__(
        self,
        size: int | Sequence[int],
        *,
        stride: int | Sequence[int] | None = None,
        padding: Padding = 0,
    ) -> None:
        self.size = per_axis(size, self.axes)
        self.stride = self.size if stride is None else per_axis(stride, self.axes)
        self.padding = padding
        if {len(self.size), len(self.stride)} != {self.axes} or min(*self.size, *self.stride) < 1:
            raise ShapeError(
                f"{type(self).__name__} was given size {size} and stride {stride}. Give one "
                f"positive integer for each, or {self.axes} of them."
            )
        padding_pairs(padding, self.size, self.stride, (1,) * self.axes)  # raises for a misfit

    def images(self, x: TensorLike) -> Tensor:
        """Return `x` if it is (batch, channels, ...) with the axes of a window."""
        x = as_float(x)
        if x.ndim != self.axes + 2:
            raise ShapeError(
                f"{type(self).__name__} takes {self.axes + 2} axes, (batch, channels, ...), but "
                f"was given shape {x.shape}."
            )
        return x


class _MaxPool(_Pooling):
    def forward(self, x: TensorLike) -> Tensor:
        """Return the largest element of every window."""
        return max_pool(self.images(x), self.size, self.stride, self.padding)


class _AveragePool(_Pooling):
    def forward(self, x: TensorLike) -> Tensor:
        """Return the mean of every window."""
        return average_pool(self.images(x), self.size, self.stride, self.padding)


class MaxPool1d(_MaxPool):
    """Max pooling along one axis: (batch, channels, steps) to (batch, channels, places).

    size     elements of a window; stride: steps between windows, `size` by default
    padding  as in `Conv1d`; it is never the maximum

    Raises ShapeError for operands that do not fit.
    """

    axes = 1


class MaxPool2d(_MaxPool):
    """Max pooling of images: (batch, channels, rows, columns), the maximum of every window.

    size     extents of a window; stride: steps between windows, `size` by default
    padding  as in `Conv2d`; it is never the maximum

    Raises ShapeError for operands that do not fit.
    """

    axes = 2


class AveragePool1d(_AveragePool):
    """Average pooling along one axis: (batch, channels, steps) to (batch, channels, places).

    size     elements of a window; stride: steps between windows, `size` by default
    padding  as in `Conv1d`, counted as zeros. Raises ShapeError for operands that do not fit.
    """

    axes = 1


class AveragePool2d(_AveragePool):
    """Average pooling of images: (batch, channels, rows, columns), the mean of every window.

    size     extents of a window; stride: steps between windows, `size` by default
    padding  as in `Conv2d`, counted as zeros. Raises ShapeError for operands that do not fit.
    """

    axes = 2


class GlobalAveragePool(Module):
    """The mean of every channel: (batch, channels, ...) to (batch, channels).

    Lin, Chen, Yan: Network in network (2014). Raises ShapeError for fewer than three axes.
    """

    def forward(self, x: TensorLike) -> Tensor:
        """Return the mean over all axes but the first two."""
        x = as_float(x)
        if x.ndim < 3:
            raise ShapeError(
                f"GlobalAveragePool takes (batch, channels, ...) but was given shape {x.shape}."
            )
        return x.mean(tuple(range(2, x.ndim)))
