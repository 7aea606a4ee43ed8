"""Local response normalisation."""

from __future__ import annotations

from chainrule.graph import Tensor, TensorLike
from chainrule.nn.extents import require_extents
from chainrule.nn.module.module import Module
from chainrule.ops import local_response_norm


class LocalResponseNorm(Module):
    """Divide (n, channels, ...) by (k + alpha · mean of x² over `size` channels around)^beta.

    Krizhevsky, Sutskever, Hinton (2012); see `local_response_norm`, also for what is raised.
    """

    def __init__(
        self, size: int = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
    ) -> None:
        require_extents("LocalResponseNorm", size=size)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` normalised by its neighbouring channels."""
        return local_response_norm(x, self.size, self.alpha, self.beta, self.k)
