"""Check object files before they are loaded: LLVM's loader crashes on damaged files.

Source: System V Application Binary Interface, chapter 4 (object files), in the 64-bit form.
"""

from __future__ import annotations

import platform
import struct
import sys
from typing import Any

import numpy as np

SectionTable = np.ndarray[Any, np.dtype[Any]]

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_START = b"\x7fELF\x02\x01\x01"  # 64 bits, little-endian
_MACHINES = {"x86_64": 62, "amd64": 62, "aarch64": 183, "arm64": 183}
# The kinds of relocation that LLVM's loader knows, by machine.
_KINDS = {
    62: (0, 1, 2, 4, 9, 10, 11, 12, 14, 15, 24, 25, 27, 29, 41, 42),
    183: (0, *range(257, 270), 274, 275, *range(277, 281), *range(282, 287), 299, 311, 312, 314),
}
_SECTION = np.dtype(
    {
        "names": ["name", "type", "offset", "size", "link", "info", "alignment", "entry"],
        "formats": ["<u4", "<u4", "<u8", "<u8", "<u4", "<u4", "<u8", "<u8"],
        "offsets": [0, 4, 24, 32, 40, 44, 48, 56],
        "itemsize": 64,
    }
)
_SYMBOL = np.dtype([("name", "<u4"), ("kind", "<u2"), ("section", "<u2"), ("at", "<u8", 2)])
_RELOCATION = np.dtype([("at", "<u8"), ("kind", "<u4"), ("symbol", "<u4"), ("plus", "<i8")])
_SYMBOLS, _STRINGS, _RELOCATIONS, _NOTHING, _UNADDRESSED = 2, 3, 4, 8, 9
_ABSOLUTE = 0xFFF1  # the section index of absolute symbols
_FUNCTION, _FILE = 2, 4  # kinds of symbols; the kinds after `file` are not used
_ALIGNMENT = 4096


def is_loadable(code: bytes, function: str) -> bool:
    """Return whether `code` is a whole object file for this machine that defines `function`.

    Raises nothing. Only ELF, the format of Linux and the BSDs, is checked in full; of other formats
    the first bytes are checked.
    """
    if sys.platform == "darwin":
        return code.startswith(b"\xcf\xfa\xed\xfe")
    if sys.platform == "win32":
        return code[:2] in (b"\x64\x86", b"\x64\xaa") and len(code) > 20
    sections = _sections(code)
    if sections is None or not all(_is_sound(code, sections, each) for each in sections):
        return False
    return function.encode() in _functions(code, sections)


def _sections(code: bytes) -> SectionTable | None:
    """Return the table of sections, None if the header or a section is outside the file."""
    if len(code) < _HEADER.size or not code.startswith(_START):
        return None
    _, kind, machine, _, _, _, start, _, _, _, _, size, count, names = _HEADER.unpack_from(code)
    expected = _MACHINES.get(platform.machine().lower(), machine)
    if (kind, machine, size) != (1, expected, _SECTION.itemsize) or names >= count:
        return None
    if start + count * size > len(code):
        return None
    found = np.frombuffer(code, _SECTION, count, start)
    are_named = (found["name"] < found["size"][names]).all()
    return found if are_named and all(_fits(code, count, each) for each in found) else None


def _fits(code: bytes, sections: int, section: Any) -> bool:
    """Return whether a section is inside the file, and its alignment and link are valid."""
    start = 0 if section["type"] == _NOTHING else int(section["offset"])
    is_inside = start + int(section["size"]) <= len(code)
    is_aligned = int(section["alignment"]).bit_count() <= 1 and section["alignment"] <= _ALIGNMENT
    return is_inside and is_aligned and bool(section["link"] < sections)


def _is_sound(code: bytes, sections: SectionTable, section: Any) -> bool:
    """Return whether the content of a section is valid."""
    if section["type"] == _STRINGS:
        return _content(code, section).endswith(b"\0")
    if section["type"] == _SYMBOLS:
        return _are_symbols(_table(code, section, _SYMBOL), sections, sections[section["link"]])
    if section["type"] == _RELOCATIONS:
        return _are_relocations(code, sections, section)
    return bool(section["type"] != _UNADDRESSED)


def _are_symbols(symbols: SectionTable | None, sections: SectionTable, names: Any) -> bool:
    """Return whether all symbols refer to existing names, sections and bytes."""
    if symbols is None or names["type"] != _STRINGS:
        return False
    defined = symbols[symbols["section"] != _ABSOLUTE]
    if (symbols["name"] >= names["size"]).any() or (defined["section"] >= len(sections)).any():
        return False
    if (symbols["kind"] & 15 > _FILE).any():
        return False
    ends = defined["at"].astype(object).sum(axis=1)
    inside = ends <= sections["size"][defined["section"]].astype(object)
    return bool((inside | (defined["section"] == 0)).all())


def _are_relocations(code: bytes, sections: SectionTable, section: Any) -> bool:
    """Return whether relocations are of known kinds, and refer to existing symbols and bytes."""
    table, named = _table(code, section, _RELOCATION), sections[section["link"]]
    symbols = _table(code, named, _SYMBOL) if named["type"] == _SYMBOLS else None
    if table is None or symbols is None or section["info"] >= len(sections):
        return False
    kinds = _KINDS.get(int.from_bytes(code[18:20], "little"))
    if kinds is not None and not np.isin(table["kind"], kinds).all():
        return False
    if (table["symbol"] >= len(symbols)).any():
        return False
    ends = table["at"].astype(object) + 8
    is_inside = (ends <= int(sections[section["info"]]["size"])).all()
    return bool(is_inside and (symbols["kind"][table["symbol"]] & 15 != _FILE).all())


def _functions(code: bytes, sections: SectionTable) -> set[bytes]:
    """Return the names of the functions that a valid object file defines."""
    found = set()
    for each in sections[sections["type"] == _SYMBOLS]:
        names = _content(code, sections[each["link"]])
        symbols = np.frombuffer(_content(code, each), _SYMBOL)
        defined = symbols[(symbols["section"] > 0) & (symbols["kind"] & 15 == _FUNCTION)]
        found |= {names[at:].partition(b"\0")[0] for at in defined["name"].tolist()}
    return found


def _table(code: bytes, section: Any, entry: np.dtype[Any]) -> SectionTable | None:
    """Return the entries of a section, None if their size is not that of `entry`."""
    if section["entry"] != entry.itemsize or section["size"] % entry.itemsize:
        return None
    return np.frombuffer(_content(code, section), entry)


def _content(code: bytes, section: Any) -> bytes:
    """Return the bytes of a section."""
    start, size = int(section["offset"]), int(section["size"])
    return code[start : start + size]
