"""GPT-2 from the arrays of a folder, and back."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import PretrainedFolder, match_names, write_folder
from chainrule.pretrained.gpt2.body import Gpt2Body
from chainrule.pretrained.gpt2.head import LastTokenHead
from chainrule.pretrained.gpt2.names import (
    IGNORED,
    OUTPUT,
    PREFIX,
    SCORE,
    WORDS,
    body_names,
    layers_of,
)
from chainrule.pretrained.stored.named_arrays import fill, require_floats, stored_arrays
from chainrule.pretrained.stored.origin import Origin
from chainrule.storage import shown


def read_body(folder: PretrainedFolder, body: Gpt2Body) -> None:
    """Set the parameters of a body to the arrays of a folder.

    Raises PretrainedError, before anything is set, for missing, unknown and misshaped arrays, for
    numbers that are not floats, and for output weights that are not the table of tokens.
    """
    weights, prefix = folder.weights, prefix_of(folder)
    _require_layers(folder, body)
    table, parameters = body_names(len(body.layers)), body.named_parameters()
    expected = {prefix + each.theirs: each.shape(parameters[each.ours]) for each in table}
    match_names(
        expected,
        weights.shapes,
        ignore=[IGNORED, re.escape(OUTPUT), re.escape(SCORE)],
        what=f"The weights of {shown(folder.path)}",
    )
    require_floats(folder.path, weights, expected)
    _require_tied(folder, prefix)
    fill(table, parameters, weights, lambda name: prefix + name)


def read_head(folder: PretrainedFolder, head: LastTokenHead) -> bool:
    """Set a head to the array of a folder; return False if it has none of this shape."""
    if folder.weights.shapes.get(SCORE) != head.score.weight.shape:
        return False
    require_floats(folder.path, folder.weights, [SCORE])
    head.score.weight.assign(folder.weights[SCORE].astype(np.float32, copy=False))
    return True


def prefix_of(folder: PretrainedFolder) -> str:
    """Return what precedes the names of the body: nothing in the first published files."""
    return PREFIX if any(name.startswith(PREFIX) for name in folder.weights) else ""


def save(
    folder: str | os.PathLike[str], body: Gpt2Body, head: LastTokenHead | None, source: Origin
) -> None:
    """Write the folder of a network; see `Gpt2Network.save`."""
    write_folder(folder, _config(source), _arrays(body, head, source), source.files)


def _arrays(body: Gpt2Body, head: LastTokenHead | None, source: Origin) -> dict[str, Array]:
    prefix = "" if source.head is None else PREFIX
    named = stored_arrays(body_names(len(body.layers)), body.state())
    arrays = {prefix + name: each for name, each in named.items()}
    return arrays if head is None else {**arrays, SCORE: head.state()["score.weight"]}


def _config(source: Origin) -> dict[str, Any]:
    config = {**source.config, "model_type": "gpt2", "dtype": "float32"}
    config.pop("torch_dtype", None)
    classes = {
        "classification": "GPT2ForSequenceClassification",
        "language-model": "GPT2LMHeadModel",
    }
    config["architectures"] = [classes.get(source.head or "", "GPT2Model")]
    if source.labels:
        config.pop("num_labels", None)
        config["id2label"] = {str(i): each for i, each in enumerate(source.labels)}
        config["label2id"] = {each: i for i, each in enumerate(source.labels)}
    return config


def _require_layers(folder: PretrainedFolder, body: Gpt2Body) -> None:
    found = layers_of(folder.weights)
    if found != len(body.layers):
        raise PretrainedError(
            f"{shown(folder.path)} has a configuration for {len(body.layers)} layers, but arrays "
            f"of {found}. Use the configuration that belongs to the weights."
        )


def _require_tied(folder: PretrainedFolder, prefix: str) -> None:
    weights = folder.weights
    if OUTPUT in weights and not np.array_equal(weights[OUTPUT], weights[prefix + WORDS]):
        raise PretrainedError(
            f"{shown(folder.path)} has weights that are not tied: {OUTPUT!r} differs from "
            f"{prefix + WORDS!r}. Supported are language models whose output uses the table of "
            "tokens."
        )
