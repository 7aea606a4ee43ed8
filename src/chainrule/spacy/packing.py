"""A tagger as bytes: the files of its folder, packed; nothing in them is run when they are read."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import srsly

from chainrule.ner import ModelError, Tagger, load, save


def packed(tagger: Tagger) -> bytes:
    """Return a tagger as bytes."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        save(tagger, folder)
        files = [each for each in sorted(folder.rglob("*")) if each.is_file()]
        content = {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}
    found: bytes = srsly.msgpack_dumps(content)
    return found


def unpacked(data: bytes) -> Tagger:
    """Return the tagger of bytes; raises ModelError for other and damaged ones."""
    content = _content(data)
    with TemporaryDirectory() as scratch:
        for name, each in content.items():
            path = Path(scratch) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each)
        return load(scratch)


def _content(data: bytes) -> dict[str, bytes]:
    try:
        found: Any = srsly.msgpack_loads(data)
    except Exception as error:  # msgpack raises errors of many types
        raise ModelError(f"{_DAMAGED}: {error}. {_ADVICE}") from error
    if not isinstance(found, dict) or not all(_is_file(*each) for each in found.items()):
        raise ModelError(f"{_DAMAGED}: they are not files by name. {_ADVICE}")
    return found


_DAMAGED = "These bytes do not hold a tagger"
_ADVICE = "Give those that to_bytes returned."


def _is_file(name: Any, content: Any) -> bool:
    if type(name) is not str or type(content) is not bytes or "\0" in name or "\\" in name:
        return False
    parts = PurePosixPath(name).parts
    return 1 <= len(parts) <= 2 and ".." not in parts and not name.startswith("/")
