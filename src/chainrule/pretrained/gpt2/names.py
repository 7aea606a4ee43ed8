"""The names of GPT-2's arrays."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chainrule.pretrained.stored.named_arrays import NamedArray, named_arrays

PREFIX = "transformer."
OUTPUT = "lm_head.weight"
WORDS = "wte.weight"
SCORE = "score.weight"
IGNORED = r"(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)"
_NUMBERED = re.compile(r"(?:transformer\.)?h\.(\d{1,9})\.")

_BODY = (
    ("embeddings.words.weight", "wte.weight"),
    ("embeddings.positions.weight", "wpe.weight"),
    ("norm.*", "ln_f.*"),
)
_LAYER = (
    ("layers.{i}.attention_norm.*", "h.{i}.ln_1.*"),
    ("layers.{i}.feed_norm.*", "h.{i}.ln_2.*"),
    ("layers.{i}.attention.joint.bias", "h.{i}.attn.c_attn.bias"),
    ("layers.{i}.attention.out.bias", "h.{i}.attn.c_proj.bias"),
    ("layers.{i}.expand.bias", "h.{i}.mlp.c_fc.bias"),
    ("layers.{i}.contract.bias", "h.{i}.mlp.c_proj.bias"),
)
_INPUTS_FIRST = (  # stored as (inputs, outputs)
    ("layers.{i}.attention.joint.weight", "h.{i}.attn.c_attn.weight"),
    ("layers.{i}.attention.out.weight", "h.{i}.attn.c_proj.weight"),
    ("layers.{i}.expand.weight", "h.{i}.mlp.c_fc.weight"),
    ("layers.{i}.contract.weight", "h.{i}.mlp.c_proj.weight"),
)


def body_names(layers: int) -> list[NamedArray]:
    """Return the arrays of a body."""
    straight = named_arrays(_BODY + _LAYER, layers)
    return straight + named_arrays(_INPUTS_FIRST, layers, transposed=True)


def layers_of(names: Iterable[str]) -> int:
    """Return the number of layers that a file has arrays of."""
    found = map(_NUMBERED.match, names)
    return max((int(each[1]) + 1 for each in found if each), default=0)
