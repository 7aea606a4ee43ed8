"""Saving of pretrained networks in the layout of the hubs."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from chainrule.graph import Array
from chainrule.pretrained.body.body import EncoderBody
from chainrule.pretrained.families.family import ARCHITECTURES
from chainrule.pretrained.files import write_folder
from chainrule.pretrained.heads.head import Head
from chainrule.pretrained.sentences.sentence_pooling import KEY, SentencePooling
from chainrule.pretrained.stored.name_table import rows
from chainrule.pretrained.stored.source import Source
from chainrule.pretrained.stored.stored_values import apart


def save(
    folder: str | os.PathLike[str], body: EncoderBody, head: Head | None, source: Source
) -> None:
    """Write the folder of a network; see `PretrainedNetwork.save`."""
    write_folder(folder, _config(source), _arrays(body, head, source), source.files)


def _arrays(body: EncoderBody, head: Head | None, source: Source) -> dict[str, Array]:
    """Return the arrays by the names of the family; tied weights are stored once."""
    family = source.family
    table = rows(family.names + (family.pooler if body.pooler else ()), len(body.layers))
    arrays = apart(table, body.state())
    if head is None or source.head is None:
        return arrays
    with_prefix = {family.prefix + name: each for name, each in arrays.items()}
    return with_prefix | apart(rows(family.heads[source.head].names), head.state())


def _config(source: Source) -> dict[str, Any]:
    config = {**source.config, "dtype": "float32"}
    config.pop("torch_dtype", None)
    config["architectures"] = [source.family.architecture + ARCHITECTURES[source.head]]
    if source.labels:
        config.pop("num_labels", None)
        config["id2label"] = {str(i): each for i, each in enumerate(source.labels)}
        config["label2id"] = {each: i for i, each in enumerate(source.labels)}
    if source.pooling != SentencePooling():
        config[KEY] = asdict(source.pooling)
    return config
