"""Small networks of fastai with random weights, in its files, and what they compute.

`python tests/pretrained/ulmfit_networks.py` records them in the folder `references/ulmfit` here,
for tests on machines without that library.
"""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parent / "references" / "ulmfit"
HEADS = {"language": "language-model", "encoder": None, "classifier": "classification"}
WORDS = ["xxunk", "xxpad", "xxbos", *(f"word{i}" for i in range(10)), "the", "of"]
CLASSES = 3
_SIZES = {"emb_sz": 6, "n_hid": 10, "n_layers": 3}
Arrays = dict[str, np.ndarray[Any, Any]]


def made(kind: str, seed: int = 0, **options: Any) -> Any:
    """Return a network of the reference library, weights from a normal of deviation 0.4."""
    import torch
    from fastai.text.all import AWD_LSTM, awd_lstm_clas_config, awd_lstm_lm_config
    from fastai.text.models.core import get_language_model, get_text_classifier

    torch.manual_seed(seed)
    sizes = {**_SIZES, **options}
    if kind == "classifier":
        config = dict(awd_lstm_clas_config, **sizes)
        model = get_text_classifier(AWD_LSTM, len(WORDS), CLASSES, config=config, lin_ftrs=[7])
    else:
        model = get_language_model(AWD_LSTM, len(WORDS), config=dict(awd_lstm_lm_config, **sizes))
    with torch.no_grad():
        for each in model.parameters():
            each.normal_(0, 0.4)
        for name, each in model.named_buffers():
            if "running" in name:
                each.uniform_(0.5, 2)
    if kind == "encoder":
        model = model[0]
    model.eval()
    model.reset()
    return model


def texts(kind: str, seed: int = 0) -> Arrays:
    """Return ids and mask of three texts; for a classifier two of them are padded at the end."""
    ids = np.random.default_rng(seed).integers(2, len(WORDS), (3, 7))
    lengths = [7, 5, 4] if kind == "classifier" else [7, 7, 7]
    mask = np.arange(7) < np.array(lengths)[:, None]
    return {"ids": np.where(mask, ids, 1).astype(np.int32), "mask": mask}


def computed(kind: str, model: Any, given: Arrays) -> Arrays:
    """Return what the reference computes: layers, scores, gradients; of two calls, the state kept.

    Gradients are those of the sum of cosines of what the second call returns, by the names of the
    library. A classifier is called once.
    """
    import torch

    ids = torch.tensor(given["ids"], dtype=torch.long)
    found: dict[str, Any] = {}
    body = model[0].module if kind == "classifier" else model if kind == "encoder" else model[0]
    outputs: list[Any] = []

    def keep(module: Any, given: Any, output: Any) -> None:
        outputs.append(output)

    hooks = [each.register_forward_hook(keep) for each in body.rnns]
    for call in range(1 if kind == "classifier" else 2):
        outputs.clear()
        result = model(ids if not call else ids.flip(1))
        result = result if kind == "encoder" else result[0]
        found |= {f"layer.{call}.{i}": each[0] for i, each in enumerate(outputs)}
        found[f"result.{call}"] = result
    for each in hooks:
        each.remove()
    torch.cos(result).sum().backward()
    found |= {
        f"gradient.{name}": each.grad
        for name, each in model.named_parameters()
        if each.grad is not None
    }
    return {name: each.detach().numpy() for name, each in found.items()}


def write(kind: str, model: Any, folder: Path, *, optimizer: bool = False) -> None:
    """Write a network as the library does: a state dict, also with that of an optimizer."""
    import torch
    from fastai.learner import save_model
    from fastai.optimizer import Adam

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}.pth"
    if optimizer:
        made_optimizer = Adam([list(model.parameters())], lr=1e-3)
        made_optimizer.step()
        save_model(path, model, made_optimizer, with_opt=True)
    else:
        torch.save(model.state_dict(), path)
    (folder / "itos.pkl").write_bytes(pickle.dumps(WORDS))


def record() -> None:
    """Write the folders of all networks, and the arrays that the reference computes."""
    shutil.rmtree(RECORDED, ignore_errors=True)
    for kind in HEADS:
        model, given = made(kind), texts(kind)
        write(kind, model, RECORDED / kind, optimizer=kind == "language")
        np.savez_compressed(RECORDED / f"{kind}.npz", **given, **computed(kind, model, given))


if __name__ == "__main__":
    record()
