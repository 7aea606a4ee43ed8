"""Small GPT-2 networks of the reference library with random weights, and what they compute.

`python tests/pretrained/gpt2_reference.py` records them in the folder `references_gpt2` here, for
tests on machines without that library.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parent / "references_gpt2"
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "body": ("GPT2Model", {"activation_function": "gelu", "n_inner": 12}),
    "language": ("GPT2LMHeadModel", {}),
    "scaled-by-layer": ("GPT2LMHeadModel", {"scale_attn_by_inverse_layer_idx": True}),
    "not-scaled": ("GPT2LMHeadModel", {"scale_attn_weights": False}),
    "classification": ("GPT2ForSequenceClassification", {"num_labels": 3, "pad_token_id": 22}),
}
HEADS = {"GPT2Model": None, "GPT2LMHeadModel": "language-model"}
HEADS["GPT2ForSequenceClassification"] = "classification"
LENGTH, PROMPTS = 6, (1, 3, 6)
BEAMS = [(2, 1.0), (3, 1.0), (3, 0.0), (4, 2.0)]
_SIZES = {"vocab_size": 23, "n_positions": 16, "n_embd": 8, "n_layer": 2, "n_head": 2}


def made(case: str, seed: int = 0, **options: Any) -> Any:
    """Return a network of the reference library, weights from a normal of deviation 0.3."""
    import torch
    import transformers

    torch.set_num_threads(1)
    name, own = CASES[case]
    given = {**_SIZES, "bos_token_id": 22, "eos_token_id": 22, **own, **options}
    model = getattr(transformers, name)(transformers.GPT2Config(**given)).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for each in model.parameters():
            each.copy_(torch.randn(each.shape, generator=generator) * 0.3)
    model.tie_weights()
    return model


def batch(seed: int = 0) -> dict[str, np.ndarray[Any, Any]]:
    """Return ids and mask of three texts, two of them padded."""
    random = np.random.default_rng(seed)
    mask = np.arange(7) < np.array([[7], [4], [2]])
    ids = np.where(mask, random.integers(0, 22, (3, 7)), 22).astype(np.int32)
    return {"ids": ids, "mask": mask}


def computed(model: Any, given: dict[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    """Return layers, attentions, scores and gradients, and for language models continued texts.

    Gradients are those of the sum of cosines of what is visible, joined in the order of names.
    """
    import torch

    ids, mask = torch.tensor(given["ids"]).long(), torch.tensor(given["mask"])
    model.set_attn_implementation("eager")
    out = model(ids, attention_mask=mask.long(), output_hidden_states=True, output_attentions=True)
    found = {f"layer.{i}": each for i, each in enumerate(out.hidden_states)}
    found |= {f"attention.{i}": each for i, each in enumerate(out.attentions)}
    if "logits" in out:
        found["scores"] = out.logits
    seen = out.logits if "logits" in out else out.hidden_states[-1]
    torch.cos(seen[mask] if seen.ndim == 3 else seen).sum().backward()
    gradients = dict(model.named_parameters())
    found["gradients"] = torch.cat([gradients[name].grad.ravel() for name in sorted(gradients)])
    arrays = {name: each.detach().numpy() for name, each in found.items()}
    return arrays | (
        continued(model, given["ids"][0]) if HEADS[type(model).__name__] == "language-model" else {}
    )


def continued(model: Any, ids: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Return the best tokens after prompts, the texts that beams find, and a perplexity."""
    import torch

    options: dict[str, Any] = {"max_new_tokens": LENGTH, "do_sample": False, "pad_token_id": 0}
    found = {}
    for end in PROMPTS:
        prompt = torch.tensor(ids[None, :end]).long()
        options["attention_mask"] = torch.ones_like(prompt)
        found[f"greedy.{end}"] = model.generate(prompt, **options)[0]
        for beams, power in BEAMS:
            text = model.generate(prompt, num_beams=beams, length_penalty=power, **options)[0]
            found[f"beams.{beams}.{power}.{end}"] = text
    whole = torch.tensor(ids[None]).long()
    found["perplexity"] = torch.exp(model(whole, labels=whole).loss.detach())
    return {name: each.numpy() for name, each in found.items()}


def record() -> None:
    """Write the folders of all networks, and the arrays that the reference computes."""
    shutil.rmtree(RECORDED, ignore_errors=True)
    for case in CASES:
        model = made(case)
        model.save_pretrained(RECORDED / case)
        given = batch()
        np.savez_compressed(RECORDED / case / "computed.npz", **given, **computed(model, given))
        (RECORDED / case / "generation_config.json").unlink(missing_ok=True)


if __name__ == "__main__":
    record()
