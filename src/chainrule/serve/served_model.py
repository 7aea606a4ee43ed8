"""A tagger that is ready to answer, with what identifies it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chainrule.ner import ModelError, Tagger, load
from chainrule.serve.batch_queue import Item
from chainrule.storage import shown, standing
from chainrule.storage.paths import AnyPath

WEIGHTS = "model.safetensors"
_TRIES = 50
# Arrays of each size are planned when they are first met: those of one sentence depend on its
# words, those of a batch on all words together, unless a pretrained network reads the sentences.
_LENGTHS = (4, 12, 20, 28, 36, 44, 52, 60)
_BATCHES = (2, 100, 200, 300, 400)


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A tagger, its name, the SHA-256 of its weights, and when it was loaded.

    name      the name of the folder
    checksum  the SHA-256 of model.safetensors, which also depends on the configuration
    loaded    the time, UTC
    """

    tagger: Tagger
    name: str
    checksum: str
    loaded: datetime

    @property
    def labels(self) -> list[str]:
        """The types of entities, sorted."""
        return sorted({tag.partition("-")[2] for tag in self.tagger.tags} - {""})

    def answers(self, items: Sequence[Item]) -> list[Any]:
        """Return the entities of each text, and the tags of each sentence of words."""
        texts = [each for each in items if isinstance(each, str)]
        sentences = [each for each in items if not isinstance(each, str)]
        found_entities = iter(self.tagger.entities(texts) if texts else ())
        found_tags = iter(self.tagger.tag(sentences) if sentences else ())
        return [
            next(found_entities) if isinstance(each, str) else list(next(found_tags))
            for each in items
        ]


def open_model(folder: AnyPath) -> ServedModel:
    """Load the tagger of a folder and tag some text, so that its native code is ready.

    Raises ModelError if the folder holds no usable tagger.
    """
    path = Path(folder)
    for _ in range(_TRIES):
        before = _digest(path)
        tagger = load(path)
        if before == _digest(path):
            model = ServedModel(tagger, path.resolve().name, before, datetime.now(UTC))
            _warm_up(model)
            return model
    raise ModelError(f"{shown(path)} was replaced each time that it was read. Load it again later.")


def files_of(folder: AnyPath) -> dict[str, tuple[int, int, int]]:
    """Return inode, size and time of change of every file of a model, by its path.

    They differ after the folder was replaced or a file in it was written.
    """
    place = standing(Path(folder))
    found = {}
    with contextlib.suppress(OSError):  # removed meanwhile; `load` says what is missing
        for path in sorted(place.rglob("*")):
            state = path.stat()
            found[str(path.relative_to(place))] = state.st_ino, state.st_size, state.st_mtime_ns
    return found


def _digest(folder: Path) -> str:
    path = standing(folder) / WEIGHTS
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # `load` says what is missing


def _warm_up(model: ServedModel) -> None:
    word = next(iter(model.tagger.vocabulary.words[1:]), "word")
    model.answers([" ".join([word] * 12), "Ada Lovelace visited Turin.\nIt rained."])
    for length in _LENGTHS:
        model.answers([" ".join([word] * length)])
        model.answers([[word] * length])
    is_fast = model.tagger.net is None and model.tagger.lexicon.contextual is None
    for count in _BATCHES if is_fast else _BATCHES[:1]:
        model.answers([[word] * 12] * count)
