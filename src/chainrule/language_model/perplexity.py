"""The perplexity of a text under a character language model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.language_model.carried_state import CarriedState, next_character_loss
from chainrule.language_model.streams import Streams
from chainrule.pretrained.flair import CharacterLanguageModel
from chainrule.train.evaluation import in_mode

_STREAMS, _STEPS = 16, 128  # fewer of a short text


def perplexity(net: CharacterLanguageModel, text: str) -> float:
    """Return the perplexity per character of a text, in the direction of the model.

    That is exp of the mean negative log-likelihood in nats. A model of chance over n characters has
    the perplexity n. The text is read as streams side by side, each from a zero state. Raises
    ChainruleError for a text of one character or none.
    """
    return perplexity_of_ids(net, net.characters.ids(in_direction(net.settings.forward, text)))


def in_direction(forward: bool, text: str) -> str:
    """Return a text as a model of a direction reads it."""
    return text if forward else text[::-1]


def perplexity_of_ids(net: CharacterLanguageModel, ids: np.ndarray[Any, Any]) -> float:
    """Return the same for the numbers of characters in the order in which they are read."""
    streams = max(1, min(_STREAMS, len(ids) // _STEPS))
    chunks = Streams(ids, streams, max(1, min(_STEPS, len(ids) - 1)))
    carried = CarriedState(net, streams)
    step = cr.compile(lambda *batch: _loss(carried, *batch))
    with in_mode(carried, False):
        losses = [float(step(*batch).read()) for batch in chunks(1)]
    return math.exp(float(np.mean(losses)))


def _loss(carried: CarriedState, ids: Any, goes_on: Any, targets: Any) -> cr.Tensor:
    return cr.stop_gradient(next_character_loss(carried(ids, goes_on), targets))
