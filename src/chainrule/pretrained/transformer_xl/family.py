"""Transformer-XL as a family of files: recognised by its configuration, and loaded."""

from __future__ import annotations

from pathlib import Path

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import open_folder
from chainrule.pretrained.stored.head_choice import require_no_labels
from chainrule.pretrained.stored.model_type import has_model_type
from chainrule.pretrained.stored.origin import Origin
from chainrule.pretrained.stored_family import LoadRequest, StoredFamily
from chainrule.pretrained.transformer_xl.body import XLBody
from chainrule.pretrained.transformer_xl.network import TransformerXLNetwork
from chainrule.pretrained.transformer_xl.output_layer import AdaptiveSoftmax
from chainrule.pretrained.transformer_xl.settings import xl_settings
from chainrule.pretrained.transformer_xl.stored import has_output, read
from chainrule.storage import shown

NAME, LANGUAGE = "transfo-xl", "language-model"


def load(path: Path, request: LoadRequest) -> TransformerXLNetwork:
    """Return the network of a folder, in inference mode; see `chainrule.pretrained.load`."""
    if request.head not in (None, LANGUAGE):
        raise PretrainedError(
            f"The head {request.head!r} was asked for. The head of Transformer-XL is {LANGUAGE!r}; "
            "None is for no head. Texts are classified with the encoders, or with GPT-2."
        )
    require_no_labels(request.head, request.labels)
    folder = open_folder(path)
    settings = xl_settings(folder.config)
    if request.head == LANGUAGE and not has_output(folder):
        raise PretrainedError(
            f"{shown(folder.path)} has no arrays of an output layer (crit.), which the head "
            f"{LANGUAGE!r} needs. Load it without a head."
        )
    body = XLBody(settings, request.random)
    output = AdaptiveSoftmax(settings) if has_output(folder) else None
    read(folder, body, output)
    origin = Origin(NAME, folder.path, folder.config, {}, head=request.head)
    return TransformerXLNetwork(body, output, origin).eval()


TRANSFORMER_XL = StoredFamily("Transformer-XL", lambda path: has_model_type(path, NAME), load)
