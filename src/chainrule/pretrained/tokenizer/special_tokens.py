"""What the small files of a tokenizer say: special tokens, added tokens, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.json_file import read_json

CONFIG, SPECIAL, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
ROLES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
_LARGEST = 20_000_000  # bytes
_FLAGS = ("lstrip", "rstrip", "single_word", "normalized")
_LARGEST_ID = 4_000_000  # the package tokenizers takes memory for all ids up to the largest one


@dataclass(frozen=True)
class Token:
    """A token that is found before the text is divided.

    flags  whether it takes spaces before and after it, is whole words only, and is searched in
           normalised text, by their names in tokenizer.json; absent means the default
    """

    text: str
    special: bool = True
    flags: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class TokenizerSettings:
    """The small files of a tokenizer.

    settings  what tokenizer_config.json holds
    roles     special tokens by role
    extra     further special tokens
    added     tokens with the id that they must get
    """

    settings: Mapping[str, Any]
    roles: Mapping[str, Token]
    extra: tuple[Token, ...]
    added: Mapping[int, Token]

    def flag(self, name: str) -> bool | None:
        """Return a setting that is true, false or null; null if it is absent.

        Raises PretrainedError for another value.
        """
        found = self.settings.get(name)
        if found is not None and not isinstance(found, bool):
            raise _odd(CONFIG, name, found, "true, false or null")
        return found

    @property
    def tokenizer_class(self) -> str:
        """The name of the class that wrote the files, without the ending Fast; "" if absent."""
        found = self.settings.get("tokenizer_class") or ""
        if not isinstance(found, str):
            raise _odd(CONFIG, "tokenizer_class", found, "a name")
        return found.removesuffix("Fast")


def read_settings(files: Mapping[str, Path]) -> TokenizerSettings:
    """Return what the small files of a tokenizer say; all of them may be absent.

    tokenizer_config.json comes before special_tokens_map.json. Raises PretrainedError for values of
    another kind.
    """
    names = (CONFIG, SPECIAL, ADDED)
    settings, special, added = (
        read_json(files[name], _LARGEST) if name in files else {} for name in names
    )
    given = {**special, **{name: each for name, each in settings.items() if each is not None}}
    roles = {
        role: _token(f"{role}_token", given[f"{role}_token"])
        for role in ROLES
        if given.get(f"{role}_token") is not None
    }
    return TokenizerSettings(settings, roles, _extra(given), {**_added(added), **_decoder(given)})


def _extra(given: Mapping[str, Any]) -> tuple[Token, ...]:
    name = "additional_special_tokens"
    found = given.get(name) or []
    if not isinstance(found, list):
        raise _odd(SPECIAL, name, found, "a list of tokens")
    return tuple(_token(name, each) for each in found)


def _added(added: Mapping[str, Any]) -> dict[int, Token]:
    """Return the tokens of added_tokens.json: ids by token."""
    return {require_id(ADDED, number): Token(text, special=False) for text, number in added.items()}


def _decoder(given: Mapping[str, Any]) -> dict[int, Token]:
    """Return the tokens of the field added_tokens_decoder: tokens by id."""
    name = "added_tokens_decoder"
    found = given.get(name) or {}
    if not isinstance(found, dict) or not all(each.isdecimal() for each in found):
        raise _odd(CONFIG, name, found, "an object of tokens by id")
    return {
        require_id(CONFIG, int(number[:20])): _token(name, each) for number, each in found.items()
    }


def require_id(file: str, number: Any) -> int:
    """Return an id of a file; raises PretrainedError unless it is a whole number, not too large."""
    if type(number) is not int or not 0 <= number <= _LARGEST_ID:
        raise _odd(file, "an id", number, f"a whole number of at most {_LARGEST_ID}")
    return number


def _token(name: str, found: Any) -> Token:
    """Return a token, which is text or an object with the text and flags."""
    if isinstance(found, str) and found:
        return Token(found)
    if not isinstance(found, dict) or not isinstance(found.get("content"), str):
        raise _odd(CONFIG, name, found, "a token: text, or an object with the text as content")
    flags = {each: found[each] for each in (*_FLAGS, "special") if each in found}
    if not found["content"] or not all(isinstance(each, bool) for each in flags.values()):
        raise _odd(CONFIG, name, found, "a token with text, whose flags are true or false")
    return Token(found["content"], flags.pop("special", True), flags)


def _odd(file: str, name: str, found: Any, wanted: str) -> PretrainedError:
    return PretrainedError(
        f"{file} has {ascii(found)[:60]} for {name}, where {wanted} is expected. Use another copy "
        "of the folder."
    )
