"""The tokenizer of a folder, if there is one."""

from __future__ import annotations

from importlib.util import find_spec

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import PretrainedFolder
from chainrule.pretrained.tokenizer import Tokenizer, open_tokenizer

_VOCABULARIES = {"tokenizer.json", "vocab.txt", "vocab.json"}


def stored_tokenizer(
    folder: PretrainedFolder, lower: bool | None, vocabulary: int
) -> Tokenizer | None:
    """Return the tokenizer; None if the folder, or the package tokenizers, is not there.

    Raises PretrainedError for a damaged one, and for one with ids from `vocabulary` on.
    """
    if not _VOCABULARIES & set(folder.tokenizer_files) or find_spec("tokenizers") is None:
        return None
    tokenizer = open_tokenizer(folder, lower=lower)
    if tokenizer.vocab_size > vocabulary:
        raise PretrainedError(
            f"The tokenizer has ids up to {tokenizer.vocab_size - 1}, but the network has a table "
            f"of {vocabulary} tokens. Use the tokenizer that belongs to the weights."
        )
    return tokenizer
