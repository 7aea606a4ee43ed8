"""The pretrained network of a tagger: read from a folder, and kept in the folder of the model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from chainrule.ner.errors import ModelError
from chainrule.ner.settings import Settings
from chainrule.pretrained import PretrainedNetwork, load
from chainrule.storage import reading, shown
from chainrule.storage.paths import AnyPath

_BLOCK = 1 << 20


def open_encoder(folder: AnyPath, settings: Settings) -> PretrainedNetwork:
    """Return the network of a folder, without head and pooler, ready to be an encoder.

    Raises PretrainedError for a folder that cannot be read, or without a tokenizer; ModelError for
    settings that the network cannot follow.
    """
    net = load(folder, random=settings.seed)
    if not isinstance(net, PretrainedNetwork):
        raise ModelError(
            f"The network of {shown(folder)}, a {type(net).__name__}, was to be the encoder of a "
            "tagger. Give the folder of BERT, DistilBERT, RoBERTa or XLM-R."
        )
    net.body.pooler = None
    _ = net.tokenizer  # raises PretrainedError if there is none
    layers, longest = len(net.body.layers), net.body.settings.longest
    if settings.last is not None and settings.last > layers:
        raise ModelError(
            f"--last {settings.last} was asked for, but the network of {shown(folder)} has "
            f"{layers} layers. Give a smaller number, or leave it out to train everything."
        )
    if settings.max_length is not None and settings.max_length > longest:
        raise ModelError(
            f"--max-length {settings.max_length} was asked for, but the network of {shown(folder)} "
            f"has positions for {longest} tokens. Give at most that many."
        )
    return net


def makes_lower_case(net: PretrainedNetwork) -> bool:
    """Return whether the tokenizer of a network reads capitals as small letters."""
    upper, lower = net.tokenizer.encode_words([["A"], ["a"]]).ids
    return bool((upper == lower).all())


def has_capitals(net: PretrainedNetwork) -> bool:
    """Return whether tokens of the vocabulary, special ones left out, have capitals."""
    special = {*net.tokenizer.special_ids.values()}
    tokens = net.tokenizer.tokens([*set(range(net.tokenizer.vocab_size)) - special])
    return any(each.lower() != each and each[:1] not in "[<" for each in tokens)


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file of a folder by name."""
    return {each.name: _digest(each) for each in sorted(folder.iterdir())}


def require_digests(folder: Path, wanted: dict[str, str]) -> None:
    """Raise ModelError unless a folder holds the files that were saved with the tagger."""
    wrong = [*_differing(folder, wanted)]
    if wrong:
        raise ModelError(
            f"{shown(folder.parent)} does not hold a usable tagger: of its pretrained network, "
            f"{', '.join(wrong)}. Use another copy, or train it again."
        )


def _differing(folder: Path, wanted: dict[str, str]) -> Iterator[str]:
    for name, digest in wanted.items():
        path = folder / name
        if not path.is_file():
            yield f"{name!a} is missing"
        elif _digest(path) != digest:
            yield f"{name!a} was changed, is damaged or belongs to another tagger"


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with reading(path) as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
