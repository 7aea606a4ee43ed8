"""Signatures of calls in words."""

from __future__ import annotations

from collections.abc import Sequence
from operator import ne

from chainrule.compile.arguments import CallSignature, Key, WeakKey, names_of_places, statics_of


def types_text(signature: CallSignature, parameters: Sequence[str]) -> str:
    """Return the arguments of a signature, with their dtypes and shapes."""
    statics = statics_of(signature, parameters)
    return ", ".join(
        [*map(_type, signature.keys), *(f"{name}={each!r}" for name, each in statics.items())]
    )


def _type(key: Key) -> str:
    """Return the dtype and the shape of an argument."""
    if isinstance(key, WeakKey):
        return {"f": "float", "i": "int", "u": "int"}[key.dtype.kind]
    return f"{key[1]}{list(key[0])}"


def difference(
    signature: CallSignature, earlier: Sequence[CallSignature], parameters: Sequence[str]
) -> str:
    """Return how a signature differs from the nearest earlier one, in words."""
    if not earlier:
        return "the first call"

    def distance(other: CallSignature) -> int:
        return _distance(signature, other, parameters)

    nearest = min(reversed(earlier), key=distance)
    return "; ".join(dict.fromkeys(_differences(signature, nearest, parameters)))


def _distance(new: CallSignature, old: CallSignature, parameters: Sequence[str]) -> int:
    """Return the number of differences of two signatures; of equal form, without their words."""
    if new.positional == old.positional and new.named == old.named:
        return sum(map(ne, new.keys, old.keys))
    return len(_differences(new, old, parameters))


def _differences(new: CallSignature, old: CallSignature, parameters: Sequence[str]) -> list[str]:
    """Return the differences of two signatures, in words."""
    counts = [len(each.positional) + len(each.named) for each in (new, old)]
    if counts[0] != counts[1]:
        return [f"{counts[0]} arguments instead of {counts[1]}"] * max(counts)
    names = names_of_places(new, parameters)
    if names != names_of_places(old, parameters):
        return ["the arguments have another form"] * max(map(len, (new.keys, old.keys)))
    found = []
    for name, key, old_key in zip(names, new.keys, old.keys, strict=True):
        changes = _changes(key, old_key)
        found += [f"argument {name}: {' and '.join(changes)}"] if changes else []
    before = statics_of(old, parameters)
    for name, value in statics_of(new, parameters).items():
        if name not in before or before[name] != value:
            found.append(f"argument {name} is {value!r}")
    return found or ["the arguments have another form"]


def _changes(new: Key, old: Key) -> list[str]:
    """Return the differences of two keys, in words."""
    if isinstance(new, WeakKey) or isinstance(old, WeakKey):
        return [f"{_type(new)} instead of {_type(old)}"] if new != old else []
    changes = [f"shape {new[0]} instead of {old[0]}"] if new[0] != old[0] else []
    return changes + ([f"dtype {new[1]} instead of {old[1]}"] if new[1] != old[1] else [])
