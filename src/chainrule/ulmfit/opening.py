"""The language model that a classifier begins with, from the folder that a user names."""

from __future__ import annotations

from pathlib import Path

from chainrule.pretrained import load
from chainrule.pretrained.recognition import recognised
from chainrule.pretrained.ulmfit import UlmfitNetwork
from chainrule.pretrained.ulmfit.family import ULMFIT
from chainrule.storage import shown
from chainrule.ulmfit.errors import UlmfitError


def open_language_model(path: Path, seed: int = 0) -> UlmfitNetwork:
    """Return the language model of a folder.

    Raises UlmfitError for a network of another family; PretrainedError and StorageError as `load`.
    """
    if path.exists() and recognised(path) is not ULMFIT:
        raise UlmfitError(
            f"{shown(path)} was to be read as a language model of ULMFiT, but holds none. Give the "
            "folder that `chainrule ulmfit pretrain` wrote, or that of a model of fastai: a .pth "
            "and a .pkl file."
        )
    net: UlmfitNetwork = load(path, head="language-model", random=seed)
    return net
