"""Transformer-XL from the arrays of a folder, and back."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.nn import Module
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import PretrainedFolder, match_names, write_folder
from chainrule.pretrained.stored.named_arrays import (
    NamedArray,
    fill,
    require_floats,
    stored_arrays,
)
from chainrule.pretrained.stored.origin import Origin
from chainrule.pretrained.transformer_xl.body import XLBody
from chainrule.pretrained.transformer_xl.names import (
    IGNORED,
    OUTPUT,
    PREFIX,
    body_names,
    output_names,
    repeated_names,
)
from chainrule.pretrained.transformer_xl.output_layer import AdaptiveSoftmax
from chainrule.storage import shown


def has_output(folder: PretrainedFolder) -> bool:
    """Return whether a folder has the arrays of an output layer."""
    return any(name.startswith(OUTPUT) for name in folder.weights)


def read(folder: PretrainedFolder, body: XLBody, output: AdaptiveSoftmax | None) -> None:
    """Set the parameters of body and output layer to the arrays of a folder.

    Raises PretrainedError, before anything is set, for missing, unknown and misshaped arrays, for
    numbers that are not floats, and for weights that are not tied where the configuration says so.
    """
    parts, prefix = _parts(body, output), _prefix_of(folder)
    repeated = repeated_names(body.settings, prefix)
    expected = {
        _named(each.theirs, prefix): each.shape(module.named_parameters()[each.ours])
        for module, table in parts
        for each in table
    }
    match_names(
        expected,
        folder.weights.shapes,
        ignore=[IGNORED, *map(re.escape, repeated)],
        what=f"The weights of {shown(folder.path)}",
    )
    require_floats(folder.path, folder.weights, expected)
    _require_tied(folder, repeated)
    for module, table in parts:
        named = module.named_parameters()
        fill(table, named, folder.weights, lambda name: _named(name, prefix))


def save(
    folder: str | os.PathLike[str], body: XLBody, output: AdaptiveSoftmax | None, source: Origin
) -> None:
    """Write the folder of a network; see `TransformerXLNetwork.save`."""
    prefix = "" if output is None else PREFIX
    arrays: dict[str, Array] = {}
    for module, table in _parts(body, output):
        found = stored_arrays(table, module.state())
        arrays |= {_named(name, prefix): each for name, each in found.items()}
    config: dict[str, Any] = {**source.config, "torch_dtype": "float32"}
    config["architectures"] = ["TransfoXLModel" if output is None else "TransfoXLLMHeadModel"]
    write_folder(folder, config, arrays, source.files)


def _parts(body: XLBody, output: AdaptiveSoftmax | None) -> list[tuple[Module, list[NamedArray]]]:
    parts: list[tuple[Module, list[NamedArray]]] = [(body, body_names(body.settings))]
    return parts if output is None else [*parts, (output, output_names(body.settings))]


def _prefix_of(folder: PretrainedFolder) -> str:
    return PREFIX if any(name.startswith(PREFIX) for name in folder.weights) else ""


def _named(name: str, prefix: str) -> str:
    return name if name.startswith(OUTPUT) else prefix + name


def _require_tied(folder: PretrainedFolder, repeated: dict[str, str]) -> None:
    weights = folder.weights
    for name, other in repeated.items():
        if name in weights and not np.array_equal(weights[name], weights[other]):
            raise PretrainedError(
                f"{shown(folder.path)} has weights that are not tied: {name!r} differs from "
                f"{other!r}. Supported are networks whose output uses the weights of the "
                "embeddings, as their configuration says."
            )
