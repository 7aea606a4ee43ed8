"""Loading of ULMFiT networks: the folder is checked before a network is returned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from chainrule.nn import Module
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.stored_family import LoadRequest, StoredFamily
from chainrule.pretrained.ulmfit.array_names import (
    body_names,
)
from chainrule.pretrained.ulmfit.awd_lstm import AWDLSTM
from chainrule.pretrained.ulmfit.network import UlmfitNetwork
from chainrule.pretrained.ulmfit.sizes import CLASSIFICATION, LANGUAGE
from chainrule.pretrained.ulmfit.source import UlmfitSource
from chainrule.pretrained.ulmfit.stored_network import StoredNetwork
from chainrule.pretrained.ulmfit.ulmfit_folder import UlmfitFolder, is_ulmfit, open_ulmfit
from chainrule.pretrained.ulmfit.word_tokenizer import WordTokenizer

HEADS = ("language-model", "classification")
_SOME_BATCHES = 1000  # seen by a normalisation whose file does not say how many


def load(path: Path, request: LoadRequest) -> UlmfitNetwork:
    """Return the network of a folder, in inference mode; see `chainrule.pretrained.load`."""
    _require_head(request)
    stored = StoredNetwork(open_ulmfit(path))
    sizes = stored.sizes()
    dropouts = CLASSIFICATION if request.head == "classification" else LANGUAGE
    body = AWDLSTM(sizes, request.random, dropouts)
    head, labels = stored.head(request, sizes)
    names = stored.head_names(head)
    stored.require_match(body, head, names)
    _fill(body, stored.folder, body_names(stored.layers, stored.prefix))
    if head is not None:
        _fill(head, stored.folder, names)
    source = UlmfitSource(
        stored.folder.path,
        request.head,
        labels,
        WordTokenizer(stored.folder.words),
        tuple(f"head.{each}" for each in _paths(head) if each not in names),
        tuple(each for each in stored.others() if each not in names.values()),
    )
    net = UlmfitNetwork(body, head, source).eval()
    net.named_parameters()
    return net


def _fill(module: Module, folder: UlmfitFolder, names: Mapping[str, str]) -> None:
    parameters = module.named_parameters()
    for ours, theirs in names.items():
        known = theirs in folder.weights  # all are, but for a count of batches in older files
        value = folder.weights[theirs] if known else np.array(_SOME_BATCHES)
        parameters[ours].assign(value.astype(parameters[ours].dtype, copy=False))


def _paths(head: Module | None) -> list[str]:
    return [] if head is None else [*head.named_parameters()]


def _require_head(request: LoadRequest) -> None:
    if request.head is not None and request.head not in HEADS:
        raise PretrainedError(
            f"The head {request.head!r} was asked for. Heads of ULMFiT are {', '.join(HEADS)}; "
            "None is for no head."
        )
    if request.labels is not None and request.head != "classification":
        raise PretrainedError(
            f"labels={request.labels!r} were given with the head {request.head!r}, which has no "
            "labels. Labels are for the head 'classification'."
        )


ULMFIT = StoredFamily("ULMFiT", is_ulmfit, load, classifies=True)
