"""The training of classifiers: `chainrule.train.fit` on batches of texts of similar length."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import chainrule as cr
from chainrule.classify.classifier import Classifier
from chainrule.classify.labelled_text import LabelledTexts
from chainrule.classify.settings import Settings
from chainrule.classify.targets import balanced_weights, require_same_columns
from chainrule.classify.token_ids import TokenIds
from chainrule.classify.trained_parts import choose_parts, parameter_groups
from chainrule.graph import Array
from chainrule.optim.schedules import Linear, WarmUp
from chainrule.train.train_step import Loss


def train(
    classifier: Classifier,
    train: LabelledTexts,
    dev: LabelledTexts | None,
    *,
    on_tokens: Callable[[TokenIds], None] = lambda tokens: None,
    callbacks: Sequence[cr.train.Callback] = (),
    checkpoint: cr.train.Checkpoint | str | os.PathLike[str] | None = None,
) -> cr.train.History:
    """Train `classifier` in place with its settings, by `chainrule.train.fit`; return the history.

    train, dev  labelled texts; after every epoch the figures on `dev` are recorded, as
                "validation_accuracy" and the like. None for no held-out texts
    on_tokens   a function that is called with the tokens of the training texts before training
    callbacks   further callbacks, called before the run may end early
    checkpoint  checkpoints, or a folder for them, from which a run continues that was stopped

    Training ends after `settings.patience` epochs without a better figure; see `monitored`. What an
    earlier training froze is trained if the settings say so. The same settings and data give the
    same weights, bit for bit, whether the run was killed and resumed or not. Raises
    LabelledTextError, before anything changes, for labels of `dev` that `train` does not have, and
    if one has pairs of texts and the other does not.
    """
    if dev is not None:
        require_same_columns(train, dev)
    settings = classifier.settings
    targets = classifier.targets(train)
    validation = None if dev is None else _validation(classifier, dev)
    tokens = classifier.tokens(train.texts, train.pairs)
    on_tokens(tokens)
    data = tokens.buckets(
        targets, settings.batch_size, extents=settings.extents, seed=settings.seed
    )
    choose_parts(classifier.network, settings)
    try:
        return cr.train.fit(
            classifier.network,
            optimizer_of(classifier, len(data)),
            loss_of(settings, targets, len(classifier.labels)),
            data,
            epochs=settings.epochs,
            validate=validation,
            metrics=[] if dev is None else classifier.metrics(),
            callbacks=[*callbacks, *([] if dev is None else [_early_stopping(settings)])],
            checkpoint=checkpoint,
            compiled=classifier.compiled,
            diagnose=False,
            progress=False,
        )
    finally:
        classifier.network.eval()


def _validation(classifier: Classifier, dev: LabelledTexts) -> cr.train.LengthBuckets:
    targets, settings = classifier.targets(dev), classifier.settings
    return classifier.tokens(dev.texts, dev.pairs).buckets(
        targets, settings.batch_size, extents=settings.extents, shuffle=False
    )


def _early_stopping(settings: Settings) -> cr.train.EarlyStopping:
    return cr.train.EarlyStopping(
        monitored(settings), mode="max", patience=settings.patience, restore_best=False
    )


def monitored(settings: Settings) -> str:
    """Return the name of the figure that decides which epoch is best; large values are good."""
    return "validation_pearson" if settings.regression else "validation_f1"


def optimizer_of(classifier: Classifier, batches: int) -> cr.optim.Optimizer:
    """Return AdamW with the rates, groups and accumulation of the settings.

    batches  of an epoch
    """
    settings = classifier.settings
    clip = None if settings.clip is None else cr.optim.ClipByGlobalNorm(settings.clip)
    return cr.optim.AdamW(
        classifier.network,
        schedule_of(settings, batches),
        weight_decay=settings.weight_decay,
        groups=parameter_groups(classifier.network, settings),
        accumulate=settings.accumulate,
        clip=clip,
    )


def schedule_of(settings: Settings, batches: int) -> WarmUp:
    """Return the rate: it rises from 0 in the first steps, and falls to 0 in the others."""
    steps = settings.epochs * -(-batches // settings.accumulate)
    warming = int(steps * settings.warm_up)
    return WarmUp(Linear(settings.rate, 0.0, max(1, steps - warming)), warming)


def loss_of(settings: Settings, targets: Array, classes: int) -> Loss:
    """Return the loss: squared error for regression, else cross-entropy, with class weights."""
    if settings.regression:
        return cr.nn.squared_error
    if settings.class_weights == "none":
        return cr.nn.cross_entropy
    return WeightedCrossEntropy(balanced_weights(targets, classes))


class WeightedCrossEntropy(cr.nn.Module):
    """Cross-entropy with a weight per class, a function of scores and targets."""

    def __init__(self, weights: Array) -> None:
        self.weights = cr.parameter(weights, trainable=False)

    def terms(self, targets: Any) -> float:
        """Return the sum of the weights that the loss is divided by; see `chainrule.train.fit`."""
        return float(self.weights.value[targets].sum())

    def forward(self, scores: Any, targets: Any) -> cr.Tensor:
        """Return the mean loss; see `chainrule.nn.cross_entropy`."""
        return cr.nn.cross_entropy(scores, targets, class_weights=self.weights)
