"""The tags of a tagger as they are written: in the scheme of its data, and in lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

import chainrule as cr
from chainrule.ner.columns import Names, line_ends
from chainrule.text import Scheme, Transitions, encode, rewritten, spans, transitions

IdArray = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class TagNames:
    """What may follow what, each tag as written after another, and the ends of its lines."""

    rules: Transitions
    written: Names
    line_ends: Names


@lru_cache(maxsize=16)
def names_of(tags: tuple[str, ...], scheme: Scheme) -> TagNames:
    """Return the tables of IOBES tags that are written in a scheme; they are read-only."""
    rules, written = transitions(tags), rewritten(tags, scheme)
    found = TagNames(rules, written, line_ends(written))
    for table in (*rules, written, found.line_ends):
        table.setflags(write=False)
    return found


def as_scores(rules: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what may follow what as scores of transitions, float64."""
    scores = np.where(rules, 0.0, -np.inf) if rules.dtype == np.bool_ else rules
    return np.ascontiguousarray(scores, np.float64)


def written_in(tags: Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    """Return the tags of a sentence in another scheme."""
    return encode(spans(tags), len(tags), scheme)


def require_known(tags: Iterable[str], known: Iterable[str]) -> None:
    """Raise TrainingError for tags with types that are not those of the known tags."""
    types = {each.partition("-")[2] for each in tags} - {each.partition("-")[2] for each in known}
    if types:
        ours = sorted({each.partition("-")[2] for each in known} - {""})
        raise cr.train.TrainingError(
            f"The data has entities of the types {', '.join(sorted(types))}, and this tagger knows "
            f"{', '.join(ours) or 'none'}. Make one for it: Tagger.for_corpus(sentences, settings)."
        )


def numbers_before(best: IdArray, lengths: npt.ArrayLike) -> IdArray:
    """Return the number of the tag before each tag, -1 at the beginning of a sentence."""
    before = np.full(len(best), -1, np.int64)
    before[1:] = best[:-1]
    sizes = np.array(lengths, np.int64)
    before[(np.cumsum(sizes) - sizes)[sizes > 0]] = -1
    return before
