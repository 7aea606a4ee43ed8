"""Which family a path holds, recognised by its files."""

from __future__ import annotations

from pathlib import Path

from chainrule.pretrained.elmo.family import ELMO
from chainrule.pretrained.flair.family import FLAIR
from chainrule.pretrained.gpt2.family import GPT2
from chainrule.pretrained.stanza.family import STANZA
from chainrule.pretrained.stored_family import StoredFamily
from chainrule.pretrained.transformer_xl.family import TRANSFORMER_XL
from chainrule.pretrained.ulmfit.family import ULMFIT

STORED_FAMILIES: tuple[StoredFamily, ...] = (ELMO, FLAIR, GPT2, STANZA, TRANSFORMER_XL, ULMFIT)


def recognised(path: Path) -> StoredFamily | None:
    """Return the family of a path; None for the encoders, whose config.json names their family."""
    return next((each for each in STORED_FAMILIES if each.recognises(path)), None)
