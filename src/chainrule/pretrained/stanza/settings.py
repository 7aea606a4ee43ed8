"""The settings of a tagger and of a character language model, from their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.pretrained.stanza.vocabulary import Vocabulary
from chainrule.storage.errors import FormatError

_MOST = 1_000_000


@dataclass(frozen=True)
class LetterSettings:
    """The sizes of an LSTM along letters.

    count   the number of letters with a vector
    width   the extent of that vector
    hidden  the extent of the state
    layers  the number of layers
    """

    count: int
    width: int
    hidden: int
    layers: int


@dataclass(frozen=True)
class StanzaSettings:
    """What a tagger is made of.

    word_width   the extent of a word vector
    words        the words of the file of vectors, or None without
    added        the words with a learned part that is added, or None without
    letters      the letters
    own_letters  the LSTM in both directions along the letters of a word, or None without
    models       the language models, forward and backward, or None without
    transforms   whether the input of the tagger passes a matrix
    hidden       the extent of the tagger's state, in each direction
    layers       the number of its layers
    tags         the tags of each column, reserved ones first
    column       the column that is asked for
    connected    whether the scores of a column are input of the next one
    lower        whether words are looked up in lower case
    small        whether letters are
    """

    word_width: int
    words: Vocabulary | None
    added: Vocabulary | None
    letters: Vocabulary
    own_letters: LetterSettings | None
    models: tuple[LetterSettings, LetterSettings] | None
    transforms: bool
    hidden: int
    layers: int
    tags: tuple[tuple[str, ...], ...]
    column: int
    connected: bool
    lower: bool
    small: bool

    @property
    def inputs(self) -> int:
        """The extent of the input of the tagger's LSTM."""
        words = self.word_width if self.words or self.added else 0
        own = 2 * self.own_letters.hidden if self.own_letters else 0
        return words + own + sum(each.hidden for each in self.models or ())


Config = Mapping[str, Any]


def letter_settings(config: Config, count: int) -> LetterSettings:
    """Return the sizes of an LSTM along letters; raises FormatError for others."""
    return LetterSettings(
        count,
        whole(config, "char_emb_dim"),
        whole(config, "char_hidden_dim"),
        whole(config, "char_num_layers", most=100),
    )


def whole(
    config: Config, key: str, least: int = 1, most: int = _MOST, default: int | None = None
) -> int:
    """Return an integer of a configuration; raises FormatError for anything else."""
    value = config.get(key)
    if value is None and default is not None:
        return default
    if type(value) is not int or not least <= value <= most:
        raise FormatError(
            f"its configuration has {key} {ascii(value)[:80]}, not an integer from {least} to "
            f"{most}"
        )
    return value


def flag(config: Config, key: str, default: bool = False) -> bool:
    """Return a bool of a configuration; raises FormatError for anything else."""
    value = config.get(key, default)
    if not isinstance(value, bool | None):
        raise FormatError(f"its configuration has {key} {ascii(value)[:80]}, not True or False")
    return bool(value)
