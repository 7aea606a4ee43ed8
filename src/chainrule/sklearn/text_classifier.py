"""`TextClassifier`: a pretrained network with a new head as a scikit-learn classifier of texts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from chainrule.classify import Classifier, LabelledTexts, Settings, train
from chainrule.sklearn.held_out import best_kept, divided, further, listed, require_pairs, seed_of

# Settings that have a parameter of their own, by its name.
_OWN = {
    "freeze": "freeze",
    "lora": "lora",
    "epochs": "max_iter",
    "batch_size": "batch_size",
    "learning_rate": "learning_rate",
    "patience": "n_iter_no_change",
    "seed": "random_state",
}


class TextClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of texts, by fine-tuning of a pretrained network.

    folder         of the pretrained network, in the layout of the hub
    freeze         True trains the new head alone
    lora           the rank of LoRA updates; None for none
    max_iter       passes over the training data
    batch_size     texts per batch
    learning_rate  None for that of `chainrule.classify.Settings`
    settings       further settings of `chainrule.classify.Settings`, by name; not those that have
                   a parameter here
    validation_fraction  the share of texts held out, stratified, by whose macro F1 the best epoch
                   is kept; 0 for none
    n_iter_no_change  epochs without a better F1 after which training ends, with held-out texts
    random_state   a seed, a RandomState, or None for fresh entropy
    compiled       False computes on the reference evaluator

    X is a list of texts, y their labels, texts or numbers.

    classifier_  the trained `chainrule.classify.Classifier`
    classes_     the labels, in the order of the columns of `predict_proba`
    history_     the figures of every epoch
    n_iter_      the number of epochs
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] = ".",
        *,
        freeze: bool = False,
        lora: int | None = None,
        max_iter: int = 3,
        batch_size: int = 32,
        learning_rate: float | None = None,
        settings: Mapping[str, Any] | None = None,
        validation_fraction: float = 0.0,
        n_iter_no_change: int = 3,
        random_state: Any = None,
        compiled: bool = True,
    ) -> None:
        self.folder = folder
        self.freeze = freeze
        self.lora = lora
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.settings = settings
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.compiled = compiled

    def fit(self, X: Any, y: Any) -> Self:
        """Train on texts X (n,) and labels y (n,).

        Raises ValueError for invalid input, PretrainedError for a folder that cannot be read.
        """
        texts = _texts(X)
        labels = column_or_1d(y, warn=True)
        require_pairs(texts, labels)
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"All {len(texts)} texts have the label {labels[0]!r}, so that nothing can be "
                "learned. Give texts of two classes or more."
            )
        chosen = self._settings(seed_of(self.random_state))
        rows = list(zip(texts, map(str, numbers.tolist()), strict=True))
        learned, held_out = divided(rows, self.validation_fraction, chosen.seed, numbers)
        names = [*map(str, range(len(self.classes_)))]
        classifier = Classifier.for_labels(self.folder, names, chosen, self.compiled)
        history = train(
            classifier,
            _columns(learned),
            _columns(held_out or learned[:1]),
            callbacks=best_kept("validation_f1", self.n_iter_no_change) if held_out else (),
        )
        self.classifier_, self.history_, self.n_iter_ = classifier, history.epochs, len(history)
        return self

    def _settings(self, seed: int) -> Settings:
        return Settings(
            **{
                "freeze": self.freeze,
                "lora": self.lora,
                "epochs": self.max_iter,
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "seed": seed,
                **further(self.settings, _OWN),
                "patience": self.max_iter,  # `best_kept` ends training early
            }
        )

    def predict(self, X: Any) -> Any:
        """Return the most probable label of every text, (n,)."""
        numbers = self._scores(X).argmax(axis=1)
        return self.classes_[numbers]

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of every class, (n, classes)."""
        scores = self._scores(X)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
        return powers / powers.sum(axis=1, keepdims=True)

    def _scores(self, x: Any) -> Any:
        check_is_fitted(self)
        return self.classifier_.scores(_texts(x)).astype(np.float64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _texts(x: Any) -> list[str]:
    texts = listed(x, "X")
    for number, each in enumerate(texts):
        if not isinstance(each, str):
            raise ValueError(
                f"Sample {number} of X is of type {type(each).__name__}. Give texts: X is a list "
                "of str."
            )
    return [str(each) for each in texts]


def _columns(rows: Sequence[tuple[str, str]]) -> LabelledTexts:
    """Return texts and numbers of classes as labelled texts."""
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    return LabelledTexts("the data", [*range(1, len(rows) + 1)], labels, texts, None)
