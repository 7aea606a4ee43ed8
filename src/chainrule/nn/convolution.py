"""Convolutional layers over one axis and two."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_dtype, as_tensor, parameter
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Initialiser, drawn, generator, xavier_uniform, zeros
from chainrule.nn.module.module import Module
from chainrule.ops import Padding, convolve, per_axis
from chainrule.ops.padding import padding_pairs


class _Convolution(Module):
    """The base of convolutional layers; `axes` is the number of axes of a kernel."""

    axes: int

    def __init__(
        self,
        channels: int,
        kernels: int,
        size: int | Sequence[int],
        *,
        stride: int | Sequence[int] = 1,
        padding: Padding = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool = True,
        initial: Initialiser = xavier_uniform,
        bias_initial: Initialiser = zeros,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        require_extents(type(self).__name__, channels=channels, kernels=kernels, groups=groups)
        if channels % groups or kernels % groups:
            raise ShapeError(
                f"{type(self).__name__} was asked for {groups} groups of {channels} channels and "
                f"{kernels} kernels. Both must be multiples of the number of groups."
            )
        sizes = self._per_axis("size", size)
        steps, apart = self._per_axis("stride", stride), self._per_axis("dilation", dilation)
        padding_pairs(padding, sizes, steps, apart)  # raises for what does not fit
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        source, kind = generator(random), as_dtype(dtype)
        shape = (kernels, channels // groups, *sizes)
        self.weight = parameter(drawn(initial, shape, source, kind))
        self.bias = parameter(drawn(bias_initial, (kernels,), source, kind)) if bias else None

    def forward(self, x: TensorLike) -> Tensor:
        """Return the convolution of images; raises ShapeError for other channels or axes."""
        x = as_tensor(x).astype(self.weight.dtype)
        channels = self.weight.shape[1] * self.groups
        if x.ndim != self.axes + 2 or x.shape[1] != channels:
            raise ShapeError(
                f"The {type(self).__name__} {self.weight.name!r} takes {channels} channels on axis "
                f"1 of {self.axes + 2} axes, (batch, channels, ...), but was given shape {x.shape}."
            )
        found = convolve(
            x, self.weight, self.stride, self.padding, self.dilation, groups=self.groups
        )
        return found if self.bias is None else found + self.bias.reshape(-1, *(1,) * self.axes)

    def _per_axis(self, name: str, given: int | Sequence[int]) -> tuple[int, ...]:
        numbers = per_axis(given, self.axes)
        if len(numbers) != self.axes or not all(isinstance(n, Integral) and n > 0 for n in numbers):
            raise ShapeError(
                f"{type(self).__name__} was given {name} {given}. Give one positive integer, or "
                f"{self.axes} of them."
            )
        return numbers


class Conv1d(_Convolution):
    """Convolution along one axis: (batch, channels, steps) to (batch, kernels, places).

    size      the number of elements of a kernel
    stride    the distance between neighbouring places
    padding   zeros around the sequence: a number, a pair [(before, after)], "valid" for none, or
              "same" for as many places as steps
    dilation  the distance between the elements that a kernel multiplies
    groups    channels and kernels are split into so many groups; a kernel reads its own group
    weight    (kernels, channels / groups, size), bias (kernels,) or None
    random    a NumPy generator or a seed; fresh entropy if None
    initial, bias_initial  initialisers, Xavier uniform and zeros by default

    The output has the dtype of the weight, float32 by default. There are
    (steps + padding - dilation (size - 1) - 1) // stride + 1 places. Raises ShapeError for
    operands or settings that do not fit. LeCun et al. (1989); Waibel et al. (1989).
    """

    axes = 1


class Conv2d(_Convolution):
    """Convolution of images: (batch, channels, rows, columns) to (batch, kernels, rows, columns).

    size, stride, dilation  a number for both axes, or one for each
    padding   zeros around the image: a number, one per axis, a pair (before, after) per axis,
              "valid" for none, or "same" for as many places as the image has
    groups    channels and kernels are split into so many groups; a kernel reads its own group
    weight    (kernels, channels / groups, *size), bias (kernels,) or None
    random    a NumPy generator or a seed; fresh entropy if None
    initial, bias_initial  initialisers, Xavier uniform and zeros by default

    The output has the dtype of the weight, float32 by default. Along each axis there
    are (extent + padding - dilation (size - 1) - 1) // stride + 1 places. Raises ShapeError for
    operands or settings that do not fit. LeCun et al. (1989).
    """

    axes = 2
