"""How valid content is damaged: bytes, JSON, lines of JSON, arrays with JSON in their header."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from chainrule.storage.format import stamped

Mutation = Callable[[bytes, Random], bytes]

_DEEP = "mark of a value that is nested deeply"
_ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 7, 1.5, -0.0, 1e308, 2**31, 2**63, 2**70, 10**400),
    *(float("nan"), float("inf"), "", "x", "NaN", "\ud800", "nul\0", "x" * 5000, "1"),
    *([], [0], [[]], ["x"], [1e9] * 20, {}, {"x": 1}, {"": None}, _DEEP),
]


# -- bytes -----------------------------------------------------------------------------------------


def in_bytes(content: bytes, random: Random) -> bytes:
    """Damage bytes in one to three ways."""
    for _ in range(random.randint(1, 3)):
        content = random.choice(_BYTES)(content, random)
    return content


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randint(1, 8)):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randint(0, len(content))]


def _extend(content: bytes, random: Random) -> bytes:
    return content + random.randbytes(random.randint(1, 100))


def _overwrite(content: bytes, random: Random) -> bytes:
    first, last = _slice(content, random)
    filling = random.choice([b"\0", b"\xff", b"\n", b"[", b"{", b'"', b"9"])
    return content[:first] + filling * (last - first) + content[last:]


def _repeat(content: bytes, random: Random) -> bytes:
    first, last = _slice(content, random)
    return content[:last] + content[first:]


def _remove(content: bytes, random: Random) -> bytes:
    first, last = _slice(content, random)
    return content[:first] + content[last:]


def _size(content: bytes, random: Random) -> bytes:
    """Say another size of the header, where the first eight bytes are that."""
    size = random.choice([0, 1, 7, len(content), 2**31, 2**40, 2**63, 2**64 - 1])
    return size.to_bytes(8, "little") + content[8:]


def _slice(content: bytes, random: Random) -> tuple[int, int]:
    first = random.randint(0, len(content))
    return first, min(len(content), first + random.randint(0, 40))


_BYTES: list[Mutation] = [_flip, _flip, _cut, _extend, _overwrite, _repeat, _remove, _size]


# -- JSON ------------------------------------------------------------------------------------------


def in_json(content: bytes, random: Random) -> bytes:
    """Exchange values in a JSON text, mostly; damage its bytes otherwise."""
    if random.random() < 0.2 or not _is_json(content):
        return in_bytes(content, random)
    return _text(_changed(json.loads(content), random))


def in_json_lines(content: bytes, random: Random) -> bytes:
    """Exchange values in some lines of JSON, or the lines, or bytes."""
    lines = content.splitlines(keepends=True)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(lines))
        lines[place] = in_json(lines[place].rstrip() or b"{}", random) + b"\n"
        if random.random() < 0.2:
            random.shuffle(lines)
    return b"".join(lines)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _changed(value: Any, random: Random) -> Any:
    """Return a JSON value in which one to three values are others, gone, or new."""
    root = [value]
    for _ in range(random.randint(1, 3)):
        holder, key = random.choice(_places(root))
        chance = random.random()
        if chance < 0.15 and holder is not root:
            del holder[key]
        elif chance < 0.25 and isinstance(holder, dict):
            holder[random.choice(["", "x", "format", "\ud800", key + key])] = holder.pop(key)
        elif chance < 0.6 and isinstance(holder[key], int | float):
            holder[key] = random.choice([0, holder[key] * 1000, holder[key] // 7, -holder[key]])
        else:
            holder[key] = deepcopy(random.choice(_ODD))
    return root[0]


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = value if isinstance(value, dict) else range(len(value))
    found: list[tuple[Any, Any]] = []
    for key in keys:
        found.append((value, key))
        if isinstance(value[key], dict | list):
            found += _places(value[key])
    return found


def _text(value: Any) -> bytes:
    deep = "[" * 5000 + "]" * 5000
    return json.dumps(value).replace(json.dumps(_DEEP), deep).encode()


# -- arrays ----------------------------------------------------------------------------------------


def in_arrays(key: str) -> Mutation:
    """Return what damages a file of arrays, often with the checksum of the damaged content.

    key  of the JSON text in its header
    """

    def mutate(content: bytes, random: Random) -> bytes:
        chance = random.random()
        if chance < 0.3:
            return in_bytes(content, random)
        header, body = _divided(content)
        if chance < 0.5:
            return _joined(_text(_changed(header, random)), body)
        metadata, arrays = dict(header["__metadata__"]), load(content)
        if chance < 0.85 and key in metadata:
            told = in_json(metadata[key].encode(), random)
            metadata[key] = told.decode("utf-8", errors="replace")
        else:
            arrays = _arrays(arrays, random)
        del metadata["checksum"]
        return save(arrays, stamped(arrays, metadata))

    return mutate


def _divided(content: bytes) -> tuple[Any, bytes]:
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def _joined(header: bytes, body: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header + body


def _arrays(arrays: dict[str, Any], random: Random) -> dict[str, Any]:
    """Return arrays of which one has other numbers, another shape, dtype or name, or is gone."""
    name = random.choice(sorted(arrays))
    old = arrays.pop(name)
    wide = np.zeros((random.randint(0, 3), *old.shape), old.dtype)
    odd = np.full(old.shape, random.choice([np.nan, np.inf, -1, 2**31]))
    with np.errstate(all="ignore"):
        cast = old.astype(random.choice(["bool", "int64", "float16", "float64"]))
    others = [None, wide, odd, cast]
    new = random.choice([*others, old])
    if new is old:
        arrays[f"{name}{random.choice(['x', '/', '.0'])}"] = old
    elif new is not None:
        with np.errstate(all="ignore"):
            arrays[name] = new.astype(old.dtype) if new is odd else new
    return arrays
