"""The base class of both estimators: parameters, training and pickling."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

import chainrule as cr
from chainrule.sklearn.network import ACTIVATIONS, Network

Array = np.ndarray[Any, Any]

_BATCH = 200
_DTYPES = (np.float64, np.float32)


class NeuralEstimator(BaseEstimator):
    """The base class of both estimators; see `NeuralClassifier` for the parameters."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        alpha: float = 1e-4,
        dropout: float = 0.0,
        batch_size: Any = "auto",
        learning_rate: Any = 1e-3,
        max_iter: int = 200,
        shuffle: bool = True,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alpha = alpha
        self.dropout = dropout
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    def _trained(self, x: Array, targets: Array, outputs: int) -> Self:
        """Train a new network and store its weights and losses as attributes."""
        self._require_parameters()
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        sizes = (x.shape[1], *self._hidden(), outputs)
        random = np.random.default_rng(seed)
        network = Network(sizes, self.activation, self.dropout, x.dtype.name, random)
        optimizer = cr.optim.Adam(network, learning_rate=self.learning_rate)
        data, held_out = self._divided(x, targets, seed)
        history = cr.train.fit(
            network,
            optimizer,
            self._objective(network),
            data,
            validate=held_out,
            epochs=self.max_iter,
            batch_size=self._size_of_batch(len(data[0])),
            shuffle=self.shuffle,
            seed=seed,
            callbacks=[self._patience()],
            progress="lines" if self.verbose else False,
        )
        self._heed_interrupt(history)
        self._remember(network.eval(), history)
        return self

    def _divided(self, x: Array, targets: Array, seed: int) -> tuple[Any, Any]:
        """Return the training samples and the held-out samples for early stopping."""
        if not self.early_stopping:
            return (x, targets), None
        learned, held_out, of_learned, of_held_out = train_test_split(
            x,
            targets,
            test_size=self.validation_fraction,
            random_state=seed,
            stratify=targets if is_classifier(self) else None,
        )
        return (learned, of_learned), (held_out, of_held_out)

    def _heed_interrupt(self, history: Any) -> None:
        """Handle Ctrl-C: keep the trained weights if at least one epoch was completed."""
        if not history.interrupted:
            return
        if not history.epochs:
            raise KeyboardInterrupt
        warnings.warn(f"The training of {type(self).__name__} was {history.stopped}.", stacklevel=4)

    def _patience(self) -> Any:
        return cr.train.EarlyStopping(
            monitor="validation_loss" if self.early_stopping else "loss",
            min_delta=self.tol,
            patience=self.n_iter_no_change,
            restore_best=self.early_stopping,
        )

    def _objective(self, network: Network) -> Any:
        """Return mean loss + alpha / 2 · sum of squared weights / samples in the batch."""

        def objective(predictions: cr.Tensor, targets: cr.Tensor) -> cr.Tensor:
            penalty = network.sum_of_squares() * (self.alpha / 2 / predictions.shape[0])
            return self._loss(predictions, targets) + penalty

        return objective

    def _loss(self, predictions: cr.Tensor, targets: cr.Tensor) -> cr.Tensor:
        raise NotImplementedError

    def _remember(self, network: Network, history: Any) -> None:
        """Store the weights, the losses and the counts as fitted attributes."""
        self._network = network
        self.coefs_ = [np.array(weight.value).T for weight, _ in network.weights()]
        self.intercepts_ = [np.array(bias.value) for _, bias in network.weights()]
        self.loss_curve_ = history["loss"]
        if self.early_stopping:
            self.validation_loss_curve_ = history["validation_loss"]
        self.loss_ = self.loss_curve_[-1]
        self.best_loss_ = min(self.loss_curve_)
        self.n_iter_ = len(history)
        self.n_outputs_ = self.coefs_[-1].shape[1]
        self.n_layers_ = len(self.coefs_) + 1
        if history.stopped is None and self.n_iter_ == self.max_iter:
            warnings.warn(
                f"{type(self).__name__} reached max_iter={self.max_iter} epochs before the loss "
                "stopped falling. Raise max_iter, or the learning rate.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _raw(self, x: Any) -> Array:
        """Return the outputs of the network for samples (n, features)."""
        check_is_fitted(self)
        dtype = self.coefs_[0].dtype
        found = validate_data(self, x, dtype=dtype, reset=False)
        return np.array(self._network(found).value)

    def _samples(self, x: Any, y: Any, **options: Any) -> tuple[Array, Array]:
        found, targets = validate_data(self, x, y, dtype=_DTYPES, **options)
        return np.ascontiguousarray(found), targets

    # -- parameters ------------------------------------------------------------------------------

    def _hidden(self) -> tuple[int, ...]:
        sizes: Any = self.hidden_layer_sizes
        listed: Any = [sizes] if isinstance(sizes, Real) else sizes
        return tuple(listed)

    def _size_of_batch(self, samples: int) -> int:
        return int(min(_BATCH if self.batch_size == "auto" else self.batch_size, samples))

    def _require_parameters(self) -> None:
        """Raise ValueError for an invalid parameter, with its name and value."""
        self._require("max_iter", Integral, 1)
        self._require("n_iter_no_change", Integral, 1)
        self._require("alpha", Real, 0)
        self._require("tol", Real, 0)
        if self.early_stopping:
            self._require_fraction()
        if self.batch_size != "auto":
            self._require("batch_size", Integral, 1)
        if any(not isinstance(each, Integral) or each < 1 for each in self._hidden()):
            raise ValueError(
                f"hidden_layer_sizes was given {self.hidden_layer_sizes!r}. Give the units of each "
                "hidden layer, integers of 1 or more; () for a linear model."
            )
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"activation was given {self.activation!r}. Give one of {', '.join(ACTIVATIONS)}."
            )

    def _require(self, name: str, kind: Any, least: int) -> None:
        value: Any = getattr(self, name)
        if not isinstance(value, kind) or isinstance(value, bool) or not value >= least:
            number = "an integer" if kind is Integral else "a number"
            raise ValueError(f"{name} was given {value!r}. Give {number} of {least} or more.")

    def _require_fraction(self) -> None:
        share: Any = self.validation_fraction
        if not isinstance(share, Real) or not 0 < float(share) < 1:
            raise ValueError(
                f"validation_fraction was given {share!r}. Give a share between 0 and 1."
            )

    # -- pickling --------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_network", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "coefs_" in state:
            self._network = self._rebuilt()

    def _rebuilt(self) -> Network:
        """Return a network rebuilt from the stored weights."""
        sizes = (len(self.coefs_[0]), *(each.shape[1] for each in self.coefs_))
        dtype = self.coefs_[0].dtype.name
        network = Network(sizes, self.activation, self.dropout, dtype, np.random.default_rng(0))
        kept = zip(network.weights(), self.coefs_, self.intercepts_, strict=True)
        for (weight, bias), found, shift in kept:
            weight.assign(found.T)
            bias.assign(shift)
        return network.eval()
