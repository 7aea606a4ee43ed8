"""Checks of the fields of the doctor's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from chainrule.train.doctor.exam import Exam, GateMeasures, LoopMeasures, NotFinite, WeightMeasures
from chainrule.train.state.value_kinds import (
    COUNT,
    FILLED,
    FLOAT,
    LIST,
    NUMBER_FROM_1,
    OPTIONAL_SIZE,
    OPTIONAL_TEXT,
    SIZE,
    TEXT,
    TRUTH,
    ValueKind,
    wrong,
)

_KINDS = {
    "int": COUNT,
    "float": SIZE,
    "str": TEXT,
    "bool": TRUTH,
    "str | None": OPTIONAL_TEXT,
    "float | None": OPTIONAL_SIZE,
}
_PARTS = {"gates": GateMeasures, "weights": WeightMeasures, "loops": LoopMeasures}
_ELEMENTS = {"shape": COUNT, "gradients": SIZE}
_OWN = {
    ("Exam", "step"): NUMBER_FROM_1,
    ("Exam", "loss"): FLOAT,
    ("LoopMeasures", "gradients"): FILLED,
}


def fault(record: dict[str, Any]) -> str | None:
    """Return a phrase that says why a JSON object is not a record, None if it is one."""
    given = {name: each for name, each in record.items() if name not in ("record", "format")}
    match record.get("record"):
        case "not finite":
            return _fault(given, NotFinite)
        case "exam":
            return _fault(given, Exam) or _in_parts(given)
        case kind:
            return f"'record' is {str(kind)[:40]!a}, not 'exam' or 'not finite'"


def _fault(given: Mapping[str, Any], kind: type) -> str | None:
    known = {
        each.name: _OWN.get((kind.__name__, each.name), _KINDS.get(str(each.type), LIST))
        for each in fields(kind)
    }
    optional = {each.name for each in fields(kind) if each.default is not MISSING}
    asked = {
        name: each for name, each in known.items() if name in given or name not in optional
    } | dict.fromkeys((name for name in ("gates", "weights", "loops") if name in known), LIST)
    if unknown := [name for name in given if name not in known]:
        return f"{unknown[0][:40]!a} is unknown"
    return wrong(given, asked) or _in_lists(given, _ELEMENTS)


def _in_parts(exam: Mapping[str, Any]) -> str | None:
    for name, kind in _PARTS.items():
        for each in exam[name]:
            found = _fault(each, kind) if isinstance(each, dict) else "it is not an object"
            if found is not None:
                return f"in its {name}, {found}"
    return None


def _in_lists(given: Mapping[str, Any], elements: Mapping[str, ValueKind]) -> str | None:
    for name, kind in elements.items():
        if name in given and not all(map(kind.holds, given[name])):
            return f"{name!r} holds something that is not {kind.words}"
    return None
