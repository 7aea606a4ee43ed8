"""Small networks of the reference library with random weights, and what they compute.

`python tests/pretrained/reference_networks.py` records them in the folder `references` here, for
tests on machines without that library.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

HEADS = {
    "none": "Model",
    "classification": "ForSequenceClassification",
    "tokens": "ForTokenClassification",
    "masked-language": "ForMaskedLM",
    "next-sentence": "ForNextSentencePrediction",
}
CLASSES = {
    "bert": "Bert",
    "distilbert": "DistilBert",
    "roberta": "Roberta",
    "xlm-roberta": "XLMRoberta",
}
PAIRS = [
    (family, head)
    for family in CLASSES
    for head in HEADS
    if family == "bert" or head != "next-sentence"
]
RECORDED = Path(__file__).parent / "references"
_SIZES = {"vocab_size": 23, "max_position_embeddings": 12, "num_labels": 3}
_BERT = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
}
_DISTILBERT = {"dim": 8, "n_layers": 2, "n_heads": 2, "hidden_dim": 12}


def made(family: str, head: str, seed: int = 0, **options: Any) -> Any:
    """Return a network of the reference library, weights from a normal of deviation 0.3."""
    import torch
    import transformers

    config_class = getattr(transformers, f"{CLASSES[family]}Config")
    sizes = _DISTILBERT if family == "distilbert" else _BERT
    config = config_class(**{**_SIZES, **sizes, **options})
    model = getattr(transformers, CLASSES[family] + HEADS[head])(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for each in model.parameters():
            each.copy_(torch.randn(each.shape, generator=generator) * 0.3)
    model.tie_weights()
    return model


def batch(family: str, seed: int = 0) -> dict[str, np.ndarray[Any, Any]]:
    """Return ids, mask and segments of three texts, two of them padded."""
    random = np.random.default_rng(seed)
    padding = 1 if "roberta" in family else 0
    ids = random.integers(2, 23, (3, 7)).astype(np.int32)
    mask = np.arange(7) < np.array([[7], [4], [2]])
    segments = (np.arange(7) >= 3) & mask & (family == "bert")
    return {
        "ids": np.where(mask, ids, padding).astype(np.int32),
        "mask": mask,
        "segments": segments.astype(np.int32),
    }


def computed(model: Any, given: dict[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    """Return what the reference computes: layers, attentions, pooled, scores, gradients.

    Gradients are those of the sum of cosines of what is visible, joined in the order of names.
    """
    import torch

    arguments = {
        "input_ids": torch.tensor(given["ids"], dtype=torch.long),
        "attention_mask": torch.tensor(given["mask"], dtype=torch.long),
    }
    if model.config.model_type != "distilbert":
        arguments["token_type_ids"] = torch.tensor(given["segments"], dtype=torch.long)
    model.set_attn_implementation("eager")
    out = model(**arguments, output_hidden_states=True, output_attentions=True)
    found = {f"layer.{i}": each for i, each in enumerate(out.hidden_states)}
    found |= {f"attention.{i}": each for i, each in enumerate(out.attentions)}
    if getattr(out, "pooler_output", None) is not None:
        found["pooled"] = out.pooler_output
    if "logits" in out:
        found["scores"] = out.logits
    visible = torch.tensor(given["mask"])
    seen = out.logits if "logits" in out else out.hidden_states[-1]
    loss = torch.cos(seen[visible] if seen.ndim == 3 else seen).sum()
    if "pooled" in found:
        loss = loss + torch.cos(found["pooled"]).sum()
    loss.backward()
    table = f"{model.base_model_prefix}.embeddings.word_embeddings.weight"
    gradients = {
        name.replace("lm_head.decoder.weight", table): (
            torch.zeros_like(each) if each.grad is None else each.grad
        )
        for name, each in model.named_parameters()
    }
    found["gradients"] = torch.cat([gradients[name].ravel() for name in sorted(gradients)])
    return {name: each.detach().numpy() for name, each in found.items()}


def record() -> None:
    """Write the folders of all networks, and the arrays that the reference computes."""
    for family, head in PAIRS:
        folder = RECORDED / f"{family}-{head}"
        shutil.rmtree(folder, ignore_errors=True)
        model = made(family, head)
        model.save_pretrained(folder)
        given = batch(family)
        np.savez_compressed(folder / "computed.npz", **given, **computed(model, given))


if __name__ == "__main__":
    record()
