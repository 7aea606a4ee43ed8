"""The smallest change of one word that changes a tag, found by first-order estimates, verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.ner.explaining.sentence_rows import SentenceRows
from chainrule.ner.explaining.word_changes import Change, Replacements, changes_of
from chainrule.ner.tagger import Tagger

Array = np.ndarray[Any, Any]
_TAGGED = 48  # replacements of one word that are tagged
_TAGGED_BY_PRETRAINED = 8


@dataclass(frozen=True)
class Flip:
    """A change of one word that changes the tag, as the tagger itself says.

    place     the number of the changed word in the sentence
    word      the word
    becomes   what it is replaced with
    tag       the tag of the explained word after the change
    distance  the Euclidean distance between the vectors of the two words
    """

    place: int
    word: str
    becomes: str
    tag: str
    distance: float


def smallest_flip(
    replacements: Replacements,
    tagger: Tagger,
    words: Sequence[str],
    place: int,
    wanted: str | None,
    read: SentenceRows,
    slopes: dict[str, Array],
    margin: float,
) -> tuple[Flip | None, int]:
    """Return the flip with the smallest distance among the changes tried, and their number.

    wanted  the tag to reach; None for any other than the predicted one
    slopes  the gradient of the margin with respect to the vectors that are encoded
    margin  by which the predicted tag is ahead of the other, 0 or more

    All words of the vocabulary are ranked by the first-order change of the margin, in the place of
    every word that the network reads. Those nearest to a word among those that should flip the tag,
    and those that change the margin most, are tagged. Other cases are tried for every word.
    """
    is_fast = tagger.net is None and tagger.lexicon.contextual is None
    most = _TAGGED if is_fast else _TAGGED_BY_PRETRAINED
    changes: list[Change] = []
    for position, at in enumerate(read.places.tolist()):
        if at >= 0:
            own = _slopes_at(read, slopes, position)
            found = changes_of(replacements, tagger, words, at, own, margin)
            changes += _likely(found, margin, most)
    before = _tags_at(tagger, [words], place)[0]
    replaced = [[*words[: c.place], c.becomes, *words[c.place + 1 :]] for c in changes]
    after = _tags_at(tagger, replaced, place)
    flips = [
        Flip(change.place, words[change.place], change.becomes, tag, change.distance)
        for change, tag in zip(changes, after, strict=True)
        if tag != before and wanted in (None, tag)
    ]
    return min(flips, key=lambda each: each.distance, default=None), len(changes)


def _slopes_at(read: SentenceRows, slopes: dict[str, Array], position: int) -> dict[str, Array]:
    """Return the gradient with respect to the vectors of one word; summed over its sub-tokens."""
    found = {"words": slopes["words"][0, position]} if "words" in slopes else {}
    if read.owners is not None:
        found["subtokens"] = slopes["subtokens"][read.owners == read.places[position]].sum(0)
    return found


def _likely(changes: Sequence[Change], margin: float, most: int) -> Iterator[Change]:
    """Yield changes of case, then the nearest of those that should flip, and the strongest."""
    yield from (each for each in changes if each.is_case)
    others = [each for each in changes if not each.is_case]
    flips = [each for each in others if margin + each.estimate < 0]
    nearest = sorted(flips, key=lambda each: each.distance)[: most // 2]
    strongest = sorted(others, key=lambda each: each.estimate)[:most]
    yield from list(dict.fromkeys([*nearest, *strongest]))[:most]


def _tags_at(tagger: Tagger, sentences: Sequence[Sequence[str]], place: int) -> list[str]:
    if not sentences:
        return []
    best = tagger._best(tagger.lexicon.flat(sentences)).reshape(len(sentences), -1)
    return [tagger.tags[number] for number in best[:, place].tolist()]
