"""`NeuralRegressor`: a neural network as a scikit-learn regressor."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin

import chainrule as cr
from chainrule.sklearn.estimator import Array, NeuralEstimator


class NeuralRegressor(RegressorMixin, NeuralEstimator):
    """A feed-forward network with squared error, trained by Adam in native code.

    Targets are standardised for training, and predictions are scaled back, so that the learning
    rate does not depend on the unit of the targets. The parameters are those of
    `NeuralClassifier`. Losses are half the squared error of the standardised targets, as in
    `MLPRegressor`.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train on samples X (n, features) and targets y, (n,) or (n, outputs).

        Raises ValueError for invalid input.
        """
        x, targets = self._samples(X, y, multi_output=True, y_numeric=True)
        self._is_flat = targets.ndim == 1
        targets = targets.reshape(len(x), -1).astype(x.dtype)
        self.target_mean_ = targets.mean(axis=0, dtype=np.float64).astype(x.dtype)
        spread = targets.std(axis=0, dtype=np.float64)
        self.target_scale_ = np.where(spread > 0, spread, 1).astype(x.dtype)
        standard = (targets - self.target_mean_) / self.target_scale_
        return self._trained(x, standard, targets.shape[1])

    def predict(self, X: Any) -> Array:
        """Return the predicted targets, (n,) or (n, outputs), as in `fit`."""
        raw = self._raw(X) * self.target_scale_ + self.target_mean_
        return raw[:, 0] if self._is_flat else raw

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _loss(self, predictions: cr.Tensor, targets: cr.Tensor) -> cr.Tensor:
        return ((predictions - targets) ** 2).mean() / 2
