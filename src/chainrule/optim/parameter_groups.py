"""Parameter groups: options for some parameters, chosen by patterns of their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, TypedDict

from chainrule.graph import ChainruleError, Parameter
from chainrule.optim.checks import require_not_negative


class GroupOptions(TypedDict, total=False):
    """Options of a group.

    learning_rate_factor  a factor of the optimizer's rate at every step, 0 or more
    weight_decay, l1      used in place of the optimizer's
    """

    learning_rate_factor: float
    weight_decay: float
    l1: float


Groups = Mapping[str, GroupOptions | Literal["frozen"]]


@dataclass(frozen=True)
class ParameterGroup:
    """Options of one parameter; a `frozen` one is not updated, and has no state."""

    learning_rate_factor: float
    weight_decay: float
    l1: float
    frozen: bool = False


def grouped(
    optimizer: str, parameters: Sequence[Parameter], groups: Groups | None, common: ParameterGroup
) -> dict[Parameter, ParameterGroup]:
    """Return the options of each parameter that is not frozen, from all patterns that match it.

    If two patterns give the same option, the later one is used. Raises ChainruleError, with the
    existing names, for a pattern that matches none of them, and if every parameter is frozen;
    ValueError for an unknown or invalid option.
    """
    groups = {} if groups is None else groups
    names = {each: str(each.name) for each in parameters}
    _require_patterns(optimizer, groups, list(names.values()))
    found = dict.fromkeys(parameters, common)
    for pattern, options in groups.items():
        for each, name in names.items():
            if fnmatchcase(name, pattern):
                found[each] = _changed(found[each], pattern, options)
    if all(group.frozen for group in found.values()):
        raise ChainruleError(
            f"{optimizer} was given groups that freeze every parameter, so it could not learn. "
            "Leave some that are not frozen."
        )
    return {each: group for each, group in found.items() if not group.frozen}


def _changed(
    group: ParameterGroup, pattern: str, options: GroupOptions | Literal["frozen"]
) -> ParameterGroup:
    if options == "frozen":
        return replace(group, frozen=True)
    _require_options(pattern, options)
    return replace(group, **options, frozen=False)


def _require_options(pattern: str, options: GroupOptions) -> None:
    """Raise ValueError for unknown or invalid options of a group."""
    if not isinstance(options, Mapping):
        raise ValueError(
            f"The group {pattern!r} was given {options!r}. Give 'frozen', or a dict of options."
        )
    known = GroupOptions.__annotations__
    if unknown := [each for each in options if each not in known]:
        raise ValueError(
            f"The group {pattern!r} was given {', '.join(map(repr, unknown))}. A group takes "
            f"{', '.join(known)}: its rate is a factor of the optimizer's, so that schedules reach "
            "all groups."
        )
    require_not_negative(f"The group {pattern!r}", **options)


def _require_patterns(optimizer: str, groups: Groups, names: Sequence[str]) -> None:
    """Raise ValueError unless groups are a dict, ChainruleError for an unmatched pattern."""
    if not isinstance(groups, Mapping):
        raise ValueError(
            f"{optimizer} was given groups={groups!r}. Give a dict of options by pattern of "
            "names: {'*.bias': {'weight_decay': 0}, 'head.*': 'frozen'}."
        )
    idle = [each for each in groups if not any(fnmatchcase(name, each) for name in names)]
    if idle:
        raise ChainruleError(
            f"Groups were given for {', '.join(map(repr, idle))}, which match no trainable "
            f"parameter. The names are {', '.join(names)}."
        )
