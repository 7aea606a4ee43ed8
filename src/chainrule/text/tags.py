"""Tag schemes: encodings of entities, typed spans of words, as one tag per word.

A tag is `O` (outside every entity) or a prefix, a hyphen and a type, as in `B-PER`. The sentence
"Alex of Acme Ltd", with a person and an organisation, has these tags in the three schemes:

    IOB1    I-PER  O  I-ORG  I-ORG    B only where an entity touches another one of its own type
    IOB2    B-PER  O  B-ORG  I-ORG    B on the first word of every entity
    IOBES   S-PER  O  B-ORG  E-ORG    E on the last word, S on an entity of a single word

Tags are written in these three schemes. Other schemes can be read: variants of IOBES, namely BMES
(M for I), BILOU (L for E, U for S) and BMEWO (W for S); IOE1 and IOE2, which mark the last word
with E where IOB1 and IOB2 mark the first word with B; and prefixes in lower case, `b-PER` and `o`.
The case of a type is significant.

Sources: Ramshaw and Marcus 1995 (IOB1); Tjong Kim Sang and Veenstra 1999 (its variants).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from chainrule.graph.errors import ChainruleError
from chainrule.text.sentence import require_sentences, require_words

Scheme = Literal["IOB1", "IOB2", "IOBES"]

OUTSIDE = "O"

# A type contains no blank, so that text in a comment line is not read as a tag.
_TAG = re.compile(r"[Oo]|([BIESMLUWbiesmluw])-(\S+)")

# Prefixes of IOBES variants: middle for inside, last for end, unit and whole for single.
_SYNONYMS = {"M": "I", "L": "E", "U": "S", "W": "S"}

SCHEMES_READ = "IOB1, IOB2, IOE1, IOE2, IOBES, BMES or BILOU"


class TagError(ChainruleError, ValueError):
    """Raised for an invalid tag, scheme or span, and for spans that overlap."""


@dataclass(frozen=True)
class Span:
    """An entity: the words `start`, ..., `end - 1` of a sentence, and its type."""

    type: str
    start: int
    end: int


class Transitions(NamedTuple):
    """The allowed transitions between K tags.

    allowed  bool (K, K); `allowed[i, j]` is true if tag j can follow tag i
    start    bool (K,); true for tags that can be the first of a sentence
    end      bool (K,); true for tags that can be the last of a sentence
    """

    allowed: npt.NDArray[np.bool_]
    start: npt.NDArray[np.bool_]
    end: npt.NDArray[np.bool_]


def is_tag(text: str) -> bool:
    """Return whether `text` is a tag: `O`, or one of B I E S (M L U W), a hyphen and a type."""
    return isinstance(text, str) and _TAG.fullmatch(text) is not None


def spans(tags: Sequence[str]) -> tuple[Span, ...]:
    """Return the entities of one sentence from its tags, in any of the schemes.

    The rules for IOB1 and IOB2 are those of conlleval, the official scorer. Invalid tag sequences
    are decoded too: B and S always start an entity; I and E continue the preceding entity, and
    start one after O, E, S or another type. Adjacent entities of one type are separate in every
    scheme. conlleval itself does not support S, and merges B with a preceding E, so that its input
    must be IOB1 or IOB2.

    Raises `TagError` for an invalid tag, `SentenceError` if `tags` is not a sequence of str.
    """
    tags = require_words(tags, "A sequence of tags")
    found: list[Span] = []
    start, before = 0, (OUTSIDE, "")
    for position, tag in enumerate([*tags, OUTSIDE]):
        here = _prefix_and_type(tag)
        if here[0] == OUTSIDE or _starts(before, here):
            if before[0] != OUTSIDE:
                found.append(Span(before[1], start, position))
            start = position
        before = here
    return tuple(found)


def encode(spans: Iterable[Span], length: int, scheme: Scheme) -> tuple[str, ...]:
    """Return the tags of a sentence of `length` words from its entities, the inverse of `spans`.

    Raises `TagError` if the scheme is unknown, if a span is empty or not inside the sentence, if
    two spans overlap, or if a type is empty or contains a blank.
    """
    _check_scheme(scheme)
    tags = [OUTSIDE] * length
    before = Span("", 0, 0)
    for span in sorted(spans, key=lambda span: span.start):
        _check_span(span, before, length)
        touches = span.start == before.end and span.type == before.type
        prefixes = _prefixes(span.end - span.start, scheme, touches)
        tags[span.start : span.end] = [f"{prefix}-{span.type}" for prefix in prefixes]
        before = span
    return tuple(tags)


def scheme_of(sequences: Iterable[Sequence[str]]) -> Scheme:
    """Return the scheme of the tag sequences of a corpus.

    The scheme is IOBES if any tag has the prefix E or S, or one of their synonyms. Otherwise the
    entities that do not directly follow an entity of the same type are counted: the scheme is IOB2
    if more of them begin with B than with I, else IOB1. Single annotation errors thus do not change
    the result. Raises `TagError` for an invalid tag, `SentenceError` if an element is not a
    sequence of str.
    """
    votes = 0
    for tags in require_sentences(sequences, "Sequence of tags"):
        parts = [(OUTSIDE, ""), *map(_prefix_and_type, tags)]
        for before, (prefix, type_) in pairwise(parts):
            if prefix in ("E", "S"):
                return "IOBES"
            if prefix != OUTSIDE and before[1] != type_:
                votes += 1 if prefix == "B" else -1
    return "IOB2" if votes > 0 else "IOB1"


def transitions(tags: Sequence[str]) -> Transitions:
    """Return the allowed transitions between K IOBES tags, in the order of `tags`.

    After B and I, only I and E of the same type are allowed. After O, E and S, and at the start of
    a sentence, O, B and S are allowed. The last tag of a sentence is O, E or S. Raises `TagError`
    for an invalid tag, and if a type has B or I but no E, as in tags of the scheme IOB2; raises
    `SentenceError` if `tags` is not a sequence of str.
    """
    parts = [_prefix_and_type(tag) for tag in require_words(tags, "The list of tags")]
    _check_closable(parts)
    leaves_open = np.array([prefix in ("B", "I") for prefix, _ in parts], dtype=np.bool_)
    continues = np.array([prefix in ("I", "E") for prefix, _ in parts], dtype=np.bool_)
    types = np.array([type_ for _, type_ in parts], dtype=np.str_)
    same_type = types[:, None] == types[None, :]
    allowed = (leaves_open[:, None] & continues & same_type) | ~(leaves_open[:, None] | continues)
    return Transitions(allowed, start=~continues, end=~leaves_open)


def rewritten(tags: Sequence[str], scheme: Scheme) -> npt.NDArray[np.object_]:
    """Return K IOBES tags in another scheme, an object array (K + 1, K) of str.

    Element [i, j] is tag j after tag i; the last row is for the first tag of a sentence. Raises
    `TagError` for an unknown scheme or an invalid tag, `SentenceError` if `tags` is not a sequence
    of str.
    """
    _check_scheme(scheme)
    tags = require_words(tags, "The list of tags")
    rows = [[_rewritten(before, tag, scheme) for tag in tags] for before in (*tags, OUTSIDE)]
    return np.array(rows, dtype=object)


def _rewritten(before: str, tag: str, scheme: Scheme) -> str:
    if scheme == "IOBES" or tag == OUTSIDE:
        return tag
    return encode(spans((before, tag)), 2, scheme)[-1]


@lru_cache(maxsize=4096)
def _prefix_and_type(tag: str) -> tuple[str, str]:
    """Return the IOBES prefix and the type of a tag; raise `TagError` if it is invalid."""
    match = _TAG.fullmatch(tag)
    if match is None:
        raise TagError(
            f"A tag is O, or a prefix of {SCHEMES_READ}, "
            f"a hyphen and a type, like B-PER; found {tag!r}. Correct this tag."
        )
    if match.group(1) is None:
        return OUTSIDE, ""
    prefix, type_ = match.group(1).upper(), match.group(2)
    return _SYNONYMS.get(prefix, prefix), type_


def _starts(before: tuple[str, str], here: tuple[str, str]) -> bool:
    return here[0] in ("B", "S") or before[0] in (OUTSIDE, "E", "S") or before[1] != here[1]


def _prefixes(size: int, scheme: Scheme, touches: bool) -> str:
    if scheme == "IOBES":
        return "S" if size == 1 else "B" + "I" * (size - 2) + "E"
    first = "B" if scheme == "IOB2" or touches else "I"
    return first + "I" * (size - 1)


def _check_scheme(scheme: str) -> None:
    if scheme not in get_args(Scheme):
        raise TagError(
            f"Unknown tag scheme {scheme!r}; choose one of IOB1, IOB2, IOBES, in which tags are "
            f"written (BMES and BILOU are read, as other names of IOBES)."
        )


def _check_span(span: Span, before: Span, length: int) -> None:
    """Raise `TagError` unless a span is inside the sentence, after `before`, with a valid type."""
    if not 0 <= span.start < span.end <= length:
        raise TagError(
            f"{span} does not lie inside a sentence of {length} words; "
            f"give 0 <= start < end <= {length}."
        )
    if span.start < before.end:
        raise TagError(f"{span} overlaps {before}, but a word has one tag; drop one of them.")
    if not is_tag(f"B-{span.type}"):
        raise TagError(
            f"The type {span.type!r} cannot be part of a tag; use a word without spaces."
        )


def _check_closable(parts: Sequence[tuple[str, str]]) -> None:
    """Raise `TagError` if a type has B or I but no E."""
    opened = {type_ for prefix, type_ in parts if prefix in ("B", "I")}
    unclosed = sorted(opened - {type_ for prefix, type_ in parts if prefix == "E"})
    if unclosed:
        raise TagError(
            f"Transitions are defined for IOBES tags, but {', '.join(unclosed)} has B or I and "
            f"no E, so such an entity could never end; encode the tags in the scheme IOBES first."
        )
