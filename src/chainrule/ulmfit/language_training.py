"""The training of a language model: `chainrule.train.fit` on streams of text."""

from __future__ import annotations

import os
from collections.abc import Sequence

import chainrule as cr
from chainrule.graph import Array
from chainrule.optim.parameter_groups import GroupOptions
from chainrule.optim.schedules import SlantedTriangular
from chainrule.pretrained.ulmfit import UlmfitNetwork
from chainrule.pretrained.ulmfit.sizes import LANGUAGE
from chainrule.ulmfit.next_words import NextWordLoss, NextWords
from chainrule.ulmfit.settings import LanguageSettings
from chainrule.ulmfit.token_streams import TokenStreams

_BETA1, _BETA2 = 0.8, 0.99  # as the reference library has them


def train_language_model(
    net: UlmfitNetwork,
    text: Sequence[Array],
    settings: LanguageSettings,
    *,
    validate: Sequence[Array] | None = None,
    callbacks: Sequence[cr.train.Callback] = (),
    checkpoint: cr.train.Checkpoint | str | os.PathLike[str] | None = None,
    compiled: bool = True,
) -> cr.train.History:
    """Train a language model in place; return the history, with the loss in nats per word.

    text        the ids of the words of each document
    validate    the same of held-out documents; their loss is recorded after every epoch
    callbacks, checkpoint, compiled  as for `chainrule.train.fit`

    Backpropagation through time is truncated to `settings.steps` words; the state is carried over.
    The same settings and text give the same weights, bit for bit, whether the run was killed and
    resumed or not. The network is in inference mode afterwards, without carried state.
    """
    data = TokenStreams(text, settings.batch_size, settings.steps, settings.seed)
    held_out = None
    if validate is not None:
        held_out = TokenStreams(validate, settings.batch_size, settings.steps)
    net.set_dropouts(LANGUAGE.times(settings.dropout))
    net.reset(settings.batch_size)
    try:
        model = NextWords(net).train()
        model.named_parameters()
        return cr.train.fit(
            model,
            optimizer_of(model, settings, settings.epochs * len(data)),
            NextWordLoss(settings.activation, settings.temporal),
            data,
            epochs=settings.epochs,
            validate=held_out,
            callbacks=callbacks,
            checkpoint=checkpoint,
            compiled=compiled,
            diagnose=False,
            progress=False,
        )
    finally:
        net.reset(None)
        net.eval()


def optimizer_of(model: NextWords, settings: LanguageSettings, steps: int) -> cr.optim.Optimizer:
    """Return AdamW with slanted triangular, discriminative rates."""
    clip = None if settings.clip is None else cr.optim.ClipByGlobalNorm(settings.clip)
    return cr.optim.AdamW(
        model,
        SlantedTriangular(settings.learning_rate, steps),
        beta1=_BETA1,
        beta2=_BETA2,
        weight_decay=settings.weight_decay,
        groups=discriminative(model.net, settings.rate_divisor),
        clip=clip,
    )


def discriminative(net: UlmfitNetwork, divisor: float) -> dict[str, GroupOptions]:
    """Return the options of all parameters by name: rates by depth, decay of matrices alone.

    The table of words is the weight of the head too, and is trained with it at the full rate.
    """
    found: dict[str, GroupOptions] = {}
    groups = net.layer_groups()
    layers = [name for name in groups if name.startswith("layers.")]
    for name, part in groups.items():
        depth = len(layers) - 1 - layers.index(name) if name in layers else 0
        for each in part.parameters():
            options: GroupOptions = {"learning_rate_factor": divisor**-depth}
            if each.ndim < 2:
                options["weight_decay"] = 0.0
            found[str(each.name)] = options
    return found
