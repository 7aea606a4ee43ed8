"""Fields of JSON values, checked."""

from __future__ import annotations

import json
from typing import Any

from chainrule.ner.data.errors import DataError


def parsed(text: str, place: str) -> Any:
    """Return the value of a JSON text. Raises `DataError`."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DataError(f"{place}: the JSON is nested too deeply. Correct it.") from error
    except ValueError as error:
        raise DataError(f"{place}: this is not JSON: {error}. Correct it.") from error


def listed(value: Any, name: str, place: str) -> list[Any]:
    """Return a list; None is an empty one. Raises `DataError` for other values."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise DataError(f"{place}: {name} is {brief(value)}. Give a list.")
    return value


def named(value: Any, name: str, place: str) -> dict[str, Any]:
    """Return an object. Raises `DataError` for other values."""
    if not isinstance(value, dict):
        raise DataError(f"{place}: {name} is {brief(value)}. Give an object, in braces.")
    return value


def whole(value: Any, name: str, place: str) -> int:
    """Return an int. Raises `DataError` for other values."""
    if type(value) is not int:
        raise DataError(f"{place}: {name} is {brief(value)}. Give a number of characters.")
    return value


def brief(value: Any) -> str:
    """Return the beginning of a value as JSON."""
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."
