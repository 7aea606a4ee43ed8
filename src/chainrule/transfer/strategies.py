"""The ways of training that are compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Strategy:
    """A way of training on top of a pretrained network.

    name      as it is printed
    meaning   what is trained
    fresh     True starts from drawn weights, not from the pretrained ones
    augment   True adds changed copies of the texts
    settings  of `chainrule.classify.Settings`: what is frozen, and the rate
    """

    name: str
    meaning: str
    fresh: bool = False
    augment: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


STRATEGIES = {
    each.name: each
    for each in (
        Strategy("head", "a new classifier on the network as it is", settings={"freeze": True}),
        Strategy("last", "the last two layers and a new classifier", settings={"last": 2}),
        Strategy("all", "all layers, from the pretrained weights, and a new classifier"),
        Strategy(
            "augment",
            "as all, with changed copies of the texts, or mentions exchanged",
            augment=True,
        ),
        Strategy(
            "retrain",
            "all layers and a classifier, from drawn weights",
            fresh=True,
            settings={"learning_rate": 2e-4},
        ),
    )
}

# The rule of the notes: what to do by the size of the labelled data and its similarity to the data
# that the network was pretrained on.
RULE = {
    ("small", "similar"): "head",
    ("small", "different"): "augment",
    ("large", "similar"): "last",
    ("large", "different"): "retrain",
}
