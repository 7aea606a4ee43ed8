"""The tokenizers of RoBERTa and GPT-2 from vocab.json and merges.txt: pairs of bytes are merged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.tokenizer.engine_parts import add_tokens, ids_of_roles
from chainrule.pretrained.tokenizer.fast_tokenizer import FastTokenizer
from chainrule.pretrained.tokenizer.library import library, refusals
from chainrule.pretrained.tokenizer.special_tokens import Token, TokenizerSettings
from chainrule.pretrained.tokenizer.text_lines import read_lines
from chainrule.storage import shown

_LARGEST = 100_000_000  # bytes
_LARGEST_ID = 2**31 - 1
_ROBERTA = {
    **{"bos": "<s>", "eos": "</s>", "unk": "<unk>", "sep": "</s>"},
    **{"pad": "<pad>", "cls": "<s>", "mask": "<mask>"},
}
_GPT2 = {"bos": "<|endoftext|>", "eos": "<|endoftext|>", "unk": "<|endoftext|>"}


def byte_level(
    vocabulary: Path, merges: Path, settings: TokenizerSettings, *, brackets: bool
) -> FastTokenizer:
    """Return the tokenizer of a vocab.json, ids by piece, and a merges.txt, a pair per line.

    brackets  whether texts begin and end with special tokens, as for RoBERTa and not for GPT-2

    Special tokens that the vocabulary lacks get the next ids. Raises PretrainedError for damaged
    files.
    """
    given = {role: Token(text) for role, text in (_ROBERTA if brackets else _GPT2).items()}
    settings = replace(settings, roles={**given, **settings.roles})
    pieces, pairs = _pieces(vocabulary), _pairs(merges)
    with refusals(f"{shown(vocabulary)} and {shown(merges)} cannot be used"):
        engine = _engine(pieces, pairs, settings)
        add_tokens(engine, settings)
        if brackets:
            _add_brackets(engine, settings)
        return FastTokenizer(engine, ids_of_roles(engine, settings))


def _engine(
    pieces: dict[str, int], pairs: list[tuple[str, str]], settings: TokenizerSettings
) -> Any:
    parts = library()
    engine = parts.Tokenizer(
        parts.models.BPE(
            pieces, pairs, continuing_subword_prefix="", end_of_word_suffix="", fuse_unk=False
        )
    )
    engine.pre_tokenizer = parts.pre_tokenizers.ByteLevel(add_prefix_space=_space(settings))
    engine.post_processor = parts.processors.ByteLevel(trim_offsets=False)
    engine.decoder = parts.decoders.ByteLevel()
    return engine


def _add_brackets(engine: Any, settings: TokenizerSettings) -> None:
    """Let texts begin and end with the special tokens of RoBERTa."""
    begin, end = (settings.roles[role].text for role in ("cls", "sep"))
    engine.post_processor = library().processors.RobertaProcessing(
        (end, engine.token_to_id(end)), (begin, engine.token_to_id(begin)), True, _space(settings)
    )


def _space(settings: TokenizerSettings) -> bool:
    return settings.flag("add_prefix_space") is True


def _pieces(path: Path) -> dict[str, int]:
    found = read_json(path, _LARGEST)
    if not all(type(each) is int and 0 <= each <= _LARGEST_ID for each in found.values()):
        raise PretrainedError(
            f"{shown(path)} has ids that are not whole numbers of at most {_LARGEST_ID}. It is "
            "damaged, or no vocabulary; use another copy."
        )
    return found


def _pairs(path: Path) -> list[tuple[str, str]]:
    pairs = []
    for number, line in enumerate(read_lines(path), start=1):
        parts = line.split(" ")
        if line.startswith("#version") or not line:
            continue
        if len(parts) != 2 or not all(parts):
            raise PretrainedError(
                f"{shown(path)}, line {number}: {ascii(line)[:60]} is no pair of pieces. The file "
                "is damaged, or no list of merges; use another copy."
            )
        pairs.append((parts[0], parts[1]))
    return pairs
