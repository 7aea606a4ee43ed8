"""The option --init of `chainrule ner train`: training continues from a saved tagger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import chainrule as cr
from chainrule import ChainruleError
from chainrule.ner import Settings, Tagger, extended, load
from chainrule.ner.model_folder import CONFIG, WEIGHTS
from chainrule.storage import read_regular
from chainrule.text import Sentence

# Settings of training; all others are those of the network, which is kept.
_OF_TRAINING = {
    "input_dropout",
    "hidden_dropout",
    "unknown_rate",
    "affix_dropout",
    "gazetteer_dropout",
    "outside_bias",
    "batch_size",
    "epochs",
    "patience",
    "learning_rate",
    "encoder_rate",
    "freeze_encoder",
    "last",
    "warm_up",
    "seed",
}


class Origin(cr.train.Callback):
    """Makes a checkpoint belong to the tagger that training began with."""

    def __init__(self, init: Path) -> None:
        found = hashlib.sha256()
        for name in (CONFIG, WEIGHTS):
            found.update(hashlib.sha256(read_regular(init / name)).digest())
        self._digest = found.hexdigest()

    def settings(self) -> dict[str, Any]:
        """Return a digest of the tagger, which a resumed run must begin with too."""
        return {"initial tagger": self._digest}


def require_continuable(init: Path, train: Path | None, given: Mapping[str, object]) -> None:
    """Raise ChainruleError for --init without --train, or with options that make a new tagger."""
    if train is None:
        raise ChainruleError(
            f"--init {init} continues training, but there is no data. Give --train."
        )
    for option, value in given.items():
        if value is not None:
            raise ChainruleError(
                f"--init {init} and {option} were both given, but a tagger that is trained further "
                f"keeps what it was made with. Leave {option} out, or train a new tagger."
            )


def require_other_folder(init: Path, out: Path, given: Mapping[str, bool]) -> None:
    """Raise ChainruleError if --out replaces a tagger that the run begins from more than once."""
    again = [option for option, is_given in given.items() if is_given]
    if again and init.resolve() == out.resolve():
        raise ChainruleError(
            f"--init and --out are both {init}, and {again[0]} was given, with which training "
            "begins from --init more than once. Name another folder for --out."
        )


def require_units_of(tagger: Tagger, units: str | None) -> None:
    """Raise ChainruleError for other units than those of a tagger that is trained further."""
    if units not in (None, tagger.units):
        raise ChainruleError(
            f"--units is {units!r}, but the tagger of --init was made with {tagger.units!r}, which "
            "cannot be changed. Leave --units out, or train a new tagger."
        )


def continued(before: Settings, chosen: Mapping[str, Any]) -> Settings:
    """Return the settings of a tagger with other settings of training.

    Raises ChainruleError if `chosen` has another setting of the network.
    """
    kept = before.model_dump()
    for name in set(chosen) - _OF_TRAINING:
        if not _agrees(name, kept[name], chosen[name]):
            option = "--" + name.replace("_", "-")
            raise ChainruleError(
                f"{option} is {chosen[name]!r}, but the tagger of --init was made with "
                f"{kept[name]!r}, which cannot be changed. Leave {option} out, or train a new "
                "tagger."
            )
    return Settings(**{**kept, **chosen})


def _agrees(name: str, kept: Any, chosen: Any) -> bool:
    """Return whether a setting of the network stays; the case of sentences is a feature of it."""
    if name == "augment":
        return "case" in kept or "case" not in chosen
    return bool(kept == chosen)


def continued_tagger(
    init: Path, sentences: Sequence[Sentence], settings: Settings, compiled: bool
) -> Tagger:
    """Return the tagger of a folder, with the words and types of `sentences` added."""
    return extended(load(init), sentences, settings=settings, compiled=compiled)
