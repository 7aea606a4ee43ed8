"""A network from its parts, whether their values come from a file or are drawn."""

from __future__ import annotations

import numpy as np

from chainrule.pretrained.body.body import EncoderBody
from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.families.family import Family, HeadRequest
from chainrule.pretrained.files import PretrainedFolder
from chainrule.pretrained.heads.head import Head
from chainrule.pretrained.network import PretrainedNetwork
from chainrule.pretrained.sentences.sentence_pooling import stored_pooling
from chainrule.pretrained.stored.head_choice import HeadChoice
from chainrule.pretrained.stored.source import Source
from chainrule.pretrained.tokenizer import Tokenizer


def parts_of(
    stored: PretrainedFolder,
    choice: HeadChoice,
    settings: EncoderSettings,
    random: np.random.Generator,
) -> tuple[EncoderBody, Head | None]:
    """Return the body, whose tables and matrices are unset, and the head that was chosen."""
    body = EncoderBody(settings, random)
    if choice.family is None:
        return body, None
    request = HeadRequest(settings, stored.config, len(choice.labels), random)
    return body, choice.family.make(request)


def assembled(
    parts: tuple[EncoderBody, Head | None],
    stored: PretrainedFolder,
    family: Family,
    choice: HeadChoice,
    tokenizer: Tokenizer | None,
    *,
    fresh: tuple[str, ...],
    unread: tuple[str, ...] = (),
) -> PretrainedNetwork:
    """Return the network of a folder, in inference mode; `fresh` and `unread` as in `Source`."""
    source = Source(
        path=stored.path,
        config=stored.config,
        files=stored.tokenizer_files,
        family=family,
        head=choice.name,
        labels=choice.labels,
        tokenizer=tokenizer,
        fresh=fresh,
        unread=unread,
        pooling=stored_pooling(stored),
    )
    return PretrainedNetwork(*parts, source).eval()
