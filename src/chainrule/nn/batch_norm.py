"""Batch normalisation."""

from __future__ import annotations

import numpy as np

from chainrule.graph import (
    Replace,
    ShapeError,
    Tensor,
    TensorLike,
    apply_together,
    as_dtype,
    as_tensor,
    latest,
    parameter,
)
from chainrule.nn.extents import require_extents
from chainrule.nn.module.module import Module
from chainrule.ops import batch_moments, batch_norm, maximum
from chainrule.ops.batch_norm import synchronised_moments


class BatchNorm(Module):
    """Batch normalisation of every channel, for inputs (n, channels, ...).

    y = (x - mean) / sqrt(variance + epsilon) · weight + bias, with the mean and variance of the
    batch in training, which also update the running statistics, and with the running statistics in
    inference (`model.eval()`).

    momentum      the weight of the batch in the running statistics: r + momentum (batch - r); None
                  for the mean over all batches
    affine        whether there are a weight (channels,) and a bias (channels,) to learn
    running_mean, running_var  (channels,); saved but not trained. The running variance is unbiased,
                  divided by count - 1; the variance of the batch is divided by count
    synchronised  whether mean and variance are those of the whole batch where `cr.train.fit`
                  divides it among processes, or in blocks; otherwise each part has its own, and the
                  running statistics are the mean over the parts
    num_batches_tracked  the number of batches, int64 (), saved; None unless momentum is None

    The output has the dtype of the statistics, float32 by default. Names are those of torch;
    `load_state` ignores num_batches_tracked where it is not needed. Raises ShapeError for another
    number of channels, and in training for a batch with one element per channel; ValueError for a
    momentum outside [0, 1] or a negative epsilon. Ioffe and Szegedy: Batch normalization (2015).
    """

    def __init__(
        self,
        channels: int,
        *,
        momentum: float | None = 0.1,
        epsilon: float = 1e-5,
        affine: bool = True,
        dtype: str = "float32",
        synchronised: bool = False,
    ) -> None:
        require_extents("BatchNorm", channels=channels)
        if not (momentum is None or 0 <= momentum <= 1) or epsilon < 0:
            raise ValueError(
                f"BatchNorm was given momentum {momentum} and epsilon {epsilon}. Give a momentum "
                "from 0 to 1, the share of the newest batch, or None for the mean over all "
                "batches, and an epsilon of 0 or more."
            )
        self.momentum, self.epsilon = momentum, epsilon
        self.synchronised = synchronised
        ones, zeros = np.ones(channels, as_dtype(dtype)), np.zeros(channels, as_dtype(dtype))
        self.weight = parameter(ones) if affine else None
        self.bias = parameter(zeros) if affine else None
        self.running_mean = parameter(zeros, trainable=False)
        self.running_var = parameter(ones, trainable=False)
        self.num_batches_tracked = parameter(0, trainable=False) if momentum is None else None
        self._unread = () if momentum is None else ("num_batches_tracked",)

    def forward(self, x: TensorLike) -> Tensor:
        """Return `x` normalised, in its shape; in training, update the running statistics."""
        x = as_tensor(x).astype(self.running_mean.dtype)
        self._require_channels(x)
        if not self.training:
            mean, variance = latest(self.running_mean), latest(self.running_var)
        else:
            mean, variance, count = self._moments(x)
            self._update(mean, variance, count)
        return batch_norm(x, mean, variance, self.weight, self.bias, self.epsilon)

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor | int]:
        """Return mean and variance of every channel, and the number of elements of a channel."""
        if not self._setting("synchronised"):
            return *batch_moments(x), x.size // x.shape[1]
        # Imported here, since most models do not use it.
        from chainrule.distributed import all_reduce

        return synchronised_moments(x, all_reduce)

    def _update(self, mean: Tensor, variance: Tensor, count: Tensor | int) -> None:
        fewer = maximum(count - 1, 1) if isinstance(count, Tensor) else count - 1
        corrected = variance * (count / fewer)
        pairs = ((self.running_mean, mean), (self.running_var, corrected))
        known = [(each, latest(each), batch) for each, batch in pairs]
        share, counted = self._share()
        updates = [Replace(each, old + (batch - old) * share) for each, old, batch in known]
        apply_together([*updates, *counted])

    def _share(self) -> tuple[Tensor | float, list[Replace]]:
        """Return the weight of this batch in the statistics, and the update of the count."""
        momentum = self._setting("momentum")
        if self.num_batches_tracked is None:
            return momentum, []
        count = latest(self.num_batches_tracked) + 1
        share = 1 / count.astype(self.running_mean.dtype)
        return share, [Replace(self.num_batches_tracked, count)]

    def _require_channels(self, x: Tensor) -> None:
        channels = self.running_mean.shape[0]
        if x.ndim < 2 or x.shape[1] != channels:
            raise ShapeError(
                f"The batch normalisation {self.running_mean.name!r} takes {channels} channels on "
                f"axis 1, but was given shape {x.shape}."
            )
        if self.training and x.size <= channels and not self.synchronised:
            raise ShapeError(
                f"The batch normalisation {self.running_mean.name!r} was given shape {x.shape} in "
                "training: at most one element per channel has no variance. Give larger batches, "
                "or call model.eval() first."
            )
