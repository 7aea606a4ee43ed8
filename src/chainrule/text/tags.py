"""Tag schemes: entities, which are stretches of words with a type, written as one tag per word.

A tag is `O` (outside every entity) or a prefix, a hyphen and a type, as in `B-PER`. The sentence
"Alex of Acme Ltd" with a person and an organisation reads, in the three schemes:

    IOB1    I-PER  O  I-ORG  I-ORG    B only where an entity touches another one of its own type
    IOB2    B-PER  O  B-ORG  I-ORG    B on the first word of every entity
    IOBES   S-PER  O  B-ORG  E-ORG    E on the last word, S on an entity of a single word

These three are written. More are read: IOBES under its other names, BMES (M for I), BILOU (L for E,
U for S) and BMEWO (W for S); IOE1 and IOE2, which mark the last word with E where IOB1 and IOB2
mark the first with B; and each of them in lower case, `b-PER` and `o`. A type keeps its case.

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

# A type holds no blank, so that a sentence quoted in a comment line is not taken for a tag.
_TAG = re.compile(r"[Oo]|([BIESMLUWbiesmluw])-(\S+)")

# IOBES by its other names: middle for inside, last for end, unit and whole for single.
_SYNONYMS = {"M": "I", "L": "E", "U": "S", "W": "S"}

SCHEMES_READ = "IOB1, IOB2, IOE1, IOE2, IOBES, BMES or BILOU"


class TagError(ChainruleError, ValueError):
    """A tag, or a set of entities, that is invalid in every tag scheme."""


@dataclass(frozen=True)
class Span:
    """An entity: the words `start`, ..., `end - 1` of a sentence, and its type."""

    type: str
    start: int
    end: int


class Transitions(NamedTuple):
    """The allowed transitions between tags: `allowed[i, j]` is true if tag j may follow tag i.

    `allowed` is a boolean array (K, K); `start` and `end`, boolean arrays (K,), say which tags may
    be the first and the last tag of a sentence.
    """

    allowed: npt.NDArray[np.bool_]
    start: npt.NDArray[np.bool_]
    end: npt.NDArray[np.bool_]


def is_tag(text: str) -> bool:
    """Return whether `text` is a tag: `O`, or one of B I E S (M L U W), a hyphen and a type."""
    return isinstance(text, str) and _TAG.fullmatch(text) is not None


def spans(tags: Sequence[str]) -> tuple[Span, ...]:
    """Return the entities of one sentence from its tags, in any of the schemes.

    On IOB1 and IOB2 the rules are those of the official scorer, conlleval. They make an entity of
    every stretch of words, valid or not: B and S always start one; I and E continue the entity
    before them, but start one after O, after E, after S, or after another type. Two entities of
    one type that touch are two in every scheme. conlleval itself knows no S, and joins B to an E
    before it, so that it must be given IOB1 or IOB2.

    Raises `TagError` for an invalid tag, `SentenceError` for what is not a sequence of tags.
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
    """Return the tags of a sentence of `length` words from its entities: the inverse of `spans`.

    Raises `TagError` if the scheme is unknown, if a span does not lie inside the sentence, if two
    spans overlap, or if a type cannot be part of a tag.
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

    One E or S anywhere, under whichever name, means IOBES. Otherwise every entity votes that does
    not touch another one of its type before it: one that opens with B for IOB2, one that opens with
    I for IOB1. The majority wins, so that a slip of an annotator does not decide; a tie, as in a
    corpus without entities, is taken for IOB1. Raises `TagError` for what is not a tag.
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
    """Return which of K IOBES tags may follow each other, start and end a sentence.

    B and I leave an entity open: only I and E of the same type may follow. After O, E and S, and
    at the start, come O, B and S; a sentence ends outside or with an entity closed. Rows and
    columns are in the order of `tags`. Raises `TagError` if a type can be opened and not closed,
    as in tags of the scheme IOB2.
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
    """Return K IOBES tags in another scheme: object (K + 1, K), tag j after tag i.

    The last row, number -1, is for the first tag of a sentence. Raises `TagError`.
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
    if not 0 <= span.start < span.end <= length:
        raise TagError(
            f"{span} does not lie inside a sentence of {length} words; "
            f"give 0 <= start < end <= {length}."
        )
    if span.start < before.end:
        raise TagError(f"{span} overlaps {before}, but a word has one tag; drop one of them.")
    if not is_tag(f"B-{span.type}"):
        raise TagError(
            f"The type {span.type!r} cannot be part of a tag; use a word without blanks."
        )


def _check_closable(parts: Sequence[tuple[str, str]]) -> None:
    opened = {type_ for prefix, type_ in parts if prefix in ("B", "I")}
    unclosed = sorted(opened - {type_ for prefix, type_ in parts if prefix == "E"})
    if unclosed:
        raise TagError(
            f"Transitions are defined for IOBES tags, but {', '.join(unclosed)} has B or I and "
            f"no E, so such an entity could never end; encode the tags in the scheme IOBES first."
        )
