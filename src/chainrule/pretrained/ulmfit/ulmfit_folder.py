"""The folder of a network as the reference library lays it out: a .pth and a .pkl file."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import Weights
from chainrule.pretrained.files.hub_folder import file_in, network_folder
from chainrule.pretrained.files.torch.pickle_machine import Call, StandIn
from chainrule.pretrained.files.torch.plain_pickle import read_plain_pickle
from chainrule.pretrained.files.torch.state_dict_file import write_state_dict
from chainrule.pretrained.files.torch.tensor_globals import TENSOR_GLOBALS
from chainrule.pretrained.files.torch.tensors import TorchTensor
from chainrule.pretrained.files.torch.torch_file import open_torch
from chainrule.storage import StorageError, reason, replace_folder, require_replaceable, shown
from chainrule.storage.paths import AnyPath

WEIGHTS, WORDS = ".pth", ".pkl"
_WEIGHTS_NAME, _WORDS_NAME = "model" + WEIGHTS, "vocabulary" + WORDS
_MOST_WORDS = 10_000_000
# Optimizers are saved with their options in a list of a class of its own.
_GLOBALS = {**TENSOR_GLOBALS, ("fastcore.foundation", "L"): Call(lambda _: StandIn("L"))}


@dataclass(frozen=True)
class UlmfitFolder:
    """The opened folder of a network; arrays are not read.

    weights  the arrays by the names of the file
    words    the vocabulary
    """

    path: Path
    weights: Weights
    words: tuple[str, ...]


def is_ulmfit(path: Path) -> bool:
    """Return whether a folder has one .pth file, one .pkl file, and no config.json."""
    try:
        names = [each.name for each in path.iterdir()]
    except (OSError, ValueError):
        return False
    counts = [sum(name.endswith(ending) for name in names) for ending in (WEIGHTS, WORDS)]
    return counts == [1, 1] and "config.json" not in names


def open_ulmfit(path: AnyPath) -> UlmfitFolder:
    """Open the folder of a network; nothing in its files is executed.

    path  a folder with one .pth file, a state dict, also with that of an optimizer, and one .pkl
          file, the list of words

    Raises PretrainedError for damaged files and unknown content, StorageError for files that cannot
    be opened.
    """
    folder = network_folder(path)
    weights, words = (_single(folder, ending) for ending in (WEIGHTS, WORDS))
    return UlmfitFolder(folder, _weights(weights), _words(words))


def _single(folder: Path, ending: str) -> Path:
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(ending))
    found = file_in(folder, names[0]) if len(names) == 1 else None
    if found is None:
        raise PretrainedError(
            f"{shown(folder)} has {len(names)} files that end in {ending}, where one was expected: "
            "a .pth file with the weights and a .pkl file with the list of words."
        )
    return found


def _weights(path: Path) -> Weights:
    """Return the arrays of a state dict, or of the entry "model" beside that of an optimizer."""
    found = open_torch(path, _GLOBALS)
    state = found.value
    if isinstance(state, dict) and isinstance(state.get("model"), dict):
        state = state["model"]
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(each, TorchTensor) for name, each in state.items()
    ):
        raise PretrainedError(
            f"{shown(path)} holds no state dict, tensors by name, alone or as the entry "
            '"model". Save the model alone: learn.save, learn.save_encoder or torch.save of '
            "model.state_dict()."
        )
    return Weights({name: found.array(each) for name, each in state.items()})


def _words(path: Path) -> tuple[str, ...]:
    found: Any = read_plain_pickle(path)
    if (
        not isinstance(found, list)
        or not all(isinstance(each, str) for each in found)
        or not 0 < len(found) <= _MOST_WORDS
    ):
        raise PretrainedError(
            f"{shown(path)} holds no list of words. It has to be the pickle of a plain list of "
            "texts, in which the place of a word is its id."
        )
    return tuple(found)


def write_ulmfit(path: AnyPath, arrays: Mapping[str, Array], words: Sequence[str]) -> None:
    """Write the folder of a network; an earlier one there is replaced as a whole.

    Raises PretrainedError for a folder with other files, StorageError if it cannot be written.
    """

    def write(fresh: Path) -> None:
        with (fresh / _WEIGHTS_NAME).open("wb") as file:
            write_state_dict(file, arrays)
        (fresh / _WORDS_NAME).write_bytes(pickle.dumps(list(words), protocol=2))

    try:
        target = Path(path).resolve()
        require_replaceable(target, _is_written)
        replace_folder(target, write)
    except StorageError:
        raise
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{shown(path)} cannot be written: {reason(error)}.") from error


def require_writable(path: AnyPath) -> None:
    """Raise StorageError unless a network can be written to a folder; nothing is written.

    The folder may be new, empty, or hold an earlier network, which will be replaced.
    """
    require_replaceable(Path(path).resolve(), _is_written)


def _is_written(folder: Path) -> bool:
    return {each.name for each in folder.iterdir()} <= {_WEIGHTS_NAME, _WORDS_NAME}
