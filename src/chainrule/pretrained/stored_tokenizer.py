"""The tokenizer of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.pretrained.batch import Batch


class StoredTokenizer:
    """The tokenizer of a folder."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()

    @property
    def vocab_size(self) -> int:
        """The number of tokens of the vocabulary."""
        return int(self._tokenizer.get_vocab_size())

    def encode(
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
        spans = np.zeros((len(found), longest, 2), np.int32)
        for row, each in enumerate(found):
            count = len(each.ids)
            ids[row, :count], mask[row, :count] = each.ids, True
            segments[row, :count], spans[row, :count] = each.type_ids, each.offsets
        return Batch(ids, mask, segments, None, spans)


def open_tokenizer(folder: Any, lower: bool | None) -> StoredTokenizer | None:
    """Open it."""
    stored = folder.tokenizer_files.get("tokenizer.json")
    return StoredTokenizer(stored) if stored else None
