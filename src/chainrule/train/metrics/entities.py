"""Entity F1: precision and recall over whole entities, counted as the CoNLL scorer does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.text import Score, TypeScore, is_tag, require_words, score
from chainrule.train.metrics.label_arrays import integers, require_in_range, require_scores
from chainrule.train.metrics.metric import Metric, MetricError

_NOTHING = Score(0, 0, TypeScore(0, 0, 0), {})


class EntityF1(Metric):
    """The F1 of entities, from 0 to 1: an entity is correct if first word, last word and type are.

    tags    the tag of each class, such as ("O", "B-PER", "I-PER"), in a scheme that
            `chainrule.text.spans` reads. Predictions are then scores (sentences, words, tags) or
            ids (sentences, words), targets ids; the axis of sentences may be absent. With None,
            predictions and targets are sequences of sequences of tags
    ignore  the target of words that are left out, such as padding

    `score` holds precision, recall and F1 per type, in percent.
    Tjong Kim Sang and De Meulder (2003).
    """

    def __init__(
        self,
        tags: Sequence[str] | None = None,
        *,
        ignore: int | None = None,
        name: str = "entity_f1",
    ) -> None:
        self.tags = None if tags is None else tuple(require_words(tags, "The list of tags"))
        self.ignore = ignore
        odd = [each for each in self.tags or () if not is_tag(each)]
        if odd:
            raise MetricError(
                f"EntityF1 was given {', '.join(map(repr, odd))} as tags. Tags are 'O', or a "
                "prefix and a type such as 'B-PER'."
            )
        super().__init__(name)

    def reset(self) -> None:
        """Remove all batches."""
        self.score = _NOTHING

    def update(self, predictions: Any, targets: Any) -> None:
        """Add a batch of sentences."""
        if self.tags is not None:
            predictions, targets = self._sequences(predictions, targets, self.tags)
        try:
            self.score = self.score + score(targets, predictions)
        except ValueError as error:
            raise MetricError(f"Entities cannot be scored: {error}") from error

    def value(self) -> float:
        """Return the F1 over all sentences, 0 without entities in predictions and targets."""
        self.require_some(self.score.tokens)
        return self.score.overall.f1 / 100

    def _sequences(
        self, predictions: Any, targets: Any, tags: tuple[str, ...]
    ) -> tuple[list[list[str]], list[list[str]]]:
        right, found = integers("targets", targets), np.asarray(predictions)
        if found.ndim == right.ndim + 1:
            require_scores(found, right)
            require_tags(found.shape[-1], len(tags))
            found = found.argmax(axis=-1)
        found = integers("predictions", found)
        if found.shape != right.shape or right.ndim not in (1, 2):
            raise MetricError(
                f"Predictions of shape {found.shape} were given for targets of shape "
                f"{right.shape}. Give ids (sentences, words), or scores with an axis of tags."
            )
        counted = np.ones(right.shape, bool) if self.ignore is None else right != self.ignore
        require_in_range("targets", right[counted], len(tags))
        require_in_range("predictions", found[counted], len(tags))
        return _named(found, counted, tags), _named(right, counted, tags)


def require_tags(scores: int, tags: int) -> None:
    """Raise MetricError unless there is one score per tag."""
    if scores != tags:
        raise MetricError(
            f"Scores of {scores} tags were given to a metric of {tags} tags. Make the metric with "
            "the tags of the model."
        )


def entity_f1(
    predictions: Any,
    targets: Any,
    tags: Sequence[str] | None = None,
    *,
    ignore: int | None = None,
) -> float:
    """Return the F1 of entities, from 0 to 1; see `EntityF1`."""
    return float(EntityF1(tags, ignore=ignore).of(predictions, targets))


def _named(ids: Array, counted: Array, tags: Sequence[str]) -> list[list[str]]:
    """Return the tags of the counted words, per sentence."""
    sentences = zip(np.atleast_2d(ids), np.atleast_2d(counted), strict=True)
    return [[tags[each] for each in words[keep]] for words, keep in sentences]
