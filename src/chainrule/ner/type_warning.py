"""The warning about data without an entity type that the model knows."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from chainrule.text import Sentence, spans


class TypesWarning(UserWarning):
    """A warning: the data has entities, but none of a type that the model knows."""


def warn_unless_shared(known: Iterable[str], sentences: Sequence[Sentence]) -> None:
    """Warn with TypesWarning if `sentences` have entities, but none of a known type."""
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
