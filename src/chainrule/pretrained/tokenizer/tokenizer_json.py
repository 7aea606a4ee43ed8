"""The tokenizer of a tokenizer.json, which describes all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.tokenizer.engine_parts import add_tokens, ids_of_roles
from chainrule.pretrained.tokenizer.fast_tokenizer import FastTokenizer
from chainrule.pretrained.tokenizer.library import library, refusals
from chainrule.pretrained.tokenizer.special_tokens import Token, TokenizerSettings, require_id
from chainrule.storage import shown

_LARGEST = 200_000_000  # bytes
_USUAL = {
    "bos": ("<s>",),
    "eos": ("</s>",),
    "unk": ("[UNK]", "<unk>"),
    "sep": ("[SEP]", "</s>"),
    "pad": ("[PAD]", "<pad>"),
    "cls": ("[CLS]", "<s>"),
    "mask": ("[MASK]", "<mask>"),
}
# The fields of BERT's normaliser that tokenizer_config.json may change.
_NORMALIZER = {
    "do_lower_case": "lowercase",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "handle_chinese_chars",
}


def from_tokenizer_json(
    path: Path, settings: TokenizerSettings, lower: bool | None
) -> FastTokenizer:
    """Return the tokenizer of a tokenizer.json; truncation and padding in it are switched off.

    lower  whether text is lower-cased; None for what the file says, or tokenizer_config.json if
           that says otherwise

    Raises PretrainedError for a damaged file, and for `lower` with another normaliser than BERT's.
    """
    described = read_json(path, _LARGEST)
    _require_ids(path, described)
    with refusals(f"{shown(path)} cannot be read as a tokenizer"):
        engine = library().Tokenizer.from_str(json.dumps(described))
        _normalise(path, engine, settings, lower)
        settings = replace(settings, roles={**_usual(engine), **settings.roles})
        add_tokens(engine, settings)
        return FastTokenizer(engine, ids_of_roles(engine, settings))


def _require_ids(path: Path, described: dict[str, Any]) -> None:
    """Raise PretrainedError for ids that are too large; other errors are the library's to find."""
    model, added = described.get("model"), described.get("added_tokens")
    pieces = model.get("vocab") if isinstance(model, dict) else None
    for each in pieces.values() if isinstance(pieces, dict) else ():
        require_id(path.name, each)
    for each in added if isinstance(added, list) else ():
        require_id(path.name, each.get("id") if isinstance(each, dict) else None)


def _usual(engine: Any) -> dict[str, Token]:
    """Return the usual special tokens that the vocabulary has, by role."""
    found = {
        role: [each for each in texts if engine.token_to_id(each) is not None]
        for role, texts in _USUAL.items()
    }
    return {role: Token(texts[0]) for role, texts in found.items() if texts}


def _normalise(path: Path, engine: Any, settings: TokenizerSettings, lower: bool | None) -> None:
    normalizer = engine.normalizer
    if not isinstance(normalizer, library().normalizers.BertNormalizer):
        if lower is not None:
            raise PretrainedError(
                f"{shown(path)} was to be read with lower={lower}, but its normaliser is not that "
                "of BERT, the only one that can be changed. Leave lower out."
            )
        return
    for name, field in _NORMALIZER.items():
        if settings.flag(name) is not None:
            setattr(normalizer, field, settings.flag(name))
    if lower is not None:
        normalizer.lowercase = lower
    engine.normalizer = normalizer
