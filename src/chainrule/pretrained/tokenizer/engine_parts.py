"""Gives a tokenizer of the package tokenizers its special and added tokens."""

from __future__ import annotations

from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.tokenizer.library import library
from chainrule.pretrained.tokenizer.special_tokens import ROLES, Token, TokenizerSettings
from chainrule.storage import printable


def add_tokens(engine: Any, settings: TokenizerSettings) -> None:
    """Add the tokens of the settings to a tokenizer, those with ids first.

    Raises PretrainedError if a token gets another id than the settings say.
    """
    for number, token in sorted(settings.added.items()):
        _add(engine, token)
        if engine.token_to_id(token.text) != number:
            raise PretrainedError(
                f"The token {printable(token.text)} should have the id {number}, and the "
                f"vocabulary gives it {engine.token_to_id(token.text)}. The files of the "
                "tokenizer do not belong together; use another copy of the folder."
            )
    named = [settings.roles[role] for role in ROLES if role in settings.roles]
    for token in (*named, *settings.extra):
        _add(engine, token)


def _add(engine: Any, token: Token) -> None:
    """Add a token, or let the tokenizer know that a token of the vocabulary is one."""
    known = {each.content for each in engine.get_added_tokens_decoder().values()}
    if token.text in known:
        return
    added = library().AddedToken(token.text, special=token.special, **token.flags)
    if token.special:
        engine.add_special_tokens([added])
    else:
        engine.add_tokens([added])


def ids_of_roles(engine: Any, settings: TokenizerSettings) -> dict[str, int]:
    """Return the ids of the special tokens that the settings name, by role."""
    found = {role: engine.token_to_id(token.text) for role, token in settings.roles.items()}
    return {role: number for role, number in found.items() if number is not None}
