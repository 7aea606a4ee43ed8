"""The tokenizer of BERT from vocab.txt: words are divided into pieces, the longest first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.tokenizer.engine_parts import add_tokens, ids_of_roles
from chainrule.pretrained.tokenizer.fast_tokenizer import FastTokenizer
from chainrule.pretrained.tokenizer.library import library, refusals
from chainrule.pretrained.tokenizer.special_tokens import Token, TokenizerSettings
from chainrule.pretrained.tokenizer.text_lines import read_lines
from chainrule.storage import shown

_SPECIAL = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
_NEEDED = ("unk", "sep", "cls")


def word_piece(vocabulary: Path, settings: TokenizerSettings, lower: bool | None) -> FastTokenizer:
    """Return the tokenizer of a vocab.txt with one piece per line; the line is the id.

    lower  whether text is lower-cased; None for what the settings say, which is yes by default

    Raises PretrainedError for a vocabulary that is not UTF-8 or lacks a special token.
    """
    given = {role: Token(text) for role, text in _SPECIAL.items()}
    settings = replace(settings, roles={**given, **settings.roles})
    # of a repeated piece the last line counts, as everywhere
    pieces = {line: number for number, line in enumerate(read_lines(vocabulary))}
    for role in _NEEDED:
        if settings.roles[role].text not in pieces:
            raise PretrainedError(
                f"{shown(vocabulary)} lacks {settings.roles[role].text!a}, a special token. The "
                "vocabulary belongs to another kind of tokenizer, or is damaged."
            )
    with refusals(f"{shown(vocabulary)} cannot be used"):
        engine = _engine(pieces, settings, lower)
        add_tokens(engine, settings)
        return FastTokenizer(engine, ids_of_roles(engine, settings))


def _engine(pieces: dict[str, int], settings: TokenizerSettings, lower: bool | None) -> Any:
    parts = library()
    unknown, begin, end = (settings.roles[role].text for role in ("unk", "cls", "sep"))
    engine = parts.Tokenizer(parts.models.WordPiece(pieces, unk_token=unknown))
    lower = settings.flag("do_lower_case") if lower is None else lower
    chinese = settings.flag("tokenize_chinese_chars")
    engine.normalizer = parts.normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=chinese is not False,
        strip_accents=settings.flag("strip_accents"),
        lowercase=lower is not False,
    )
    engine.pre_tokenizer = parts.pre_tokenizers.BertPreTokenizer()
    engine.post_processor = parts.processors.BertProcessing(
        (end, pieces[end]), (begin, pieces[begin])
    )
    engine.decoder = parts.decoders.WordPiece(prefix="##")
    return engine
