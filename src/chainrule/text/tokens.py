"""Plain text cut into sentences of words, much as the CoNLL-2003 corpus is cut, by a few rules.

Words, in this order of preference:

- a web address, a #hashtag, an @mention;
- letters with periods (U.S., a.m.), a few abbreviations (Mr., Inc.), an initial (J. before a word);
- the English endings: n't, and 's 're 've 'll 'd 'm;
- a number with its inner marks (1,234.5 and 1996-08-30), and letters, digits and underscores,
  joined by a hyphen, an ampersand, or an apostrophe before a Latin letter (all-rounder, O'Brien);
- a run of periods or hyphens; any other mark, by itself.

Sentences end with every line, and after . ! ? … (with quotes and brackets that close there) where
a blank follows and then an upper-case letter or a letter without case, such as Hangul; quotes and
brackets may open before it. Nothing but blanks is lost: the words, joined, are the text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

_ABBREVIATIONS = "Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Gov|Rev|Jr|Sr|Inc|Corp|Co|Ltd|vs"

_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_OPENING = "([«\"'\N{LEFT SINGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}"
_CLOSING = frozenset(")]»\"'\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}")
_STOPS = frozenset(".!?…。\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}")

_ENDING = rf"[{_APOSTROPHES}](?i:s|re|ve|ll|d|m)\b"
_JOINT = rf"(?:[-&]|[{_APOSTROPHES}](?=[A-Za-z\u00c0-\u024f]))"  # Hangul after ' is a particle
_NOT = rf"(?i:n[{_APOSTROPHES}]t)\b"

_TOKEN = re.compile(
    rf"""
      (?:https?://|www\.)\S*[^\W_]/?           # a web address, without the marks after it
    | [#@]\w+
    | (?:[A-Za-z]\.){{2,}}(?:-\w+)*            # U.S. and U.S.-led
    | (?:{_ABBREVIATIONS})\.
    | [A-HJ-Z]\.(?=\s+\w)                      # an initial; I is rather the pronoun
    | \w+?(?={_NOT})                           # the do of don't
    | {_NOT}
    | {_ENDING}
    | \d+(?:[.,:/-]\d+)+\w*
    | \w+(?:(?!{_ENDING}){_JOINT}\w+)*
    | \.{{2,}} | -{{2,}}
    | [^\w\s]
    """,
    re.VERBOSE,
)

_FIRST_LETTER_OF_NEXT = re.compile(rf"\s+[{re.escape(_OPENING)}]*(\w)")

_STOP = re.compile(f"[{re.escape(''.join(sorted(_STOPS)))}]")
_NEXT_CHUNK = re.compile(r"\s\S")
_INITIAL = re.compile(r"[A-HJ-Z]\.\s")


def tokenize(text: str) -> list[list[str]]:
    """Cut a text into sentences, each a list of words; sentences without words do not appear."""
    return [sentence for line in text.splitlines() for sentence in _sentences(line)]


def _sentences(line: str) -> Iterator[list[str]]:
    stop = _STOP.search(line)
    if stop is None or _NEXT_CHUNK.search(line, stop.end()) is None:
        words = _words(line)
        return iter([words] if words else [])
    return _cut(line)


def _words(line: str) -> list[str]:
    """Return the words of a line; only an initial looks beyond the blank after it."""
    if _INITIAL.search(line) is not None:
        return _TOKEN.findall(line)
    return [word for chunk in line.split() for word in _words_of_chunk(chunk)]


@lru_cache(maxsize=1 << 16)
def _words_of_chunk(chunk: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(chunk))


def _cut(line: str) -> Iterator[list[str]]:
    sentence: list[str] = []
    stopped = False
    for token in _TOKEN.finditer(line):
        word = token.group()
        sentence.append(word)
        stopped = word in _STOPS or (stopped and word in _CLOSING)
        if stopped and _sentence_may_start(line, token.end()):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _sentence_may_start(line: str, position: int) -> bool:
    following = _FIRST_LETTER_OF_NEXT.match(line, position)
    if following is None:
        return False
    letter = following.group(1)
    return letter.isalpha() and not letter.islower()
