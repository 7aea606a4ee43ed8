"""Puts the metadata of a safetensors file in order, so that equal arrays make equal files."""

from __future__ import annotations

import json
from pathlib import Path

from chainrule.storage.array_file import METADATA


def order_metadata(path: Path) -> None:
    """Sort the entries of the metadata by name, in place; the library writes them in any order.

    The header is JSON without blanks, after its length in eight bytes.
    """
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header[METADATA] = dict(sorted(header[METADATA].items()))
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
        assert len(text) <= length
        file.seek(8)
        file.write(text.ljust(length))
