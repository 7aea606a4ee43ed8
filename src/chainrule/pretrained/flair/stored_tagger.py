"""Flair's sequence tagger from its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import count, word
from chainrule.pretrained.files.torch.torch_file import TorchFile
from chainrule.pretrained.files.weights import StoredArray
from chainrule.pretrained.flair.characters import CharacterTable
from chainrule.pretrained.flair.dictionaries import entries_of
from chainrule.pretrained.flair.language_model import CharacterLanguageModel
from chainrule.pretrained.flair.sequence_tagger import (
    START,
    STOP,
    FlairTagger,
    FlairTaggerSettings,
)
from chainrule.pretrained.flair.stored_model import (
    arrays_of,
    filled,
    require_shapes,
    settings_of_flair,
)
from chainrule.storage import shown

_MOST_LAYERS = 64
_TRANSITIONS = "crf.transitions"
Arrays = dict[str, StoredArray]


def tagger_of(path: Path, found: TorchFile, random: np.random.Generator) -> FlairTagger:
    """Return the tagger of a file of Flair that was opened, in inference mode."""
    value, title = found.value, shown(path)
    arrays = _renamed(arrays_of(path, value.get("state_dict"), found))
    encoders = [*_encoders(path, value.get("embeddings"), arrays, random)]
    own = {name: each for name, each in arrays.items() if not name.startswith("embeddings.")}
    tags = entries_of(value.get("tag_dictionary"), f"In {title}, tag_dictionary")
    settings = _settings(path, value, tags)
    require_shapes(path, _shapes(settings, sum(each.width for each in encoders)), own)
    net = FlairTagger(encoders, settings, random)
    own_state = {name.removeprefix("crf."): each.read() for name, each in own.items()}
    state = net.state()
    net.load_state({**state, **own_state})
    net.eval()
    return net


def _renamed(arrays: Arrays) -> Arrays:
    """Return arrays by today's names: older files have the transitions at the top."""
    names = {"transitions": _TRANSITIONS}
    return {names.get(name, name): each for name, each in arrays.items()}


def _settings(path: Path, value: Mapping[str, Any], tags: tuple[str, ...]) -> FlairTaggerSettings:
    for name, wanted in (("rnn_type", "LSTM"), ("train_initial_hidden_state", False)):
        if value.get(name, wanted) != wanted:
            raise PretrainedError(
                f"The tagger of {shown(path)} has {name} {value[name]!r:.80}. Only {wanted} is "
                "supported: use another tagger."
            )
    crf, recurrent = value.get("use_crf") is True, value.get("use_rnn", True) is True
    missing = [each for each in (START, STOP) if each not in tags]
    if crf and missing:
        raise PretrainedError(
            f"The tags of {shown(path)} lack {' and '.join(missing)}, which its CRF needs. Use "
            "another copy of the file."
        )
    layers = count(value, "rnn_layers", 1)
    if layers > _MOST_LAYERS:
        raise PretrainedError(f"{shown(path)} has {layers} layers, more than {_MOST_LAYERS}.")
    return FlairTaggerSettings(
        tags=tags,
        hidden=count(value, "hidden_size", 0) if recurrent else 0,
        layers=layers,
        projected=value.get("reproject_embeddings", True) is True,
        crf=crf,
    )


def _encoders(
    path: Path, found: Any, arrays: Arrays, random: np.random.Generator
) -> Iterator[CharacterLanguageModel]:
    """Yield the language models of a tagger, in the order of their vectors."""
    if not isinstance(found, dict):
        raise PretrainedError(
            f"The embeddings of {shown(path)} are an object of an older version of Flair, which "
            "is not read. Load and save the tagger with a newer one."
        )
    stacked = word(found, "__cls__", "") == "StackedEmbeddings"
    listed = found.get("embeddings") if stacked else [found]
    if not isinstance(listed, list) or not listed:
        raise PretrainedError(f"{shown(path)} has no list of embeddings. Use another copy.")
    for number, each in enumerate(listed):
        prefix = f"embeddings.list_embedding_{number}.lm." if stacked else "embeddings.lm."
        yield _encoder(path, each, _below(arrays, prefix), random)


def _encoder(
    path: Path, found: Any, arrays: Arrays, random: np.random.Generator
) -> CharacterLanguageModel:
    kind = word(found, "__cls__", "") if isinstance(found, dict) else type(found).__name__
    if kind != "FlairEmbeddings":
        raise PretrainedError(
            f"The tagger of {shown(path)} reads {ascii(kind)[:80]}. Only FlairEmbeddings are "
            "supported: use a tagger of these alone."
        )
    for name, wanted in (("is_lower", False), ("tokenized_lm", True), ("with_whitespace", True)):
        if found.get(name, wanted) is not wanted:
            raise PretrainedError(
                f"The embeddings of {shown(path)} have {name} {found[name]!r:.80}. Only {wanted} "
                "is supported: use another tagger."
            )
    parts = found.get("model_params")
    if not isinstance(parts, dict):
        raise PretrainedError(f"The embeddings of {shown(path)} have no model_params.")
    entries = entries_of(parts.get("dictionary"), f"In {shown(path)}, the dictionary of embeddings")
    return filled(path, settings_of_flair(parts), CharacterTable(entries), arrays, random)


def _below(arrays: Arrays, prefix: str) -> Arrays:
    found = {name: each for name, each in arrays.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): each for name, each in found.items()}


def _shapes(settings: FlairTaggerSettings, width: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tagger's own parameters by Flair's names."""
    tags, shapes = len(settings.tags), dict[str, tuple[int, ...]]()
    if settings.projected:
        shapes |= {"embedding2nn.weight": (width, width), "embedding2nn.bias": (width,)}
    for layer in range(settings.layers if settings.hidden else 0):
        entering, gates = 2 * settings.hidden if layer else width, 4 * settings.hidden
        for ending in (f"_l{layer}", f"_l{layer}_reverse"):
            shapes[f"rnn.weight_ih{ending}"] = (gates, entering)
            shapes[f"rnn.weight_hh{ending}"] = (gates, settings.hidden)
            shapes |= {f"rnn.bias_{part}{ending}": (gates,) for part in ("ih", "hh")}
    hidden = 2 * settings.hidden or width
    shapes |= {"linear.weight": (tags, hidden), "linear.bias": (tags,)}
    return shapes | ({_TRANSITIONS: (tags, tags)} if settings.crf else {})
