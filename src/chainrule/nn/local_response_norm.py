"""Local response normalisation."""

from __future__ import annotations

from chainrule.graph import Tensor, TensorLike
from chainrule.nn.extents import require_extents
from chainrule.nn.module.module import Module
from chainrule.ops import local_response_norm


class LocalResponseNorm(Module):
    """Local response normalisation over neighbouring channels, for inputs (n, channels, ...).

    y = x / (k + alpha · mean of x² over the `size` channels around)^beta. Raises ShapeError for
    fewer than two axes or a size below 1. Krizhevsky, Sutskever, Hinton: ImageNet classification
    with deep convolutional neural networks (2012).
    """

    def __init__(
        self, size: int = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
    ) -> None:
        require_extents("LocalResponseNorm", size=size)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` normalised by its neighbouring channels."""
        return local_response_norm(x, self.size, self.alpha, self.beta, self.k)
