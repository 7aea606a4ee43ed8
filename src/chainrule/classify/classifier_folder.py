"""Saving and loading of classifiers: the network in the layout of the hub, and classifier.json."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

import chainrule as cr
from chainrule.classify.classifier import HEAD, Classifier
from chainrule.classify.errors import ClassifierError
from chainrule.classify.settings import Settings
from chainrule.pretrained import load as load_network
from chainrule.storage import (
    StorageError,
    partials,
    read_regular,
    replace_folder,
    require_replaceable,
    shown,
    standing,
)
from chainrule.storage.paths import AnyPath, reason

DESCRIPTION = "classifier.json"


class Description(BaseModel):
    """What classifier.json holds.

    labels    the names of the classes in the order of the scores; empty for regression
    settings  of the training
    files     the names of the other files of the folder
    history   a record per epoch
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["chainrule classifier"] = "chainrule classifier"
    version: Literal[1] = 1
    labels: tuple[str, ...]
    settings: Settings
    files: tuple[str, ...]
    history: tuple[dict[str, Any], ...] = ()


def save(
    classifier: Classifier, directory: AnyPath, history: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Write a classifier to a folder; an earlier one there is replaced as a whole.

    history  a record per epoch, by name, which is stored with it

    LoRA updates are merged into the matrices of the file, so that any reader of the hub's layout
    computes the same. A failure or a killed process leaves the old folder. Raises ClassifierError
    if the folder holds other files or cannot be written.
    """
    require_writable(directory)

    def write(fresh: Path) -> None:
        with cr.nn.lora_merged(classifier.network):
            classifier.net.save(fresh)
        files = tuple(sorted(each.name for each in fresh.iterdir()))
        made = Description(
            labels=classifier.labels,
            settings=classifier.settings,
            files=files,
            history=tuple(map(dict, history)),
        )
        (fresh / DESCRIPTION).write_text(made.model_dump_json(indent=1), encoding="utf-8")

    try:
        replace_folder(Path(directory).resolve(), write)
    except OSError as error:
        raise ClassifierError(
            f"The classifier cannot be written to {shown(directory)}: {reason(error)}."
        ) from error


def load(directory: AnyPath, compiled: bool = True) -> Classifier:
    """Return the classifier that `save` wrote to a folder.

    compiled  False computes on the reference evaluator

    Raises ClassifierError for a folder without a valid classifier.json, PretrainedError for a
    network that cannot be read.
    """
    place = standing(Path(directory))
    found = read_description(place)
    labels: Any = 1 if found.settings.regression else list(found.labels)
    net = load_network(place, head=HEAD, labels=labels)
    if fresh := net.source.fresh:
        raise ClassifierError(
            f"{shown(directory)} lacks the weights {', '.join(fresh)}, so that it is not the "
            "classifier that was saved. Train it again, or copy the whole folder."
        )
    return Classifier(net, found.labels, found.settings, compiled)


def read_description(folder: Path) -> Description:
    """Return the content of classifier.json; raises ClassifierError if it cannot be used."""
    path = folder / DESCRIPTION
    if not path.is_file():
        raise ClassifierError(
            f"{shown(folder)} holds no classifier: there is no {DESCRIPTION} in it. Give the "
            "folder that `chainrule classify train --out` wrote."
        )
    try:
        return Description.model_validate_json(read_regular(path))
    except (OSError, StorageError) as error:
        raise ClassifierError(f"{shown(path)} cannot be read: {reason(error)}.") from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the file"
        raise ClassifierError(
            f"{shown(path)} is damaged, at {where}: {error.errors()[0]['msg']}. Train the "
            "classifier again, or copy the whole folder."
        ) from error


def require_writable(directory: AnyPath) -> None:
    """Raise ClassifierError unless a classifier can be written to a folder; nothing is written.

    The folder may be new, empty, or hold an earlier classifier, which will be replaced.
    """
    try:
        require_replaceable(Path(os.fspath(directory)).resolve(), _is_classifier)
    except StorageError as error:
        raise ClassifierError(str(error)) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise ClassifierError(
            f"The classifier cannot be written to {shown(directory)}: {reason(error)}."
        ) from error


def _is_classifier(directory: Path) -> bool:
    """Return whether a folder holds a classifier and nothing else."""
    try:
        own = {DESCRIPTION, *read_description(directory).files}
    except ClassifierError:
        return False
    left = {each.name for name in own for each in partials(directory / name)}
    return not {each.name for each in directory.iterdir()} - own - left
