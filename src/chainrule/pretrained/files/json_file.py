"""Reads a JSON file of a pretrained network, strictly and of limited size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chainrule.pretrained.files.weight_file import unreadable
from chainrule.storage import read_regular
from chainrule.storage.errors import FormatError
from chainrule.storage.strict_json import json_object


def read_json(path: Path, limit: int) -> dict[str, Any]:
    """Return the object in a JSON file of at most `limit` bytes.

    Raises PretrainedError for text that is not a JSON object, for names that occur twice and for
    numbers that are not finite; StorageError for a file that is missing or larger.
    """
    try:
        return json_object(read_regular(path, limit), "it")
    except FormatError as error:
        raise unreadable(path, "JSON", error) from error
