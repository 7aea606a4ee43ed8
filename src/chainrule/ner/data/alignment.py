"""Alignment: records become sentences of words with tags.

The words are those of the record, or of `chainrule.text.tokenize`. Sentences that an entity crosses
are joined. If an entity begins or ends inside a word, the mode says what happens:

    split     the word is split there, so that the entity is exact (the default)
    expand    the entity takes the whole word
    contract  the entity loses the word
    strict    the entity is left out

The last three are the alignment modes of spaCy. Of overlapping entities the longest one is kept, of
equally long ones the first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, get_args

from chainrule.ner.data import tally as reasons
from chainrule.ner.data.errors import DataError
from chainrule.ner.data.record import Mark, Places, Record
from chainrule.ner.data.tally import Tally
from chainrule.text import Sentence, Span, encode, graphemes, is_tag, tokenize
from chainrule.text.word_places import word_places

Alignment = Literal["split", "expand", "contract", "strict"]


def require_alignment(align: str) -> None:
    """Raise `DataError` for an unknown mode."""
    if align not in get_args(Alignment):
        raise DataError(
            f"Unknown alignment {align!r}. Choose one of {', '.join(get_args(Alignment))}."
        )


def aligned(record: Record, align: Alignment, tally: Tally) -> Iterator[Sentence]:
    """Yield the sentences of a record; count them, and what was changed, in `tally`."""
    sentences = _sentences(record)
    marks = list(_without_overlaps(list(_named(record, tally)), record, tally))
    if align == "split":
        cuts = sorted({place for mark in marks for place in (mark.start, mark.end)})
        sentences = [_split(each, cuts, record, tally) for each in sentences]
    words = [pair for each in sentences for pair in each]
    if not words:
        tally.change(reasons.WORDLESS, record.place)
    found = list(_covering(words, marks, align, record, tally))
    at = 0
    for begin, end in _joined(sentences, found):
        first = at
        while at < len(found) and found[at].start < end:
            at += 1
        inside = [Span(s.type, s.start - begin, s.end - begin) for s in found[first:at]]
        texts = tuple(record.text[start:stop] for start, stop in words[begin:end])
        sentence = Sentence(texts, encode(inside, end - begin, "IOB2"))
        tally.add(sentence)
        yield sentence


def _sentences(record: Record) -> list[Places]:
    if record.sentences is None:
        sentences = tokenize(record.text, record.lines)
        return [tuple(each) for each in word_places(record.text, sentences)]
    words = [record.text[start:end] for each in record.sentences for start, end in each]
    # Blanks are words only where all words are characters.
    if not any(map(str.isspace, words)) or all(len(graphemes(word)) == 1 for word in words):
        return [each for each in record.sentences if each]
    kept = (_without_blanks(each, record.text) for each in record.sentences)
    return [each for each in kept if each]


def _without_blanks(words: Places, text: str) -> Places:
    return tuple((start, end) for start, end in words if not text[start:end].isspace())


def _named(record: Record, tally: Tally) -> Iterator[Mark]:
    """Yield the entities, without blanks around them if the words are not given."""
    for mark in record.marks:
        name = "_".join(mark.type.split())
        if not is_tag(f"B-{name}"):
            tally.change(reasons.UNLABELLED, record.place)
            continue
        if name != mark.type:
            tally.change(reasons.RENAMED, record.place)
        start, end = mark.start, mark.end
        if record.sentences is None:
            inside = record.text[start:end]
            start += len(inside) - len(inside.lstrip())
            end = max(start, end - len(inside) + len(inside.rstrip()))
        if start == end:
            tally.change(reasons.EMPTY, record.place)
        else:
            yield Mark(start, end, name)


def _without_overlaps(marks: Sequence[Mark], record: Record, tally: Tally) -> list[Mark]:
    """Return the entities in the order of the text."""
    kept: list[Mark] = []
    covered = bytearray(len(record.text))
    for mark in sorted(set(marks), key=lambda each: (each.start - each.end, each.start)):
        if covered.find(1, mark.start, mark.end) >= 0:
            tally.change(reasons.OVERLAPPING, record.place)
        else:
            covered[mark.start : mark.end] = b"\1" * (mark.end - mark.start)
            kept.append(mark)
    return sorted(kept)


def _split(words: Places, cuts: Sequence[int], record: Record, tally: Tally) -> Places:
    """Return the words of a sentence, split at `cuts`, where an entity begins or ends."""
    parts: list[tuple[int, int]] = []
    at = bisect_right(cuts, words[0][0])
    for start, end in words:
        while at < len(cuts) and cuts[at] <= start:
            at += 1
        places = [start]
        while at < len(cuts) and cuts[at] < end:
            places.append(cuts[at])
            at += 1
        tally.change(reasons.SPLIT, record.place, len(places) > 1)
        parts += pairwise([*places, end])
    return tuple(parts)


def _covering(
    words: Sequence[tuple[int, int]],
    marks: Iterable[Mark],
    align: Alignment,
    record: Record,
    tally: Tally,
) -> Iterator[Span]:
    """Yield the entities as spans of words."""
    begin, taken = 0, 0
    for mark in marks:
        while begin < len(words) and words[begin][1] <= mark.start:
            begin += 1
        first = begin
        end = begin
        while end < len(words) and words[end][0] < mark.end:
            end += 1
        if first == end:
            tally.change(reasons.EMPTY, record.place)
            continue
        cuts = words[first][0] < mark.start, mark.end < words[end - 1][1]
        if any(cuts) and align == "strict":
            tally.change(reasons.MISALIGNED, record.place)
            continue
        if any(cuts) and align == "contract":
            first, end = first + cuts[0], end - cuts[1]
        if first >= end:
            tally.change(reasons.MISALIGNED, record.place)
            continue
        if first < taken:
            tally.change(reasons.OVERLAPPING, record.place)
            continue
        if any(cuts):
            tally.change(
                reasons.EXPANDED if align == "expand" else reasons.CONTRACTED, record.place
            )
        yield Span(mark.type, first, end)
        taken = end


def _joined(sentences: Sequence[Places], found: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last word of sentences, joined where an entity crosses their end."""
    begin, end, at = 0, 0, 0
    for each in sentences:
        end += len(each)
        while at < len(found) and found[at].end <= end:
            at += 1
        if at < len(found) and found[at].start < end:
            continue
        if end > begin:
            yield begin, end
        begin = end
