"""Gradient clipping, before the transforms of an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chainrule.graph import Tensor
from chainrule.ops import clip, minimum, sqrt
from chainrule.optim.checks import require_positive

_TINY = 1e-6  # torch adds this to the norm before the division


class Clip(Protocol):
    """A function from all gradients of one step to gradients of the same number and shapes.

    The gradient of a table that was looked up by rows is given as its rows. For equal ids,
    one row has the sum and the others are zero, so that the norm is that of the whole gradient.
    """

    def __call__(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]: ...


@dataclass(frozen=True)
class ClipByValue:
    """Clip every element to [-limit, limit]; equal to torch.nn.utils.clip_grad_value_.

    Raises ValueError unless `limit` is positive.
    """

    limit: float

    def __post_init__(self) -> None:
        require_positive("ClipByValue", limit=self.limit)

    def __call__(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        return [clip(each, -self.limit, self.limit) for each in gradients]


@dataclass(frozen=True)
class ClipByNorm:
    """Scale the gradient of each parameter to a Euclidean norm of at most `limit`.

    gradient · min(1, limit / (norm + 1e-6)). Raises ValueError unless `limit` is positive.
    """

    limit: float

    def __post_init__(self) -> None:
        require_positive("ClipByNorm", limit=self.limit)

    def __call__(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        return [_scaled(each, global_norm([each]), self.limit) for each in gradients]


@dataclass(frozen=True)
class ClipByGlobalNorm:
    """Scale all gradients by one factor, so that their joint Euclidean norm is at most `limit`.

    gradient · min(1, limit / (norm + 1e-6)); equal to torch.nn.utils.clip_grad_norm_. Raises
    ValueError unless `limit` is positive. Pascanu, Mikolov, Bengio: On the difficulty of training
    recurrent neural networks (2013).
    """

    limit: float

    def __post_init__(self) -> None:
        require_positive("ClipByGlobalNorm", limit=self.limit)

    def __call__(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        norm = global_norm(gradients)
        return [_scaled(each, norm, self.limit) for each in gradients]


def global_norm(gradients: Sequence[Tensor]) -> Tensor:
    """Return the Euclidean norm of all elements of all `gradients` together, float64 ().

    Squares are summed in float64, so that float32 gradients of 1e20 have a finite norm. Raises
    ValueError for an empty list.
    """
    if not gradients:
        raise ValueError(
            "The norm of an empty list of gradients was requested. Give at least one gradient."
        )
    wide = [each.astype("float64") for each in gradients]
    total = (wide[0] * wide[0]).sum()
    for each in wide[1:]:
        total = total + (each * each).sum()
    return sqrt(total)


def _scaled(gradient: Tensor, norm: Tensor, limit: float) -> Tensor:
    return gradient * minimum(limit / (norm + _TINY), 1.0).astype(gradient.dtype)


def require_clip(optimizer: str, clip: Clip | None) -> None:
    """Raise TypeError if `clip` is not callable, for example a number."""
    if clip is not None and (not callable(clip) or isinstance(clip, type)):
        raise TypeError(
            f"{optimizer} was given clip={clip!r}. Say how to clip: cr.optim.ClipByValue(limit), "
            "ClipByNorm(limit), or ClipByGlobalNorm(limit)."
        )
