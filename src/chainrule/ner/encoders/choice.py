"""The encoder that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.ner.encoders.bilstm import BiLSTM
from chainrule.ner.encoders.cnn import CNN
from chainrule.ner.encoders.pretrained import Pretrained
from chainrule.ner.encoders.window import Window
from chainrule.ner.settings import Settings

if TYPE_CHECKING:
    from chainrule.pretrained import PretrainedNetwork

Fresh = Window | CNN | BiLSTM  # encoders whose weights are those of the tagger
Encoder = Fresh | Pretrained

_ENCODERS: dict[str, type[Fresh]] = {"window": Window, "cnn": CNN, "bilstm": BiLSTM}


def encoder_of(
    inputs: int,
    settings: Settings,
    random: np.random.Generator,
    net: PretrainedNetwork | None = None,
) -> Encoder:
    """Return a new encoder for vectors of the extent `inputs`.

    net  the network of the encoder "pretrained"
    """
    if net is not None:
        return Pretrained(inputs, settings, random, net)
    return _ENCODERS[settings.encoder](inputs, settings, random)


def encoder_shapes(inputs: int, settings: Settings) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the parameters of that encoder, by path.

    Those of a pretrained network are in its own file.
    """
    if settings.encoder == "pretrained":
        return {}
    return _ENCODERS[settings.encoder].shapes(inputs, settings)


def encoder_size(inputs: int, settings: Settings, net: PretrainedNetwork | None = None) -> int:
    """Return the extent of the vector of a word in its context."""
    if net is not None:
        return net.body.settings.width + inputs
    return 2 * max(1, settings.hidden // 2) if settings.encoder == "bilstm" else settings.hidden


def margin_of(settings: Settings) -> int:
    """Return the number of paddings that the encoder reads on each side of a sentence."""
    if settings.encoder == "pretrained":
        return 0
    return _ENCODERS[settings.encoder].margin(settings)
