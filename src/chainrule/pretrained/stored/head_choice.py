"""Which head a network gets: that of the file, or a fresh one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import label_names, numbered_labels
from chainrule.pretrained.families.family import ARCHITECTURES, Family, HeadFamily
from chainrule.pretrained.stored.name_table import rows

_LABELLED = ("classification", "tokens")
Labels = Sequence[str] | int | None


@dataclass(frozen=True)
class HeadChoice:
    """The head of a network.

    name    its name, or None for no head
    family  how it is made, and its names
    labels  the names of its labels; empty for a head without labels
    stored  True if its values are in the file
    """

    name: str | None
    family: HeadFamily | None
    labels: tuple[str, ...] = ()
    stored: bool = False


def choose_head(
    family: Family,
    head: str | None,
    labels: Labels,
    config: Mapping[str, Any],
    known: Collection[str],
) -> HeadChoice:
    """Return the head that was asked for.

    labels  names or a number of labels; None for those of the configuration
    known   the names of the file's arrays, in the spelling of the family

    Raises PretrainedError for a head that the family does not have, for labels of a head without
    labels, for repeated labels, and for a head of which the file holds a part only.
    """
    if head is None:
        require_no_labels(head, labels)
        return HeadChoice(None, None)
    if head not in family.heads:
        raise PretrainedError(
            f"The head {head!r} was asked for. Heads of {family.name} are "
            f"{', '.join(family.heads)}; None is for no head."
        )
    made = family.heads[head]
    own = label_names(config) if head in _LABELLED else ()
    if not own:
        require_no_labels(head, labels)
    names = own if labels is None else named_labels(labels, own)
    stored = _is_stored(made, head, config, known) and names == own
    return HeadChoice(head, made, names, stored)


def named_labels(labels: Sequence[str] | int, own: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of labels; those of the file for its number of labels."""
    if isinstance(labels, int) and not isinstance(labels, bool) and labels > 0:
        return own if labels == len(own) else numbered_labels(labels)
    names = () if isinstance(labels, str | int) else tuple(labels)
    if not names or not all(isinstance(each, str) for each in names):
        raise PretrainedError(
            f"labels={labels!r} was given. Give names of labels, or their number, 1 for "
            "a regression."
        )
    if len(set(names)) < len(names):
        raise PretrainedError(
            f"labels={labels!r} were given, with repeated names. Give each name once."
        )
    return names


def require_no_labels(head: str | None, labels: Labels) -> None:
    if labels is not None:
        asked = "no head" if head is None else f"the head {head!r}"
        raise PretrainedError(
            f"labels={labels!r} were given with {asked}, which has no labels. Labels are for the "
            f"heads {' and '.join(map(repr, _LABELLED))}."
        )


def _is_stored(
    made: HeadFamily, head: str, config: Mapping[str, Any], known: Collection[str]
) -> bool:
    """Return whether the file holds a head; the same names may be those of another head's."""
    needed = [name for row in rows(made.names) for name in row.theirs]
    missing = [name for name in needed if name not in known]
    if missing and len(missing) < len(needed):
        return not _shares_names(made, needed, missing)
    return not missing and not _is_of_another(head, config)


def _shares_names(made: HeadFamily, needed: list[str], missing: list[str]) -> bool:
    """Return whether what is there may belong to another head: a classifier without what precedes.

    Otherwise the head counts as stored, and its missing arrays are listed when it is read.
    """
    return {name for name in needed if name not in missing} <= {
        "classifier.weight",
        "classifier.bias",
    }


def _is_of_another(head: str, config: Mapping[str, Any]) -> bool:
    """Return whether the configuration says that a classifier is that of the other kind."""
    classes = config.get("architectures") or ()
    others = [ARCHITECTURES[each] for each in _LABELLED if each != head and head in _LABELLED]
    return any(isinstance(name, str) and name.endswith(tuple(others)) for name in classes)
