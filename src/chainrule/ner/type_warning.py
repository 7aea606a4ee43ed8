"""Entity types that a model and data do not share, so that nothing in the data can be found."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from chainrule.text import Sentence, spans


class TypesWarning(UserWarning):
    """The data has entities, but none of a type that the model knows."""


def warn_unless_shared(known: Iterable[str], sentences: Sequence[Sentence]) -> None:
    """Warn with `TypesWarning` if `sentences` have types, and none of them is `known`."""
    types, given = set(known), {span.type for each in sentences for span in spans(each.tags)}
    if given and not given & types:
        warnings.warn(
            f"No entity type is shared, so nothing can be found: the model knows {_listed(types)}, "
            f"the data has {_listed(given)}. Rename the types of the data, or train on such data.",
            TypesWarning,
            stacklevel=3,
        )


def _listed(types: set[str]) -> str:
    return ", ".join(sorted(types)) or "none"
