"""The encoder that the settings name."""

from __future__ import annotations

import numpy as np

from chainrule.ner.encoders.bilstm import BiLSTM
from chainrule.ner.encoders.cnn import CNN
from chainrule.ner.encoders.window import Window
from chainrule.ner.settings import Settings

Encoder = Window | CNN | BiLSTM

_ENCODERS: dict[str, type[Encoder]] = {"window": Window, "cnn": CNN, "bilstm": BiLSTM}


def encoder_of(inputs: int, settings: Settings, random: np.random.Generator) -> Encoder:
    """Return a new encoder for vectors of the extent `inputs`."""
    return _ENCODERS[settings.encoder](inputs, settings, random)


def encoder_shapes(inputs: int, settings: Settings) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the parameters of that encoder, by path."""
    return _ENCODERS[settings.encoder].shapes(inputs, settings)


def margin_of(settings: Settings) -> int:
    """Return the number of paddings that the encoder reads on each side of a sentence."""
    return _ENCODERS[settings.encoder].margin(settings)
