"""Groups: parameters with a rate and a decay of their own, chosen by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, TypedDict

from chainrule.graph import ChainruleError, Parameter
from chainrule.optim.options import require_decay


class GroupOptions(TypedDict, total=False):
    """What a group has of its own.

    learning_rate_factor  times the optimizer's rate, whatever that is at the step; not below 0
    weight_decay, l1      in place of the optimizer's
    """

    learning_rate_factor: float
    weight_decay: float
    l1: float


Groups = Mapping[str, GroupOptions | Literal["frozen"]]


@dataclass(frozen=True)
class Group:
    """What holds for one parameter; `frozen` ones are not moved, and have no state."""

    learning_rate_factor: float
    weight_decay: float
    l1: float
    frozen: bool = False


def grouped(
    groups: Groups, parameters: Sequence[Parameter], common: Group
) -> dict[Parameter, Group]:
    """Return what holds for each parameter: the options of all patterns that match its name.

    Where two patterns give the same option, the later one counts. Raises ChainruleError, with the
    names there are, for patterns that match none of them, and ValueError for unknown options.
    """
    names = {each: str(each.name) for each in parameters}
    _require_matches(groups, list(names.values()))
    found = dict.fromkeys(parameters, common)
    for pattern, options in groups.items():
        for each, name in names.items():
            if fnmatchcase(name, pattern):
                found[each] = _changed(found[each], pattern, options)
    return found


def _changed(group: Group, pattern: str, options: GroupOptions | Literal["frozen"]) -> Group:
    if isinstance(options, str):
        if options != "frozen":
            raise ValueError(
                f"The group {pattern!r} was given {options!r}. Give 'frozen', or a dict of options."
            )
        return replace(group, frozen=True)
    _require_known(pattern, options)
    return replace(group, **options, frozen=False)


def _require_known(pattern: str, options: GroupOptions) -> None:
    known = GroupOptions.__annotations__
    if unknown := [each for each in options if each not in known]:
        raise ValueError(
            f"The group {pattern!r} was given {', '.join(map(repr, unknown))}. A group takes "
            f"{', '.join(known)}: its rate is a factor of the optimizer's, so that schedules reach "
            "all groups."
        )
    factor = options.get("learning_rate_factor", 1.0)
    if not 0 <= factor < math.inf:
        raise ValueError(
            f"The group {pattern!r} was given the learning_rate_factor {factor}. Give a number, "
            "not below 0."
        )
    decay, l1 = options.get("weight_decay", 0.0), options.get("l1", 0.0)
    require_decay(f"The group {pattern!r}", weight_decay=decay, l1=l1)


def _require_matches(groups: Groups, names: Sequence[str]) -> None:
    idle = [each for each in groups if not any(fnmatchcase(name, each) for name in names)]
    if idle:
        raise ChainruleError(
            f"Groups were given for {', '.join(map(repr, idle))}, which match no trainable "
            f"parameter. The names are {', '.join(names)}."
        )
