"""Loading of pretrained networks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.nn import Module
from chainrule.pretrained.array_names import known_spelling
from chainrule.pretrained.body import EncoderBody
from chainrule.pretrained.families.catalogue import family_of
from chainrule.pretrained.families.family import Family, Table
from chainrule.pretrained.name_table import NameRow, rows
from chainrule.pretrained.network import PretrainedNetwork
from chainrule.pretrained.source import Source
from chainrule.pretrained.stored_folder import open_folder


def load(
    folder: str | os.PathLike[str],
    head: str | None = None,
    labels: Sequence[str] | int | None = None,
    lower: bool | None = None,
    random: np.random.Generator | int | None = None,
) -> PretrainedNetwork:
    """Return the pretrained network of a folder, in inference mode."""
    stored = open_folder(os.fspath(folder))
    family = family_of(stored.config)
    generator = np.random.default_rng(random)
    settings = family.settings(stored.config)
    spelled = known_spelling(stored.weights, family)
    body = EncoderBody(settings, generator)
    assign(body, body_rows(family, settings.layers), spelled, stored.weights)
    source = Source(str(folder), family, head, stored.config, (), stored.tokenizer, (), ())
    net = PretrainedNetwork(body, None, source)
    return net.eval()


def body_rows(family: Family, layers: int) -> list[NameRow]:
    """Return the rows of the body's names."""
    table: Table = family.names + family.pooler
    return rows(table, layers)


def assign(
    module: Module,
    names: Sequence[NameRow],
    spelled: Mapping[str, str],
    weights: Mapping[str, Any],
) -> None:
    """Set the parameters of a module from the arrays of a file."""
    parameters = module.named_parameters()
    for row in names:
        parts = [weights[spelled[each]] for each in row.theirs]
        parameters[row.ours].assign(np.concatenate(parts))
