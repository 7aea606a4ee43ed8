"""Contributions by word, and of each word by the rows of tables that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.ner.explaining.sentence_rows import SentenceRows
from chainrule.ner.features.affixes import COUNT, UNKNOWN_AFFIX, affixes_of
from chainrule.ner.features.sentence_case import SENTENCE_CASES
from chainrule.ner.flat_sentences import Form
from chainrule.ner.tagger import Tagger
from chainrule.text import CAPITALS, UNKNOWN_ID, normalise

Array = np.ndarray[Any, Any]
_UNKNOWN = " (unknown)"


@dataclass(frozen=True)
class Part:
    """What one row of a table contributes through one word.

    feature  "word", "given vector", "contextual vector", "capitals", "prefix", "suffix",
             "character", "gazetteer", or "sub-token"
    name     the name of the row, such as "initial" or "-ing"; "-ing (unknown)" where the row is
             that of all unknown ones
    row      its number in the table; None for vectors that are given, marks and sub-tokens
    value    its contribution to the score of the tag
    between  its contribution to the margin before the runner-up
    """

    feature: str
    name: str
    row: int | None
    value: float
    between: float


@dataclass(frozen=True)
class WordContribution:
    """What one word contributes.

    place    the number of the word in the sentence, from 0; None for the padding beside it
    word     the word, "" for padding
    value    its contribution to the score of the tag, the sum over `parts`
    between  its contribution to the margin before the runner-up
    parts    by row
    """

    place: int | None
    word: str
    value: float
    between: float
    parts: tuple[Part, ...]


def by_word(
    tagger: Tagger,
    words: Sequence[str],
    read: SentenceRows,
    values: dict[str, Array],
    between: dict[str, Array],
) -> tuple[WordContribution, ...]:
    """Return the contributions of words, in their order, of those of the elements of rows.

    Padding beside the sentence is left out where it contributes nothing.
    """
    found = []
    values, between = (_of_frozen(tagger, read, each) for each in (values, between))
    forms = tagger.lexicon.flat([words]).words
    for position, place in enumerate(read.places.tolist()):
        form = forms[place] if place >= 0 else ""
        parts = tuple(_parts(tagger, form, read, position, values, between))
        sums = sum(each.value for each in parts), sum(each.between for each in parts)
        if place >= 0:
            found.append(WordContribution(place, words[place], *sums, parts))
        elif any(sums):
            found.append(WordContribution(None, "", *sums, parts))
    return tuple(found)


def _of_frozen(tagger: Tagger, read: SentenceRows, values: dict[str, Array]) -> dict[str, Array]:
    """Return values in which frozen given vectors have what they take the place of.

    A word with a frozen vector reads no learned row; the padding of the baseline does.
    """
    if "given" not in values or not tagger.network.vectors.frozen:
        return values
    is_given = read.features["given"].any(axis=-1, keepdims=True)
    moved = np.where(is_given, values["words"], 0)
    return values | {"words": values["words"] - moved, "given": values["given"] + moved}


def _parts(
    tagger: Tagger,
    form: Form,
    read: SentenceRows,
    position: int,
    values: dict[str, Array],
    between: dict[str, Array],
) -> Iterator[Part]:
    """Yield the parts of a position, of every table in turn."""
    for name in read.rows:
        both = values[name], between[name]
        if name == "subtokens":
            yield from _subtokens(tagger, read, position, both)
            continue
        own, other = (each[0, position] for each in both)
        if name == "gazetteer":
            yield from _marks(tagger, read, position, own, other)
        elif name == "contextual":
            title = _texts(form)[0]
            yield Part("contextual vector", title, None, float(own.sum()), float(other.sum()))
        elif name == "given":
            known = bool(read.features["given"][0, position].any())
            title = _texts(form)[0] + ("" if known else _UNKNOWN)
            yield Part("given vector", title, None, float(own.sum()), float(other.sum()))
        else:
            numbers = np.atleast_1d(read.features[name][0, position])
            sums = (np.atleast_1d(each.sum(-1)) for each in (own, other))
            yield from _rows(tagger, form, name, numbers, *sums)


def _rows(
    tagger: Tagger, form: Form, table: str, numbers: Array, own: Array, other: Array
) -> Iterator[Part]:
    """Yield a part per row of a table; the padding of characters is left out."""
    for i, (row, value, margin) in enumerate(
        zip(numbers.tolist(), own.tolist(), other.tolist(), strict=True)
    ):
        if table == "characters" and not row and not value and not margin:
            continue
        feature, name = _named(tagger, form, table, i, row)
        yield Part(feature, name, row, value, margin)


def _named(tagger: Tagger, form: Form, table: str, i: int, row: int) -> tuple[str, str]:
    """Return the feature and the name of a row of a table; i is its number in the word."""
    lexicon = tagger.lexicon
    word, begun, ended = _texts(form)
    if table == "words":
        is_unknown = row == UNKNOWN_ID
        return "word", word + _UNKNOWN if is_unknown else lexicon.vocabulary.words[row]
    if table == "capitals":
        case, kind = divmod(row, len(CAPITALS))
        return "capitals", CAPITALS[kind] + (f" in {SENTENCE_CASES[case]} case" if case else "")
    if table == "affixes":
        name = affixes_of(begun, ended)[i] + ("" if row != UNKNOWN_AFFIX else _UNKNOWN)
        return "prefix" if i < COUNT // 2 else "suffix", name if row else "padding"
    assert lexicon.characters is not None
    name = "one unknown" if row == UNKNOWN_ID else lexicon.characters.names[row]
    return "character", name or "padding"


def _texts(form: Form) -> tuple[str, str, str]:
    """Return a word, and the texts of its prefixes and suffixes, in normal form."""
    texts = (form,) * 3 if isinstance(form, str) else (form.word, form.begun, form.ended)
    word, begun, ended = map(normalise, texts)
    return word, begun, ended


def _marks(
    tagger: Tagger, read: SentenceRows, position: int, own: Array, other: Array
) -> Iterator[Part]:
    assert tagger.lexicon.gazetteer is not None
    types = tagger.lexicon.gazetteer.types
    for mark in np.flatnonzero(read.rows["gazetteer"][0, position]).tolist():
        name = f"{'BIES'[mark % 4]}-{types[mark // 4]}"
        yield Part("gazetteer", name, None, float(own[mark]), float(other[mark]))


def _subtokens(
    tagger: Tagger, read: SentenceRows, position: int, both: tuple[Array, Array]
) -> Iterator[Part]:
    """Yield the sub-tokens of a word; those of overlapping windows one after the other."""
    assert read.owners is not None
    assert read.windows is not None
    assert tagger.net is not None
    named = tagger.net.tokenizer.tokens
    for at in zip(*np.nonzero(read.owners == read.places[position]), strict=True):
        (name,) = named([int(read.windows.ids[at])])
        yield Part(
            "sub-token", name, int(read.windows.ids[at]), *(float(e[at].sum()) for e in both)
        )
