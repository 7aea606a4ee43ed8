"""Detection of sentence boundaries in plain text, and of periods that are part of a word.

A sentence ends at the end of every line, or, in text that is wrapped into lines, at every blank
line (`chunks_of_text`). It also ends after . ! ? … and the equivalent marks of
other scripts, closing quotes and brackets included, if a blank follows and then an upper-case
letter or a letter without case, such as Hangul; opening quotes and brackets may precede the letter.
Chinese and Japanese have no blank after 。 ！ ？: a sentence ends after these marks, except at the
end of a quotation that its speaker follows.

A period is part of the preceding word, and does not end a sentence, after a title (Mr.), an
initial, a German ordinal (am 3. Oktober), an item number (1. Introduction), and between a word such
as No. or Jan. and a number (No. 5, Jan. 5). After other abbreviations (Inc., U.S., a.m.) the
sentence ends only before a word that commonly begins a sentence (The, He, But). I is an initial
before a name, and the pronoun in "so do I.". A mark in a name ends no sentence (Yahoo! Inc.).
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import regex

from chainrule.text.abbreviations import (
    BEFORE_DATE,
    BEFORE_ORDINAL,
    BEFORE_PRONOUN,
    COMPANIES,
    DATES,
    MONTHS,
    NAMES_WITH_MARKS,
    NEVER_LAST,
    NUMBERED,
    STARTERS,
)

_Role = Literal["none", "within", "perhaps last"]

# Kinds of chunks, by their words alone. PLAIN: it ends no sentence, and its words are as they are.
# STOP: the same, but it ends a sentence if the next chunk begins one. CLOSING: it is PLAIN after a
# PLAIN chunk. Of CLOSING elsewhere, and of OTHER, `ended` decides.
PLAIN, STOP, CLOSING, OTHER = range(4)

_MOST = 1 << 12  # chunks whose beginnings are kept

_WIDE = "。！？｡"
_STOPS = frozenset(".!?…।॥؟۔։።" + _WIDE)
_CLOSING = frozenset(")]}»›\"'’”“」』】）》〉")
_OPENING = r"[\p{Ps}\p{Pi}\p{Pf}„‚\"'¿¡]*"

# The last characters of chunks that can end a sentence or contain the period of a word.
LAST = _STOPS | _CLOSING

_MARKS = r"[\p{GCB=Extend}\p{GCB=SpacingMark}\u200d]*"
_PIECE = regex.compile(
    rf".*?[{_WIDE}]+{_MARKS}(?:[{regex.escape(''.join(sorted(_CLOSING)))}]{_MARKS})*|.+",
    regex.DOTALL,
)
_FIRST_WORD = regex.compile(rf"{_OPENING}(\w+)(.*)", regex.DOTALL)
_LETTER = regex.compile(r"(?![\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])\p{L}\p{M}*")
_WIDE_STOP = regex.compile(f"[{_WIDE}]")
_DOTTED = regex.compile(r".*\w\.")
_SMALL_INITIAL = regex.compile(r"\p{Ll}\.")
_HIRAGANA = regex.compile(r"\p{Hiragana}")
_NUMERAL = regex.compile(r"#?\d|[IVXLC]+\b")
_ALWAYS_WITHIN = frozenset(f"{word}." for word in NEVER_LAST) | {"e.g.", "i.e.", "z.B.", "d.h."}


def chunks_of(line: str) -> list[str]:
    """Split a line at blanks, and after Chinese and Japanese full stops."""
    chunks = line.split()
    if line.isascii() or _WIDE_STOP.search(line) is None:
        return chunks
    return [piece for chunk in chunks for piece in _PIECE.findall(chunk)]


def chunks_of_text(text: str, lines: bool) -> tuple[list[str], list[int]]:
    """Return the chunks of a text, and where each line or paragraph with chunks ends.

    lines  whether a sentence ends at every line end, otherwise at every blank line
    """
    chunks: list[str] = []
    ends: list[int] = []
    for line in text.splitlines():
        found = chunks_of(line)
        chunks += found
        if lines or not found:
            ends.append(len(chunks))
    ends.append(len(chunks))
    return chunks, [*dict.fromkeys(filter(None, ends))]


def kind_of(words: Sequence[str]) -> int:
    """Return PLAIN, STOP, CLOSING or OTHER for the words of a chunk."""
    at = _place_of_stop(words)
    if at < 0:
        return PLAIN if {"'", '"'} & {*words} else CLOSING
    stop, word = words[at], words[at - 1] if at else ""
    if _DOTTED.fullmatch(stop) or (word and stop == "." and _may_be_short(word)):
        return OTHER
    if stop not in _STOPS:
        return PLAIN
    return OTHER if stop in _WIDE or stop in "!?" else STOP


def begins(following: str) -> bool:
    """Return whether a chunk can begin a sentence after a period."""
    letter = _first_word(following)[:1]
    return letter.isalpha() and not letter.islower()


def _place_of_stop(words: Sequence[str]) -> int:
    """Return the position of the last word that does not close; -1 if all do."""
    at = len(words) - 1
    while at >= 0 and words[at] in _CLOSING:
        at -= 1
    return at


def ended(
    before: Sequence[str], words: Sequence[str], following: str
) -> tuple[Sequence[str], bool]:
    """Join a period to its word where it is part of it; return the words, and if a sentence ends.

    before     the preceding words of the sentence
    words      the words of the chunk
    following  the next chunk; "" after the last one
    """
    at = _place_of_stop(words)
    if at < 0:  # French: « Pourquoi ? »
        closes = bool(before) and before[-1] in _STOPS and not {"'", '"'} & {*words}
        return words, closes and _ends(before[-1], True, "", following)
    stop, word, closed = words[at], words[at - 1] if at else "", at + 1 < len(words)
    if _DOTTED.fullmatch(stop):
        return words, _role_ends(_role_of_dotted(stop), following)
    role = _role(word, [*before[-2:], *words[: at - 1]], following) if word and stop == "." else ""
    if role in ("within", "perhaps last"):
        kept = [*words[: at - 1], word + stop, *words[at + 1 :]]
        return kept, _role_ends(role, following)
    return words, stop in _STOPS and _ends(stop, closed, word, following)


def _ends(stop: str, closed: bool, word: str, following: str) -> bool:
    """Return whether a sentence ends at the mark `stop`, before the chunk `following`."""
    if not following:
        return False
    if stop in _WIDE:
        return not closed or (stop in "。｡" and _HIRAGANA.match(following) is None)
    if stop in "!?" and not closed:
        if _first_word(following) in COMPANIES:
            return False
        if word in NAMES_WITH_MARKS:
            return _starts(following)
    return begins(following)


def _role_ends(role: str, following: str) -> bool:
    return role == "perhaps last" and _starts(following)


def _role_of_dotted(word: str) -> _Role:
    title = word[0] + word[1:].lower()  # MR. is Mr.
    return "within" if {_composed(word), title} & _ALWAYS_WITHIN else "perhaps last"


def _may_be_short(word: str) -> bool:
    """Return whether `_role` can be another one than "none"."""
    composed = _composed(word)
    known = composed in DATES or composed in NUMBERED or composed.capitalize() in NUMBERED
    return known or composed.isdigit() or _LETTER.fullmatch(composed) is not None


def _role(word: str, before: Sequence[str], following: str) -> _Role:
    """Return the role of a word before a separate period; "none" without an abbreviation."""
    word, previous = _composed(word), before[-1] if before else ""
    if word in NUMBERED or (word.isupper() and word.capitalize() in NUMBERED):
        return "within" if _NUMERAL.match(following) else "none"
    if word in DATES:
        return "perhaps last" if _is_date(previous, following) else "none"
    if word.isdigit() and len(word) < 4:
        return "within" if _is_ordinal(word, previous, following) else "none"
    if _LETTER.fullmatch(word) and _is_initial(word, before, following):
        return "within"
    return "none"


def _is_date(previous: str, following: str) -> bool:
    """Return whether a month or weekday with a period is part of a date."""
    near_number = following[:1].isdigit() or previous.isdigit()
    return near_number or following[:1].islower() or previous.lower() in BEFORE_DATE


def _is_ordinal(word: str, previous: str, following: str) -> bool:
    """Return whether a number with a period is an item number or a German ordinal."""
    if not previous:
        return bool(following) and len(word) < 3
    is_german = previous.lower() in BEFORE_ORDINAL or _first_word(following) in MONTHS
    return bool(following) and is_german and not _starts(following)


def _is_initial(letter: str, before: Sequence[str], following: str) -> bool:
    """Return whether a letter with a period is an initial."""
    if _FIRST_WORD.match(following) is None:
        return False
    if before and _SMALL_INITIAL.fullmatch(before[-1]):
        return True  # German: z. B., u. a.
    if _starts(following):
        return False
    return letter != "I" or (following[0].isupper() and not _is_pronoun(before))


def _is_pronoun(before: Sequence[str]) -> bool:
    """Return whether I is a pronoun after these words, as in "so do I", "my wife and I"."""
    previous = before[-1].lower() if before else ""
    if previous == "and":
        return len(before) < 2 or before[-2].islower()
    return previous in BEFORE_PRONOUN


@lru_cache(_MOST)
def _starts(following: str) -> bool:
    """Return whether a chunk is a common sentence starter; opening quotes are ignored."""
    found = _FIRST_WORD.match(following)
    if found is None or found[1] not in STARTERS:
        return False
    return not found[2] or found[2][0] in "'’" or (found[2] == "," and len(found[1]) > 2)


@lru_cache(_MOST)
def _first_word(chunk: str) -> str:
    found = _FIRST_WORD.match(chunk)
    return _composed(found[1]) if found else ""


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)
