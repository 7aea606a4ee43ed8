"""The family of Stanza's tagger: recognised by its files, and loaded."""

from __future__ import annotations

import re
from pathlib import Path

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.hub_folder import network_folder
from chainrule.pretrained.stanza.folder import files_of, holds_tagger
from chainrule.pretrained.stanza.language_model import CharacterLanguageModel
from chainrule.pretrained.stanza.names import model_rows, tagger_rows, word_row
from chainrule.pretrained.stanza.parts import WORD_VECTORS, StanzaParts, parts_of
from chainrule.pretrained.stanza.tagger import StanzaTagger
from chainrule.pretrained.stored.array_rows import fill_rows, require_rows
from chainrule.pretrained.stored_family import LoadRequest, StoredFamily
from chainrule.storage import shown


def _load(path: Path, request: LoadRequest) -> StanzaTagger:
    if request.head is not None or request.labels is not None or request.lower is not None:
        raise PretrainedError(
            f"{shown(path)} is a tagger of Stanza, whose tags and letter case its files give. Give "
            "no head=, labels= or lower=."
        )
    folder = network_folder(path)
    parts = parts_of(files_of(folder))
    _require_fit(folder, parts)
    net = StanzaTagger(parts.settings)
    fill_rows(net, tagger_rows(parts.settings), parts.tagger)
    if parts.words is not None:
        fill_rows(net, word_row(parts.settings), parts.words)
    for model, weights in zip((net.forward_model, net.backward_model), parts.models, strict=False):
        assert isinstance(model, CharacterLanguageModel)
        fill_rows(model, model_rows(model.settings), weights)
    return net.eval()


def _require_fit(folder: Path, parts: StanzaParts) -> None:
    """Raise PretrainedError, before memory is taken, for missing, unknown and misshaped arrays."""
    what = f"of {shown(folder)}"
    own = [re.escape(WORD_VECTORS)] if parts.settings.words is not None else []
    require_rows(tagger_rows(parts.settings), parts.tagger, f"The arrays of the tagger {what}", own)
    if parts.words is not None:
        require_rows(word_row(parts.settings), parts.words, f"The word vectors {what}")
    names = ("forward", "backward")
    for name, settings, weights in zip(
        names, parts.settings.models or (), parts.models, strict=False
    ):
        title = f"The arrays of the {name} language model {what}"
        require_rows(model_rows(settings), weights, title)


STANZA = StoredFamily("Stanza", holds_tagger, _load)
