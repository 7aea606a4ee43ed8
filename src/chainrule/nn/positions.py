"""Position embeddings: vectors that are added to tokens, since attention ignores their order."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array, ShapeError, Tensor, TensorLike, as_dtype, as_tensor, parameter
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Initialiser, drawn, generator, normal
from chainrule.nn.module.module import Module

_DEFAULT = normal(0.02)


def sinusoidal_positions(count: int, size: int) -> Array:
    """Return sinusoidal position vectors (count, size), float64.

    Features 2i and 2i + 1 of position p are sin and cos of p / 10000^(2i / size): Vaswani et al.
    (2017), section 3.5.
    """
    angles = np.arange(count)[:, None] / 10000 ** (np.arange(0, size, 2) / size)
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return waves.reshape(count, -1)[:, :size]


class SinusoidalPositions(Module):
    """Add sinusoidal position vectors to tokens (..., tokens, size).

    There are no parameters; the output has the dtype of the input. Vaswani et al. (2017),
    section 3.5.
    """

    def __init__(self, size: int) -> None:
        require_extents("SinusoidalPositions", size=size)
        self.size = size

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` with positions; raises ShapeError for another number of features."""
        x = _tokens(self, x, self.size)
        return x + sinusoidal_positions(x.shape[-2], self.size).astype(x.dtype)


class LearnedPositions(Module):
    """Add learned position vectors to at most `count` tokens (..., tokens, size).

    weight   (count, size)
    random   a NumPy generator or a seed; fresh entropy if None
    initial  an initialiser; normal with deviation 0.02 by default, as in Devlin et al. (2019)
    """

    def __init__(
        self,
        count: int,
        size: int,
        *,
        initial: Initialiser = _DEFAULT,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        require_extents("LearnedPositions", count=count, size=size)
        values = drawn(initial, (count, size), generator(random), as_dtype(dtype))
        self.weight = parameter(values)

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` with positions; raises ShapeError for too many tokens or other features."""
        count, size = self.weight.shape
        x = _tokens(self, x, size).astype(self.weight.dtype)
        if x.shape[-2] > count:
            raise ShapeError(
                f"The learned positions {self.weight.name!r} are for at most {count} tokens, but "
                f"were given {x.shape[-2]}. Make more positions, or shorten the texts."
            )
        return self.weight[: x.shape[-2]] + x


def _tokens(module: Module, x: TensorLike, size: int) -> Tensor:
    x = as_tensor(x)
    if x.ndim < 2 or x.shape[-1] != size or x.dtype.kind != "f":
        raise ShapeError(
            f"{type(module).__name__} takes floating-point tokens of shape "
            f"(..., tokens, {size}), but was given {x.dtype} of shape {x.shape}."
        )
    return x
