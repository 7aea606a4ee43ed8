"""`SequenceTagger`: the named-entity tagger as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from chainrule.ner import Settings, Tagger, open_encoder, recommended, train
from chainrule.sklearn.held_out import best_kept, divided, further, listed, require_pairs, seed_of
from chainrule.text import Sentence

# Settings that have a parameter of their own, by its name.
_OWN = {
    "encoder": "encoder",
    "decoder": "decoder",
    "epochs": "max_iter",
    "learning_rate": "learning_rate",
    "patience": "n_iter_no_change",
    "seed": "random_state",
}


class SequenceTagger(BaseEstimator):
    """A tagger of entities for sentences of words, with the interface of sklearn-crfsuite.

    encoder        "window", "cnn", "bilstm" or "pretrained"
    decoder        "crf" or "softmax"
    folder         of a pretrained network, for the encoder "pretrained"
    max_iter       passes over the training data; None for the recommended number
    learning_rate  None for the recommended one
    settings       further settings of `chainrule.ner.Settings`, by name; not those that have a
                   parameter here
    validation_fraction  the share of sentences held out, by whose F1 the best epoch is kept;
                   0 for none
    n_iter_no_change  epochs without a better F1 after which training ends, with held-out sentences
    random_state   a seed, a RandomState, or None for fresh entropy
    compiled       False computes on the reference evaluator

    X is a list of sentences, lists of words; y is a list of lists of tags such as "B-PER" and "O",
    in any scheme that `chainrule.text` knows. Features of words are not given: the tagger learns
    them.

    tagger_    the trained `chainrule.ner.Tagger`
    classes_   its IOBES tags, in the order of the columns of `predict_proba`
    history_   the figures of every epoch
    n_iter_    the number of epochs
    """

    def __init__(
        self,
        encoder: str = "window",
        decoder: str = "crf",
        *,
        folder: str | None = None,
        max_iter: int | None = None,
        learning_rate: float | None = None,
        settings: Mapping[str, Any] | None = None,
        validation_fraction: float = 0.0,
        n_iter_no_change: int = 10,
        random_state: Any = None,
        compiled: bool = True,
    ) -> None:
        self.encoder = encoder
        self.decoder = decoder
        self.folder = folder
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.settings = settings
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.compiled = compiled

    def fit(self, X: Any, y: Any) -> Self:
        """Train on sentences X and their tags y.

        Raises ValueError for invalid input: SentenceError, TagError, TrainingError, or pydantic's
        ValidationError for settings.
        """
        sentences = _labelled(X, y)
        chosen = self._settings(seed_of(self.random_state))
        learned, held_out = divided(sentences, self.validation_fraction, chosen.seed)
        net = None if self.folder is None else open_encoder(self.folder, chosen)
        tagger = Tagger.for_corpus(learned, chosen, compiled=self.compiled, net=net)
        watched = held_out or [each for each in learned if each.words][:1] or learned
        history = train(
            tagger,
            learned,
            watched,
            callbacks=best_kept("dev_f1", self.n_iter_no_change) if held_out else (),
        )
        self.tagger_, self.classes_ = tagger, np.array(tagger.tags, object)
        self.history_, self.n_iter_ = history.epochs, len(history)
        return self

    def _settings(self, seed: int) -> Settings:
        """Return the recommended settings, changed as the parameters say."""
        encoder: Any = self.encoder
        base = recommended(encoder, has_vectors=False).model_dump()
        own = {"decoder": self.decoder, "seed": seed, **further(self.settings, _OWN)}
        if self.max_iter is not None:
            own["epochs"] = self.max_iter
        if self.learning_rate is not None:
            own["learning_rate"] = self.learning_rate
        own["patience"] = own.get("epochs", base["epochs"])  # `best_kept` ends training early
        return Settings(**{**base, **own})

    def predict(self, X: Any) -> list[list[str]]:
        """Return the tags of every sentence, in the scheme of the training data."""
        return [list(each) for each in self._trained().tag(listed(X, "X"))]

    def predict_proba(self, X: Any) -> list[Any]:
        """Return the probability of every tag of `classes_`, per sentence (words, tags)."""
        return [*self._trained().probabilities(listed(X, "X"))]

    def predict_marginals(self, X: Any) -> list[list[dict[str, float]]]:
        """Return the same as a dict by tag for every word."""
        return [
            [dict(zip(self.classes_, row, strict=True)) for row in each.tolist()]
            for each in self.predict_proba(X)
        ]

    def score(self, X: Any, y: Any) -> float:
        """Return the F1 of whole entities, 0 to 1."""
        sentences = _labelled(X, y)
        return self._trained().evaluate(sentences).overall.f1 / 100

    def _trained(self) -> Tagger:
        check_is_fitted(self)
        found: Tagger = self.tagger_
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags


def _labelled(x: Any, y: Any) -> list[Sentence]:
    words, tags = listed(x, "X"), listed(y, "y")
    require_pairs(words, tags)
    return [Sentence(a, b) for a, b in zip(words, tags, strict=True)]
