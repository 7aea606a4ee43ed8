"""What a family is: how its configuration is read, and its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.families.config_values import Config
from chainrule.pretrained.heads.head import Head

Table = tuple[tuple[str, ...], ...]

ARCHITECTURES = {
    None: "Model",
    "classification": "ForSequenceClassification",
    "tokens": "ForTokenClassification",
    "masked-language": "ForMaskedLM",
    "next-sentence": "ForNextSentencePrediction",
}


@dataclass(frozen=True)
class HeadRequest:
    """What a head is made from: settings of the body, the configuration, the number of labels."""

    settings: EncoderSettings
    config: Config
    labels: int
    random: np.random.Generator


@dataclass(frozen=True)
class HeadFamily:
    """A head of a family.

    make           makes the head, with fresh weights
    names          the table of its names, ours first
    pooler         True if it reads the pooled first token
    decoder        the name of the array that is the table of tokens, unless weights are not tied
    equal          names of arrays that are equal to another of the table, by name
    """

    make: Callable[[HeadRequest], Head]
    names: Table
    pooler: bool = False
    decoder: str | None = None
    equal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """A family of networks that share a structure and names.

    name          `model_type` of the configuration
    architecture  the start of the names of its classes, "Bert" of "BertForMaskedLM"
    prefix        what precedes the names of the body in files with a head
    settings      reads a configuration
    names         the table of the names of the body, ours first
    pooler        the names of the pooler, empty for families without one
    heads         the heads by name
    ignored       names of arrays that files hold and no network needs
    """

    name: str
    architecture: str
    prefix: str
    settings: Callable[[Config], EncoderSettings]
    names: Table
    pooler: Table
    heads: Mapping[str, HeadFamily]
    ignored: tuple[str, ...]
