"""The option --encoder of `chainrule ner train`: the name of an encoder, or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import typer

from chainrule import ChainruleError
from chainrule.ner import Settings
from chainrule.ner.encoder_folder import has_capitals, makes_lower_case, open_encoder
from chainrule.ner.settings import EncoderName
from chainrule.pretrained import PretrainedNetwork

_NAMES = tuple(name for name in get_args(EncoderName) if name != "pretrained")


def encoder_named(given: str | None) -> tuple[str | None, Path | None]:
    """Return the name of the encoder, and the folder of a pretrained one.

    Raises ChainruleError for what is neither.
    """
    if given is None or given in _NAMES:
        return given, None
    if not Path(given).is_dir():
        raise ChainruleError(
            f"--encoder was given {given!r}, which is neither {', '.join(_NAMES)} nor a folder. "
            "Give the folder of a pretrained network, with config.json and the weights."
        )
    return "pretrained", Path(given)


def opened(folder: Path | None, settings: Settings) -> PretrainedNetwork | None:
    """Return the network of a folder, ready for training; None without a folder."""
    if folder is None:
        return None
    return open_encoder(folder, settings)


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
