"""A folder of a pretrained network: configuration, weights, tokenizer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer as _Tokenizer

from chainrule.pretrained.batch import Batch
from chainrule.storage import read_arrays


@dataclass(frozen=True)
class StoredFolder:
    """What a folder holds."""

    path: Path
    config: dict[str, Any]
    weights: dict[str, Any]
    tokenizer: Any


class StoredTokenizer:
    """The tokenizer of a folder."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = _Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()

    @property
    def size(self) -> int:
        """The number of tokens of the vocabulary."""
        return int(self._tokenizer.get_vocab_size())

    def encode_batch(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Batch:
        """Return the padded batch of texts."""
        if max_length is None:
            self._tokenizer.no_truncation()
        else:
            self._tokenizer.enable_truncation(max_length)
        given = list(texts) if pairs is None else list(zip(texts, pairs, strict=True))
        found = self._tokenizer.encode_batch(given)
        longest = max(len(each.ids) for each in found)
        ids = np.zeros((len(found), longest), np.int32)
        mask = np.zeros((len(found), longest), np.bool_)
        segments = np.zeros((len(found), longest), np.int32)
        offsets = np.zeros((len(found), longest, 2), np.int32)
        for row, each in enumerate(found):
            count = len(each.ids)
            ids[row, :count], mask[row, :count] = each.ids, True
            segments[row, :count], offsets[row, :count] = each.type_ids, each.offsets
        return Batch(ids, mask, segments, offsets)


def open_folder(path: str | Path) -> StoredFolder:
    """Read a folder."""
    folder = Path(path)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights, _ = read_arrays(folder / "model.safetensors")
    stored = folder / "tokenizer.json"
    return StoredFolder(
        folder, config, weights, StoredTokenizer(stored) if stored.exists() else None
    )
