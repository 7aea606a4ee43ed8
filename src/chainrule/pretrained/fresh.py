"""Networks with the structure of a pretrained one and drawn weights, to be trained from scratch."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.nn.initial import drawn, generator, normal
from chainrule.pretrained.assembly import assembled, parts_of
from chainrule.pretrained.body.body import EncoderBody
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.catalogue import family_of
from chainrule.pretrained.files import open_without_weights
from chainrule.pretrained.network import PretrainedNetwork
from chainrule.pretrained.recognition import recognised
from chainrule.pretrained.stored.head_choice import Labels, choose_head
from chainrule.pretrained.stored.stored_tokenizer import stored_tokenizer
from chainrule.pretrained.stored.supported import require_supported
from chainrule.pretrained.stored_family import LoadRequest
from chainrule.storage import shown


def fresh(
    folder: str | os.PathLike[str],
    head: str | None = None,
    labels: Labels = None,
    lower: bool | None = None,
    random: np.random.Generator | int | None = None,
) -> Any:
    """Return a network with the configuration and the tokenizer of a folder, and drawn weights.

    folder  with config.json and the files of a tokenizer; weights are not read

    Arguments are otherwise those of `load`. Weights are drawn from a normal distribution with the
    configuration's `initializer_range`, biases are zero, as in the publications. Raises
    PretrainedError and StorageError as `load` does, and PretrainedError for families of which no
    weights are drawn.
    """
    request, family = LoadRequest(head, labels, lower, generator(random)), recognised(Path(folder))
    if family is None:
        return _fresh_encoder(folder, request)
    if family.fresh is None:
        raise PretrainedError(
            f"{shown(folder)} holds a network of the family {family.name}, of which no weights are "
            "drawn. Load a folder with weights."
        )
    return family.fresh(Path(folder), request)


def _fresh_encoder(folder: str | os.PathLike[str], request: LoadRequest) -> PretrainedNetwork:
    stored, source = open_without_weights(folder), request.random
    family = family_of(stored.config)
    require_supported(stored.config)
    choice = choose_head(family, request.head, request.labels, stored.config, known=())
    settings = family.settings(stored.config)
    if choice.family is not None:
        settings = replace(settings, pooler=settings.pooler and choice.family.pooler)
    tokenizer = stored_tokenizer(stored, request.lower, settings.vocabulary)
    body, made = parts_of(stored, choice, settings, source)
    _draw(body, settings.deviation, source)
    parts = [("body", body), *([] if made is None else [("head", made)])]
    names = tuple(f"{at}.{path}" for at, each in parts for path in each.named_parameters())
    return assembled((body, made), stored, family, choice, tokenizer, fresh=names)


def _draw(body: EncoderBody, deviation: float, random: np.random.Generator) -> None:
    """Draw the tables and matrices of a body, which otherwise come from a file."""
    for each in body.parameters():
        if each.ndim == 2:
            each.assign(drawn(normal(deviation), each.shape, random, each.dtype))
