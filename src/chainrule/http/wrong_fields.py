"""Sentences for JSON that does not have the fields of a request."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chainrule.http.refusal import RefusedRequest

M = TypeVar("M", bound=BaseModel)

_SHOWN = 60  # characters of a wrong value or name
_FAULTS = 3  # that are named


def parsed(kind: type[M], body: bytes, expected: str) -> M:
    """Return a request of a kind, read from JSON.

    expected  the end of "The body does not fit: ... Send ..."

    Raises RefusedRequest for what is not JSON (400) or does not fit (422).
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    if faults[0]["type"] == "json_invalid":
        reason = faults[0]["msg"].removeprefix("Invalid JSON: ")
        raise RefusedRequest(400, "not_json", f"The body is not valid JSON: {reason}.")
    said = "; ".join(_sentence(each) for each in faults[:_FAULTS])
    more = f"; and {len(faults) - _FAULTS} more faults" if len(faults) > _FAULTS else ""
    raise RefusedRequest(
        422, "wrong_fields", f"The body does not fit: {said}{more}. Send {expected}."
    )


def _sentence(fault: Any) -> str:
    place = "".join(
        f"[{each}]" if isinstance(each, int) else f".{_short(each)}" for each in fault["loc"]
    )
    reason = fault["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:]
    if not place or fault["type"] == "extra_forbidden":
        return f"{place[1:] + ' is unknown' if place else reason}"
    return f"{place[1:]} is {_short(repr(fault['input']))}: {reason}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
