"""Parses JSON strictly: repeated names and numbers that are not finite are refused."""

from __future__ import annotations

import json
import math
from typing import Any

from chainrule.storage.errors import FormatError


def json_object(text: bytes, what: str) -> dict[str, Any]:
    """Return the object that a text in UTF-8 holds.

    what  the subject of error messages, such as "its header"

    Raises FormatError for text that is not JSON or not an object, for a name that occurs twice in
    one object, for NaN and infinity, and for nesting beyond the limit of Python.
    """
    try:
        found = json.loads(
            text.decode(),
            object_pairs_hook=_once,
            parse_constant=_refused_number,
            parse_float=_finite,
        )
    except FormatError as error:
        raise FormatError(f"{what} {error}") from error
    except RecursionError as error:
        raise FormatError(f"{what} is nested too deeply") from error
    except ValueError as error:
        raise FormatError(f"{what} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise FormatError(f"{what} is not an object, in braces, of names and values")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormatError("has a name twice")
    return found


def _refused_number(text: str) -> Any:
    raise FormatError(f"has the number {text}, which is not finite")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise FormatError(f"has the number {text[:30]}, which is not finite")
    return number
