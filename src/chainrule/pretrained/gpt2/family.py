"""GPT-2 as a family of files: recognised by its configuration, and loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from chainrule.nn.initial import drawn, normal
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import label_names
from chainrule.pretrained.files import PretrainedFolder, open_folder, open_without_weights
from chainrule.pretrained.gpt2.body import Gpt2Body
from chainrule.pretrained.gpt2.head import LastTokenHead
from chainrule.pretrained.gpt2.names import SCORE
from chainrule.pretrained.gpt2.network import CLASSIFICATION, LANGUAGE, Gpt2Network
from chainrule.pretrained.gpt2.settings import gpt2_settings
from chainrule.pretrained.gpt2.stored import read_body, read_head
from chainrule.pretrained.stored.head_choice import named_labels, require_no_labels
from chainrule.pretrained.stored.model_type import has_model_type
from chainrule.pretrained.stored.origin import Origin
from chainrule.pretrained.stored.stored_tokenizer import stored_tokenizer
from chainrule.pretrained.stored_family import LoadRequest, StoredFamily
from chainrule.pretrained.tokenizer import Tokenizer

NAME = "gpt2"
_HEADS = (None, LANGUAGE, CLASSIFICATION)


def load(path: Path, request: LoadRequest) -> Gpt2Network:
    """Return the network of a folder, in inference mode; see `chainrule.pretrained.load`."""
    _require_head(request)
    folder = open_folder(path)
    settings = gpt2_settings(folder.config)
    labels = labels_of(folder, request)
    tokenizer = stored_tokenizer(folder, request.lower, settings.vocabulary)
    body = Gpt2Body(settings, request.random)
    head = LastTokenHead(settings, len(labels), request.random) if labels else None
    read_body(folder, body)
    stored = head is not None and _is_stored(folder, labels) and read_head(folder, head)
    origin = replace(
        _origin(folder, request, tokenizer, labels),
        fresh=("head.score.weight",) if head is not None and not stored else (),
        unread=(SCORE,) if SCORE in folder.weights and not stored else (),
    )
    return Gpt2Network(body, head, origin).eval()


def fresh(path: Path, request: LoadRequest) -> Gpt2Network:
    """Return a network with drawn weights; see `chainrule.pretrained.fresh`."""
    _require_head(request)
    folder = open_without_weights(path)
    settings, labels = gpt2_settings(folder.config), labels_of(folder, request)
    body = Gpt2Body(settings, request.random)
    head = LastTokenHead(settings, len(labels), request.random) if labels else None
    for each in body.parameters():
        if each.ndim == 2:
            initial = normal(settings.deviation)
            each.assign(drawn(initial, each.shape, request.random, each.dtype))
    tokenizer = stored_tokenizer(folder, request.lower, settings.vocabulary)
    net = Gpt2Network(body, head, _origin(folder, request, tokenizer, labels))
    names = tuple(net.named_parameters())
    net.source = replace(net.source, fresh=names)
    return net.eval()


def _origin(
    folder: PretrainedFolder,
    request: LoadRequest,
    tokenizer: Tokenizer | None,
    labels: tuple[str, ...],
) -> Origin:
    return Origin(
        family=NAME,
        path=folder.path,
        config=folder.config,
        files=folder.tokenizer_files,
        tokenizer=tokenizer,
        head=request.head,
        labels=labels,
    )


def labels_of(folder: PretrainedFolder, request: LoadRequest) -> tuple[str, ...]:
    """Return the labels of the head; none unless it is that of a classifier."""
    if request.head != CLASSIFICATION:
        require_no_labels(request.head, request.labels)
        return ()
    own = label_names(folder.config)
    return own if request.labels is None else named_labels(request.labels, own)


def _is_stored(folder: PretrainedFolder, labels: tuple[str, ...]) -> bool:
    return label_names(folder.config) == labels


def _require_head(request: LoadRequest) -> None:
    if request.head not in _HEADS:
        raise PretrainedError(
            f"The head {request.head!r} was asked for. Heads of GPT-2 are {LANGUAGE!r} and "
            f"{CLASSIFICATION!r}; None is for no head."
        )


GPT2 = StoredFamily("GPT-2", lambda path: has_model_type(path, NAME), load, fresh, classifies=True)
