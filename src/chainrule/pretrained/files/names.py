"""Compares the arrays that a network needs with those that a file has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.weights import Shape
from chainrule.storage import printable

_SHOWN = 100


def match_names(
    expected: Mapping[str, Shape],
    found: Mapping[str, Shape],
    *,
    optional: Iterable[str] = (),
    ignore: Iterable[str] = (),
    what: str = "The weights",
) -> None:
    """Raise PretrainedError, with a list of all differences, unless names and shapes match.

    expected  the shape of each array that the network needs
    found     the shapes of the file, such as `Weights.shapes`
    optional  names of `expected` that may be missing; if they are there, the shape must fit
    ignore    regular expressions: names of `found` that match one completely may be there without
              being expected
    what      the subject of the message, such as the path of the folder
    """
    may_lack, ignored = set(optional), [re.compile(each) for each in ignore]
    missing = [name for name in expected if name not in found and name not in may_lack]
    unknown = [
        name
        for name in found
        if name not in expected and not any(each.fullmatch(name) for each in ignored)
    ]
    misshaped = [
        name
        for name, shape in expected.items()
        if name in found and tuple(found[name]) != tuple(shape)
    ]
    wrong = [f"{printable(name)} {list(expected[name])} is missing" for name in missing]
    wrong += [f"{printable(name)} {list(found[name])} is unknown" for name in unknown]
    wrong += [
        f"{printable(name)} has the shape {list(found[name])}, and {list(expected[name])} is needed"
        for name in misshaped
    ]
    if wrong:
        raise PretrainedError(
            f"{what} do not fit the network: {len(missing)} arrays are missing, {len(unknown)} are "
            f"unknown, {len(misshaped)} have another shape. Check that the configuration belongs "
            f"to these weights, and that this kind of network is supported.\n{listed(wrong)}"
        )


def listed(lines: list[str]) -> str:
    """Return lines as an indented list; of very many, the first ones and how many follow."""
    shown = [f"  {each}" for each in lines[:_SHOWN]]
    rest = len(lines) - len(shown)
    return "\n".join([*shown, f"  and {rest} more"] if rest else shown)
