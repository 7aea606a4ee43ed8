"""Reads the files of a tagger: word vectors, character language models, the tagger itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.pretrained.files import Weights
from chainrule.pretrained.files.torch.pickle_machine import Call
from chainrule.pretrained.files.torch.tensor_globals import TENSOR_GLOBALS
from chainrule.pretrained.files.torch.tensors import TorchTensor
from chainrule.pretrained.files.torch.torch_file import TorchFile, open_torch
from chainrule.pretrained.files.weight_file import unreadable
from chainrule.pretrained.stanza.settings import Config, LetterSettings, flag, letter_settings
from chainrule.pretrained.stanza.vocabulary import Vocabulary, read_vocabulary
from chainrule.storage.errors import FormatError

_OLD = {"crit._transitions": "crits.0._transitions", "tag_clf.": "tag_clfs.0."}


def _listed(arguments: tuple[Any, ...]) -> list[Any]:
    """Return the elements of a set."""
    if len(arguments) != 1 or not isinstance(arguments[0], list):
        raise FormatError("its pickle has a set that is not made of a list")
    return arguments[0]


_GLOBALS = {
    **TENSOR_GLOBALS,
    ("__builtin__", "set"): Call(_listed),
    ("builtins", "set"): Call(_listed),
}


@dataclass(frozen=True)
class StoredTagger:
    """What the file of a tagger holds."""

    config: Config
    vocabularies: Mapping[str, Any]
    weights: Weights


@dataclass(frozen=True)
class StoredModel:
    """What the file of a character language model holds."""

    settings: LetterSettings
    weights: Weights


@dataclass(frozen=True)
class StoredVectors:
    """What a file of word vectors holds; its only array is named as in the tagger."""

    vocabulary: Vocabulary
    weights: Weights


@contextmanager
def read_as(path: Path, what: str) -> Iterator[None]:
    """Turn FormatError of the block into PretrainedError that names the file and what it is."""
    try:
        yield
    except FormatError as error:
        raise unreadable(path, what, error) from error


def read_tagger(path: Path) -> StoredTagger:
    """Return the content of the file of a tagger; raises PretrainedError for another file."""
    file = open_torch(path, _GLOBALS)
    with read_as(path, "a tagger of Stanza"):
        value = _entries(file.value, ("model", "vocab", "config"))
        weights = _weights(file, {_current(name): each for name, each in value["model"].items()})
        return StoredTagger(value["config"], value["vocab"], weights)


def read_model(path: Path, forward: bool) -> StoredModel:
    """Return the content of the file of a language model that reads in one direction."""
    file = open_torch(path, _GLOBALS)
    with read_as(path, "a character language model of Stanza"):
        found = file.value
        if isinstance(found, dict) and "state_dict" not in found and "model" in found:
            found = found["model"]  # a checkpoint of a training
        value = _entries(found, ("state_dict", "vocab", "args"))
        if flag(found, "is_forward_lm", default=True) != forward:
            raise FormatError(f"it reads {'backward' if forward else 'forward'}")
        vocabulary = read_vocabulary(value["vocab"], "CharVocab", "its vocabulary")
        settings = letter_settings(value["args"], vocabulary.count)
        return StoredModel(settings, _weights(file, value["state_dict"]))


def read_vectors(path: Path) -> StoredVectors:
    """Return the content of a file of word vectors; raises PretrainedError for another file."""
    file = open_torch(path, _GLOBALS)
    with read_as(path, "word vectors of Stanza"):
        value = _entries(file.value, ("vocab",))
        vocabulary = read_vocabulary(value["vocab"], "PretrainedWordVocab", "its vocabulary")
        return StoredVectors(vocabulary, _weights(file, {"word_emb.weight": value.get("emb")}))


def _entries(found: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return a dict whose named entries are dicts."""
    if not isinstance(found, dict) or not all(isinstance(found.get(n), dict) for n in names):
        raise FormatError(f"it has no {', '.join(names)}")
    return found


def _weights(file: TorchFile, found: Mapping[Any, Any]) -> Weights:
    for name, each in found.items():
        if not isinstance(name, str) or not isinstance(each, TorchTensor):
            raise FormatError(f"{ascii(name)[:200]} is no array by name")
        if each.elements.dtype.kind != "f":
            raise FormatError(f"{ascii(name)[:200]} has no floating-point numbers")
    return Weights({name: file.array(each) for name, each in found.items()})


def _current(name: Any) -> Any:
    """Return the name of an array in files of today; those of one column had others once."""
    for old, new in _OLD.items():
        if isinstance(name, str) and name.startswith(old):
            return new + name.removeprefix(old)
    return name
