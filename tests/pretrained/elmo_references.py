"""A small ELMo network with random weights, and the layers that AllenNLP computes.

`python tests/pretrained/elmo_references.py` records them in the folder `references/elmo` here. It
needs torch and h5py, and AllenNLP 2.10.1 without what it depends on (`pip install --no-deps`): its
pins exclude newer versions of torch, and its ELMo uses none of the rest. Stand-ins are imported in
place of these packages.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from elmo_twin import SENTENCES, changed, write

RECORDED = Path(__file__).parent / "references" / "elmo"
OPTIONS = changed(char_cnn={"max_characters_per_token": 50})
_UNUSED = (
    *("spacy", "fairscale", "nltk", "tensorboardX", "wandb", "lmdb", "base58", "sacremoses"),
    *("termcolor", "_jsonnet", "torchvision", "more_itertools", "boto3", "botocore", "google"),
    *("transformers", "cached_path", "filelock", "sklearn", "scipy", "huggingface_hub", "rich"),
    *("pytest", "typer", "PIL", "traitlets", "checklist", "sentencepiece", "datasets"),
)
RECORDED_SENTENCES = [[word for word in each if word] for each in SENTENCES]


class _Anything:
    """Stands for a class, an object or a decorator of a package that is not there."""

    def __init__(self, *given: Any, **options: Any) -> None: ...

    def __call__(self, *given: Any, **options: Any) -> Any:
        return given[0] if given and callable(given[0]) else _Anything()

    def __getattr__(self, name: str) -> Any:
        return _Anything()

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


class _Missing(ModuleType):
    """A module in which every name is a new class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = type(name, (_Anything,), {})
        setattr(self, name, found)
        return found


class _StandIns(MetaPathFinder, Loader):
    """Finds the packages that are not used."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> Any:
        known = name.split(".")[0] in _UNUSED
        return ModuleSpec(name, self, is_package=True) if known else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Missing(spec.name)

    def exec_module(self, module: ModuleType) -> None: ...


def record() -> None:
    """Write the files of the network, and all layers of the sentences."""
    sys.meta_path.insert(0, _StandIns())
    import torch
    from allennlp.modules import elmo, elmo_lstm

    elmo.cached_path = elmo_lstm.cached_path = lambda path, *rest, **options: path
    write(RECORDED, OPTIONS)
    net = elmo._ElmoBiLm(str(RECORDED / "options.json"), str(RECORDED / "weights.hdf5")).eval()
    with torch.no_grad():
        out = net(elmo.batch_to_ids(RECORDED_SENTENCES))
    layers = [elmo.remove_sentence_boundaries(x, out["mask"])[0] for x in out["activations"]]
    np.savez_compressed(
        RECORDED / "computed.npz", **{f"layer.{k}": x.numpy() for k, x in enumerate(layers)}
    )


if __name__ == "__main__":
    record()
