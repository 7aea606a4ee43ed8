"""The training of a character language model: truncated backpropagation through time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import chainrule as cr
from chainrule.language_model.carried_state import CarriedState, next_character_loss
from chainrule.language_model.perplexity import in_direction, perplexity_of_ids
from chainrule.language_model.settings import Settings
from chainrule.language_model.streams import Streams
from chainrule.optim.schedules import Cosine
from chainrule.pretrained.flair import CharacterLanguageModel, CharacterTable


@dataclass(frozen=True)
class Epoch:
    """The figures of one pass over the text.

    number      from 1
    loss        the mean loss per character in nats, with dropout
    perplexity  per character of the held-out text; NaN without one
    characters_per_second
                the speed of training
    """

    number: int
    loss: float
    perplexity: float
    characters_per_second: float


def train_language_model(
    text: str,
    settings: Settings,
    *,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    on_step: Callable[[int, float], None] = lambda characters, loss: None,
    callbacks: Sequence[cr.train.Callback] = (),
    checkpoint: cr.train.Checkpoint | str | os.PathLike[str] | None = None,
    net: CharacterLanguageModel | None = None,
) -> tuple[CharacterLanguageModel, cr.train.History]:
    """Return a character language model that is trained on a text, and the history of the run.

    on_epoch    called with the figures of every epoch
    on_step     called with the characters of all steps so far, and the loss, after every step
    callbacks   further callbacks of `chainrule.train.fit`
    checkpoint  checkpoints, or a folder for them, from which a run continues that was stopped

    net         a model to train further, in place; it keeps its characters and its own settings,
                which take the place of those here

    Records of epochs have the figure "perplexity" too. The same text, settings and seed give the
    same weights, bit for bit, whether the run was stopped and continued or not. Raises
    ChainruleError for a text that is too short; CheckpointError for a checkpoint of another run.
    """
    if net is None:
        characters = CharacterTable.of_text(text, settings.min_count)
        net = CharacterLanguageModel(characters, settings.of_model, settings.seed)
    learned, held_out = (
        net.characters.ids(in_direction(net.settings.forward, each))
        for each in _divided(text, settings.held_out)
    )
    streams = Streams(learned, settings.batch_size, settings.steps)
    model = CarriedState(net, settings.batch_size)
    rate = Cosine(settings.learning_rate, settings.epochs * len(streams))
    clip = cr.optim.ClipByGlobalNorm(settings.clip)
    history = cr.train.fit(
        model,
        cr.optim.Adam(model, learning_rate=rate, clip=clip),
        next_character_loss,
        streams,
        epochs=settings.epochs,
        callbacks=[_Figures(net, held_out, streams.characters, on_epoch, on_step), *callbacks],
        checkpoint=checkpoint,
        seed=settings.seed,
        diagnose=False,
        progress=False,
    )
    net.eval()
    return net, history


def _divided(text: str, held_out: float) -> tuple[str, str]:
    """Return a text without its end, and its end, of a share of the characters."""
    count = int(len(text) * held_out)
    return (text[:-count], text[-count:]) if count > 1 else (text, "")


class _Figures(cr.train.Callback):
    """Adds the perplexity of the held-out text to the record of every epoch; reports progress."""

    def __init__(
        self,
        net: CharacterLanguageModel,
        held_out: Any,
        characters: int,
        on_epoch: Callable[[Epoch], None],
        on_step: Callable[[int, float], None],
    ) -> None:
        self._net, self._held_out, self._characters = net, held_out, characters
        self._on_epoch, self._on_step = on_epoch, on_step

    def after_step(self, run: cr.train.Run) -> None:
        """Report the characters and the loss."""
        self._on_step(run.step * run.batch[0].size, run.loss)

    def after_epoch(self, run: cr.train.Run, record: dict[str, Any]) -> None:
        """Measure the perplexity, and report the epoch."""
        found = perplexity_of_ids(self._net, self._held_out) if len(self._held_out) else math.nan
        record["perplexity"] = found
        speed = self._characters / max(record["seconds"], 1e-9)
        self._on_epoch(Epoch(record["epoch"], record["loss"], found, speed))
