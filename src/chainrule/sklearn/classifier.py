"""`NeuralClassifier`: a neural network as a scikit-learn classifier."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

import chainrule as cr
from chainrule.sklearn.estimator import Array, NeuralEstimator


class NeuralClassifier(ClassifierMixin, NeuralEstimator):
    """A feed-forward network with softmax cross-entropy, trained by Adam in native code.

    hidden_layer_sizes   units of each hidden layer; () for softmax regression
    activation           "relu", "tanh", "logistic", "gelu", "silu", "elu" or "identity"
    alpha                strength of the L2 penalty alpha / 2 · sum of squared weights / batch
    dropout              probability that a hidden unit is set to zero in training
    batch_size           samples per step; "auto": min(200, number of samples)
    learning_rate        the rate of Adam: a number or a schedule of `cr.optim`
    max_iter             the largest number of epochs
    shuffle              whether the samples are shuffled in every epoch
    tol, n_iter_no_change  training stops when the loss has not decreased by `tol` in
                         `n_iter_no_change` epochs
    early_stopping       use the loss on held-out samples for this rule, and keep the weights with
                         the lowest loss on them
    validation_fraction  the fraction of samples held out for early stopping: random (whether or not
                         `shuffle` is set) and stratified by class
    random_state         a seed, a RandomState, or None for fresh entropy
    verbose              print a line per epoch

    Parameters and attributes have the names of `sklearn.neural_network.MLPClassifier` where the
    meaning is the same. The network computes in float32 for float32 samples, else in float64.

    classes_         the labels, in the order of the columns of `predict_proba`
    coefs_, intercepts_   weights (inputs, outputs) and biases of each layer
    loss_curve_, loss_, best_loss_   mean loss per epoch; the last; the lowest
    validation_loss_curve_   with early stopping, the loss on the held-out samples per epoch
    n_iter_, n_layers_, n_outputs_, n_features_in_, feature_names_in_

    Ctrl-C stops the training after the current step with a warning; the trained weights are kept.
    In the first epoch, Ctrl-C raises KeyboardInterrupt.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train on samples X (n, features) and labels y (n,).

        Raises ValueError for invalid input.
        """
        x, labels = self._samples(X, y)
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(column_or_1d(labels, warn=True), return_inverse=True)
        return self._trained(x, numbers.astype(np.int64), len(self.classes_))

    def predict(self, X: Any) -> Array:
        """Return the most probable label of every sample, (n,)."""
        raw = self._raw(X)
        return self.classes_[raw.argmax(axis=1)]

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of every class, (n, classes)."""
        return np.array(cr.softmax(self._raw(X), axis=1).value)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of the probability of every class, (n, classes)."""
        return np.array(cr.log_softmax(self._raw(X), axis=1).value)

    def _loss(self, predictions: cr.Tensor, targets: cr.Tensor) -> cr.Tensor:
        return cr.nn.cross_entropy(predictions, targets)
