"""What a tokenizer of a pretrained network offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

NONE = -1  # where a token has no word and no text


@dataclass(frozen=True)
class Encoded:
    """A batch of texts as tokens, padded at the end to the longest.

    ids       int32 (batch, tokens); padding has the id of the padding token
    mask      bool (batch, tokens): whether a token is there, and not padding
    segments  int32 (batch, tokens): the token types, 0 for padding
    words     int32 (batch, tokens): the position of the word that a token is a part of, in its
              text, or -1 for special tokens and padding
    spans     int32 (batch, tokens, 2): the first character of a token in its text, and the one
              after its last; in the text of the word, if words were encoded. 0, 0 for special
              tokens and padding
    texts     int32 (batch, tokens): 0 for tokens of the first text of a pair, 1 for the second, -1
              for special tokens and padding
    """

    ids: Ids
    mask: Mask
    segments: Ids
    words: Ids
    spans: Ids
    texts: Ids


class Tokenizer(Protocol):
    """Turns texts into ids of tokens, as the tokenizer does with which a network was trained."""

    @property
    def pad_id(self) -> int:
        """The id of padding: of the padding token, or 0 in a vocabulary without one."""

    @property
    def vocab_size(self) -> int:
        """The number that all ids are below."""

    @property
    def special_ids(self) -> Mapping[str, int]:
        """The ids of special tokens by role: "bos", "eos", "unk", "sep", "pad", "cls", "mask"."""

    def encode_batch(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> tuple[Ids, Mask, Ids]:
        """Return ids, mask and segments of texts, or of pairs of texts, as in `Encoded`.

        max_length  the largest number of tokens, special ones included; of a pair the longer text
                    is truncated first
        """

    def encode(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Encoded:
        """Return what `encode_batch` does, and where each token comes from."""

    def encode_words(
        self, sentences: Sequence[Sequence[str]], max_length: int | None = None
    ) -> Encoded:
        """Return the tokens of sentences that are given as words; `words` counts these."""

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens of ids, as they are written in the vocabulary."""

    def decode(self, ids: Sequence[int], *, special: bool = False) -> str:
        """Return ids as text, without special tokens unless `special`."""
