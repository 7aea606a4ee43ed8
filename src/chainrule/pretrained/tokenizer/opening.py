"""Opens the tokenizer of a folder, whichever files describe it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.folder import PretrainedFolder, tokenizer_files
from chainrule.pretrained.files.hub_folder import network_folder
from chainrule.pretrained.tokenizer.byte_level import byte_level
from chainrule.pretrained.tokenizer.protocol import Tokenizer
from chainrule.pretrained.tokenizer.special_tokens import TokenizerSettings, read_settings
from chainrule.pretrained.tokenizer.tokenizer_json import from_tokenizer_json
from chainrule.pretrained.tokenizer.word_piece import word_piece
from chainrule.storage import printable, shown
from chainrule.storage.paths import AnyPath

_JSON, _PIECES, _VOCABULARY, _MERGES = "tokenizer.json", "vocab.txt", "vocab.json", "merges.txt"
_SENTENCEPIECE = ("sentencepiece.bpe.model", "spiece.model")
_WORD_PIECE = ("", "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MPNetTokenizer")


def open_tokenizer(source: PretrainedFolder | AnyPath, *, lower: bool | None = None) -> Tokenizer:
    """Return the tokenizer of a pretrained network.

    source  an opened folder, or the path of one, which may hold the files of a tokenizer alone
    lower   whether text is lower-cased; None for what the files say

    The first of these is taken: tokenizer.json, the vocab.txt of BERT, the vocab.json and
    merges.txt of RoBERTa and GPT-2. Raises PretrainedError if there is none of them, for damaged
    files, for kinds of tokenizers that are not known, and without the package tokenizers:
    pip install 'chainrule[pretrained]'.
    """
    if isinstance(source, PretrainedFolder):
        folder, files = source.path, source.tokenizer_files
        kind = str(source.config.get("model_type", ""))
    else:
        folder = network_folder(source)
        files, kind = tokenizer_files(folder), ""
    settings = read_settings(files)
    if _JSON in files:
        return from_tokenizer_json(files[_JSON], settings, lower)
    if _PIECES in files:
        _require_word_piece(folder, settings)
        return word_piece(files[_PIECES], settings, lower)
    if _VOCABULARY in files and _MERGES in files:
        return _of_bytes(folder, files, settings, lower, kind)
    raise _no_tokenizer(folder, files)


def _require_word_piece(folder: Path, settings: TokenizerSettings) -> None:
    if settings.tokenizer_class not in _WORD_PIECE:
        raise PretrainedError(
            f"{shown(folder)} has a vocab.txt for {printable(settings.tokenizer_class)}, and only "
            "that of BERT is read. Convert it to tokenizer.json with the library that wrote it."
        )


def _of_bytes(
    folder: Path,
    files: Mapping[str, Path],
    settings: TokenizerSettings,
    lower: bool | None,
    kind: str,
) -> Tokenizer:
    if lower is not None:
        raise PretrainedError(
            f"{shown(folder)} was to be read with lower={lower}, but its tokenizer divides bytes, "
            "which keep their case. Leave lower out, or change the texts."
        )
    name = settings.tokenizer_class or {"roberta": "RobertaTokenizer", "gpt2": "GPT2Tokenizer"}.get(
        kind, ""
    )
    if name not in ("RobertaTokenizer", "GPT2Tokenizer"):
        raise PretrainedError(
            f"{shown(folder)} has vocab.json and merges.txt for {printable(name) or 'no class'}, "
            "where RobertaTokenizer or GPT2Tokenizer is expected as tokenizer_class in "
            "tokenizer_config.json. Convert it to tokenizer.json with the library that wrote it."
        )
    brackets = name == "RobertaTokenizer"
    return byte_level(files[_VOCABULARY], files[_MERGES], settings, brackets=brackets)


def _no_tokenizer(folder: Path, files: Mapping[str, Path]) -> PretrainedError:
    found = [each for each in _SENTENCEPIECE if each in files]
    if found:
        return PretrainedError(
            f"{shown(folder)} has {found[0]} alone for a tokenizer, which is not read. Write a "
            "tokenizer.json beside it: AutoTokenizer.from_pretrained(folder) of the package "
            "transformers converts it, and its save_pretrained(folder) writes the file."
        )
    return PretrainedError(
        f"{shown(folder)} has no tokenizer: neither {_JSON} nor {_PIECES}, nor {_VOCABULARY} with "
        f"{_MERGES}. Copy the files of the tokenizer into it."
    )
