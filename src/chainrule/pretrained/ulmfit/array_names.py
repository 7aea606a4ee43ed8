"""The names of arrays in files of the reference library, and those here."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LSTM = ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0")
_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
_LAYER = re.compile(r"rnns\.(\d+)\..*")
_HEAD_LAYER = re.compile(r"1\.layers\.(\d+)\..*")

ENCODER, LANGUAGE, CLASSIFIER = "", "0.", "0.module."  # prefixes of the names of the body
TABLE, TABLE_AGAIN = "encoder.weight", "encoder_dp.emb.weight"
DECODER, DECODER_BIAS = "1.decoder.weight", "1.decoder.bias"
# The dropped-out copy of a recurrent weight in older files.
IGNORED = (r".*rnns\.\d+\.module\.weight_hh_l0",)
COUNT = "num_batches_tracked"  # missing in older files


def prefix_of(names: Iterable[str]) -> str:
    """Return the prefix of the names of the body: it says what kind of network a file holds."""
    known = set(names)
    return next((each for each in (CLASSIFIER, LANGUAGE) if each + TABLE in known), ENCODER)


def layers_of(names: Iterable[str], prefix: str) -> int:
    """Return the number of LSTM layers that the names of a file speak of."""
    found = [_LAYER.fullmatch(name.removeprefix(prefix)) for name in names]
    return 1 + max((int(each[1]) for each in found if each), default=-1)


def body_names(layers: int, prefix: str) -> dict[str, str]:
    """Return the file's name of each parameter of the body, by its path here."""
    table = {"words.layer.weight": TABLE}
    for i in range(layers):
        table[f"layers.{i}.layer.weight_hh_l0"] = f"rnns.{i}.weight_hh_l0_raw"
        table |= {f"layers.{i}.layer.{each}": f"rnns.{i}.module.{each}" for each in _LSTM}
    return {ours: prefix + theirs for ours, theirs in table.items()}


def head_layers(names: Iterable[str]) -> int:
    """Return the number of linear layers of the head of a classifier; 0 for other files."""
    found = [_HEAD_LAYER.fullmatch(name) for name in names]
    return 1 + max((int(each[1]) for each in found if each), default=-1)


def pooled_head_names(layers: int) -> dict[str, str]:
    """Return the file's name of each parameter of the head of a classifier, by its path here."""
    table: dict[str, str] = {}
    for k in range(layers):
        table |= {f"norms.{k}.{each}": f"1.layers.{k}.0.{each}" for each in _NORM}
        table[f"linears.{k}.weight"] = f"1.layers.{k}.2.weight"
    return table
