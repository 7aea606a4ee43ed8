"""Tokens as readers know them: the part of the text that each stands for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.pretrained.body.batch import Batch
from chainrule.pretrained.tokenizer import Tokenizer

_NONE = -1
_CONTINUES = "##"


def token_texts(
    tokenizer: Tokenizer, batch: Batch, row: int, texts: Sequence[str]
) -> tuple[str, ...]:
    """Return the tokens of a text, or of a pair of texts, as text.

    row    the row of the batch
    texts  the text, or the text and the second text of the pair

    A token is the part of the text that it stands for, "##" in front where it continues a word;
    special and unknown tokens are written as in the vocabulary. Padding has no token.
    """
    ids, mask, words, spans, owners = (
        np.asarray(each)[row]
        for each in (batch.ids, batch.mask, batch.words, batch.spans, batch.texts)
    )
    count = int(mask.sum())
    names = tokenizer.tokens(ids[:count].tolist())
    unknown = tokenizer.special_ids.get("unk")
    found: list[str] = []
    for i, name in enumerate(names):
        begin, end = spans[i]
        part = texts[owners[i]][begin:end].strip() if owners[i] != _NONE else ""
        if not part or ids[i] == unknown:
            found.append(name)
            continue
        continues = i > 0 and words[i] == words[i - 1] and owners[i] == owners[i - 1]
        found.append(f"{_CONTINUES}{part}" if continues else part)
    return tuple(found)
