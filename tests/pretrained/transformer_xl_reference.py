"""Small Transformer-XL networks of the reference library, and what they compute.

The library has them up to version 4.35, in an environment of its own:

    pip install torch==2.13.0 "transformers==4.35.2" "tokenizers<0.19" "huggingface-hub<1" requests

`python tests/pretrained/transformer_xl_reference.py` records them there, in the folder
`references_transformer_xl` here; `... --compare` computes them again, with other weights, and
writes them to a folder that is named after it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parent / "references_transformer_xl"
CASES: dict[str, dict[str, Any]] = {
    "clusters": {},
    "shared-biases": {"same_length": False, "untie_r": False},
    "one-table": {"div_val": 1},
    "one-projected-table": {"div_val": 1, "d_embed": 6},
    "norm-first": {"pre_lnorm": True, "clamp_len": -1},
    "no-clusters": {"cutoffs": [], "div_val": 1, "mem_len": 9},
}
SEGMENTS = 3
_SIZES = {
    **{"vocab_size": 20, "cutoffs": [6, 12], "d_model": 8, "d_embed": 8, "n_head": 2, "d_head": 4},
    **{"d_inner": 12, "n_layer": 2, "mem_len": 5, "div_val": 2, "clamp_len": 4},
}


def made(case: str, seed: int = 0) -> Any:
    """Return a network of the reference library, weights from a normal of deviation 0.3."""
    import torch
    import transformers

    config = transformers.TransfoXLConfig(**{**_SIZES, **CASES[case]})
    model = transformers.TransfoXLLMHeadModel(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for each in model.parameters():
            each.copy_(torch.randn(each.shape, generator=generator) * 0.3)
    model.tie_weights()
    return model


def computed(model: Any, ids: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Return what segments compute, each with the memory of the one before, and gradients.

    Gradients are those of the sum of cosines of the probabilities' logarithms of the last segment,
    joined in the order of names.
    """
    import torch

    found: dict[str, Any] = {}
    memory, length = None, ids.shape[1] // SEGMENTS
    for number in range(SEGMENTS):
        part = torch.tensor(ids[:, number * length : (number + 1) * length]).long()
        out = model(part, mems=memory, output_hidden_states=True, output_attentions=True)
        memory = out.mems
        found[f"scores.{number}"] = out.prediction_scores
        for i, each in enumerate(out.hidden_states):
            found[f"layer.{i}.{number}"] = each
        for i, each in enumerate(out.attentions):
            found[f"attention.{i}.{number}"] = each
    for i, each in enumerate(memory):
        found[f"memory.{i}"] = each.transpose(0, 1)
    torch.cos(found[f"scores.{SEGMENTS - 1}"]).sum().backward()
    gradients = {name: each.grad for name, each in model.named_parameters()}
    found["gradients"] = torch.cat([gradients[name].ravel() for name in sorted(gradients)])
    return {name: each.detach().numpy() for name, each in found.items()}


def record(folder: Path, seed: int = 0) -> None:
    """Write the folders of all networks, and the arrays that the reference computes."""
    shutil.rmtree(folder, ignore_errors=True)
    ids = np.random.default_rng(seed).integers(0, 20, (2, 4 * SEGMENTS)).astype(np.int32)
    for case in CASES:
        model = made(case, seed)
        model.save_pretrained(folder / case)
        (folder / case / "generation_config.json").unlink(missing_ok=True)
        np.savez_compressed(folder / case / "computed.npz", ids=ids, **computed(model, ids))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]:
        record(Path(sys.argv[2]), seed=1)
    else:
        record(RECORDED)
