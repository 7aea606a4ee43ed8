"""The state of an unfinished training in a file, from which it is continued bit for bit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chainrule import ChainruleError
from chainrule.storage import read_arrays, shown, write_arrays
from chainrule.word2vec.corpus import Corpus
from chainrule.word2vec.settings import Settings
from chainrule.word2vec.step import Word2VecStep

_POSITION, _STEPS = "position", "optimizer.steps"


@dataclass(frozen=True)
class Position:
    """How far a training is: whole epochs, and steps in the epoch after them."""

    epoch: int = 0
    step: int = 0


def checkpoint_path(out: Path) -> Path:
    """Return the file beside `out` in which the state of an unfinished training is stored."""
    return out.with_name(f"{out.name}.checkpoint")


def save_checkpoint(
    path: Path, step: Word2VecStep, position: Position, corpus: Corpus, settings: Settings
) -> None:
    """Write the state of a training, atomically; raises StorageError."""
    arrays = {name: each.value for name, each in step.state().items()}
    arrays[_POSITION] = np.array([position.epoch, position.step], np.int64)
    write_arrays(path, arrays, _described(corpus, settings))


def load_checkpoint(path: Path, step: Word2VecStep, corpus: Corpus, settings: Settings) -> Position:
    """Restore the state of a training, and return its position.

    Raises ChainruleError, and changes nothing, if the file belongs to another text or other
    settings, StorageError if it cannot be read.
    """
    arrays, metadata = read_arrays(path)
    for name, wanted in _described(corpus, settings).items():
        if metadata.get(name) != wanted:
            raise ChainruleError(
                f"{shown(path)} was written with another {name}: {metadata.get(name, 'none')}, and "
                f"now {wanted}. Repeat the first command with --resume, or remove the file to "
                "start anew."
            )
    state = step.state()
    wanted_kinds = {name: (each.value.shape, each.value.dtype) for name, each in state.items()}
    wanted_kinds[_POSITION] = (2,), np.dtype(np.int64)
    position = arrays.get(_POSITION, np.zeros(0)).tolist()
    steps = arrays.get(_STEPS, np.zeros(()))
    if (
        {name: (each.shape, each.dtype) for name, each in arrays.items()} != wanted_kinds
        or not 0 <= position[0] <= settings.epochs
        or not 0 <= position[1] <= steps.item()
    ):
        raise ChainruleError(
            f"{shown(path)} is damaged: it does not hold the state of this training. Remove it to "
            "start anew."
        )
    for name, each in state.items():
        each.assign(arrays[name])
    return Position(*position)


def _described(corpus: Corpus, settings: Settings) -> dict[str, str]:
    return {"settings": json.dumps(settings.model_dump()), "text": corpus.digest}
