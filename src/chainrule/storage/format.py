"""Formats of chainrule files: the version, and a checksum of the whole content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.storage.errors import StorageError
from chainrule.storage.paths import AnyPath, shown

ARRAYS = "chainrule"
ARRAYS_VERSION = 2  # version 1 has no checksum

_FORMAT, _CHECKSUM = "format", "checksum"
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


def format_name(family: str, version: int) -> str:
    """Return the name of a format as stored in files, such as "chainrule-training-1"."""
    return f"{family}-{version}"


def version_of(path: AnyPath, found: object, family: str, newest: int) -> int:
    """Return the version, from 1 to `newest`, of a file whose format field is `found`.

    Raises StorageError for a format of another family, and for a version above `newest`.
    """
    name, _, number = found.rpartition("-") if isinstance(found, str) else ("", "", "")
    if name != family or not _VERSION.fullmatch(number):
        raise StorageError(
            f"{shown(path)} has the format {_short(found)}, where "
            f"{format_name(family, newest)} was expected. It is another file, or damaged."
        )
    if int(number) > newest:
        raise StorageError(
            f"{shown(path)} has the format {found}, and this version of chainrule reads "
            f"{format_name(family, newest)} and older ones. Update chainrule to read it."
        )
    return int(number)


def checksum(parts: Iterable[bytes | memoryview]) -> str:
    """Return the SHA-256 of a sequence of byte strings; the boundaries between them count."""
    whole = hashlib.sha256()
    for each in parts:
        whole.update(len(each).to_bytes(8, "little"))
        whole.update(each)
    return f"sha256:{whole.hexdigest()}"


def stamped(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the metadata of a file of arrays with its format and checksum added."""
    complete = {_FORMAT: format_name(ARRAYS, ARRAYS_VERSION), **metadata}
    return {**complete, _CHECKSUM: checksum(_parts(arrays, complete))}


def require_known(path: AnyPath, metadata: Mapping[str, str]) -> int:
    """Return the version of a file of arrays; 1 for a file of another program.

    Raises StorageError for a version that is newer than this package.
    """
    if not metadata.get(_FORMAT, "").startswith(f"{ARRAYS}-"):
        return 1
    return version_of(path, metadata[_FORMAT], ARRAYS, ARRAYS_VERSION)


def require_intact(path: AnyPath, arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """Raise StorageError unless arrays and metadata match the checksum of the file.

    Files of version 1, which have no checksum, and files of other programs are accepted.
    """
    ours = metadata.get(_FORMAT, "").startswith(f"{ARRAYS}-")
    if not ours and ARRAYS not in metadata:  # neither our format nor the version of the package
        return
    version = version_of(path, metadata[_FORMAT], ARRAYS, ARRAYS_VERSION) if ours else 1
    given = metadata.get(_CHECKSUM)
    if given is None and version == 1:
        return
    held = {name: text for name, text in metadata.items() if name != _CHECKSUM}
    if given != checksum(_parts(arrays, held)):
        raise StorageError(
            f"{shown(path)} is damaged: its checksum is not that of its content. Use another copy "
            "of it."
        )


def _parts(
    arrays: Mapping[str, Array], metadata: Mapping[str, str]
) -> Iterable[bytes | memoryview]:
    """Yield the byte strings that the checksum covers, in a fixed order."""
    yield json.dumps(metadata, sort_keys=True).encode()
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        yield json.dumps([name, little.dtype.str, little.shape]).encode()
        yield little.reshape(-1).view(np.uint8).data


def _short(found: Any) -> str:
    text = ascii(found)
    return text if len(text) <= 60 else f"{text[:57]}..."
