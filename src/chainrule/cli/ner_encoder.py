"""The options --encoder of `chainrule ner train`: names of encoders, paths of pretrained ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import typer

from chainrule import ChainruleError
from chainrule.ner import Settings
from chainrule.ner.encoder_folder import has_capitals, makes_lower_case, open_encoder
from chainrule.ner.settings import EncoderName
from chainrule.ner.word_encoder_folder import open_word_encoder
from chainrule.pretrained import PretrainedNetwork
from chainrule.pretrained.recognition import recognised
from chainrule.pretrained.word_encoder import WordEncoder

_NAMES = tuple(name for name in get_args(EncoderName) if name != "pretrained")


@dataclass(frozen=True)
class ChosenEncoders:
    """What the options --encoder name.

    name    of the network over the words of a sentence; None if it was not given
    folder  of a pretrained network that is fine-tuned, None for others
    words   paths of encoders whose vectors of words are features
    """

    name: str | None
    folder: Path | None
    words: tuple[Path, ...]

    @property
    def first_path(self) -> Path | None:
        """The first path that was given; None without one."""
        return next(iter([self.folder, *self.words] if self.folder else self.words), None)

    def opened(self, settings: Settings) -> PretrainedNetwork | None:
        """Return the network of the folder, ready for training; None without a folder."""
        return None if self.folder is None else open_encoder(self.folder, settings)

    def word_encoders(self) -> list[WordEncoder]:
        """Return the encoders whose vectors of words are features."""
        return [*map(open_word_encoder, self.words)]


def chosen_encoders(given: Sequence[str]) -> ChosenEncoders:
    """Return what the options --encoder name.

    Raises ChainruleError for what is neither a name nor a path, and for encoders that exclude each
    other.
    """
    names = [each for each in given if each in _NAMES]
    paths = [Path(each) for each in given if each not in _NAMES]
    for each in paths:
        if not each.exists():
            raise ChainruleError(
                f"--encoder was given {str(each)!r}, which is neither {', '.join(_NAMES)} nor a "
                "path. Give the folder of a pretrained network, with config.json and the weights, "
                "or a character language model."
            )
    words = tuple(each for each in paths if recognised(each) is not None)
    folders = [each for each in paths if each not in words]
    if len(names) + len(folders) > 1 or (folders and words):
        raise ChainruleError(
            f"--encoder was given {' and '.join(given)}, which exclude each other. Give one of "
            f"{', '.join(_NAMES)} with any number of encoders whose vectors of words are features, "
            "or one folder of a pretrained network that is fine-tuned."
        )
    name = "pretrained" if folders else next(iter(names), None)
    return ChosenEncoders(name, next(iter(folders), None), words)


def say_case(net: PretrainedNetwork | None, folder: Path | None, settings: Settings) -> None:
    """Print how the case of letters reaches the tagger, where its tokenizer makes lower case."""
    if net is None or not makes_lower_case(net):
        return
    if has_capitals(net):
        typer.echo(
            f"The tokenizer of {folder} makes lower case, but its vocabulary has capitals: the "
            "network was probably trained on text as it is written. Check do_lower_case in "
            "tokenizer_config.json."
        )
    elif settings.capital_size == 0 and settings.affix_size == 0 and settings.characters == "none":
        typer.echo(
            f"The tokenizer of {folder} makes lower case, and no feature reads capitals, so that "
            "the tagger does not see them. --capital-size 8 adds them."
        )
