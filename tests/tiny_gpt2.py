"""A folder of a tiny random GPT-2 whose tokens are letters and some of their pairs."""

import json

import numpy as np

from chainrule.pretrained.files import write_folder
from chainrule.pretrained.gpt2.body import Gpt2Body
from chainrule.pretrained.gpt2.names import body_names
from chainrule.pretrained.gpt2.settings import gpt2_settings
from chainrule.pretrained.stored.named_arrays import stored_arrays

_MERGES = [("o", "o"), ("Ġ", "b"), ("Ġ", "g"), ("a", "d"), ("e", "a"), ("Ġ", "t"), ("h", "e")]
_PIECES = [*"abcdefghijklmnopqrstuvwxyz", "Ġ", *("".join(pair) for pair in _MERGES)]


def write_gpt2(folder, seed=0, **options):
    """Write a GPT-2 with random weights, and return its folder."""
    pieces = [*_PIECES, "<|endoftext|>"]
    config = {
        "model_type": "gpt2",
        "vocab_size": len(pieces),
        "n_embd": 16,
        "n_layer": 2,
        "n_head": 2,
        "n_positions": 64,
        "eos_token_id": len(pieces) - 1,
        **options,
    }
    random = np.random.default_rng(seed)
    body = Gpt2Body(gpt2_settings(config), random)
    for each in body.parameters():
        if each.ndim == 2:
            each.assign(random.normal(0, 0.3, each.shape))
    arrays = stored_arrays(body_names(len(body.layers)), body.state())
    write_folder(folder, config, arrays)
    (folder / "vocab.json").write_text(json.dumps({each: i for i, each in enumerate(pieces)}))
    merges = "\n".join(" ".join(pair) for pair in _MERGES)
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    return folder
