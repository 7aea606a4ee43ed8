"""Tokenisation of plain text into sentences of words, by rules similar to the CoNLL-2003 corpus.

Tokens, in order of precedence:

- a web address, a #hashtag, an @mention;
- letters with periods (U.S., a.m., J.-C.), abbreviations (Mr., Inc., Jan. 5), an initial (J.
  before a word);
- the English contractions n't, 's, 're, 've, 'll, 'd, 'm;
- a number with its inner marks (1,234.5 and 1996-08-30);
- letters, digits and underscores, joined by a hyphen, an ampersand, an apostrophe before a letter
  of a European alphabet (all-rounder, O'Brien), or a mark that Unicode allows within words (the
  Hebrew gershayim);
- a run of periods or hyphens; any other single character.

A character is a grapheme cluster (Unicode, UAX 29): a letter includes its marks, composed or not
(é, vowels of Hindi, Arabic, Hebrew and Thai), joiners and invisible format characters are part of
their word, and a flag or an emoji sequence is one character. Scripts without blanks between words
(Chinese, Japanese, Thai) are not segmented: a run of their letters is one word. A tagger for such a
language should be trained on single characters.

`chainrule.text.boundaries` detects sentence boundaries. Only blanks are removed: the concatenated
words are the text without blanks.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import regex

from chainrule.text.abbreviations import DATES, NEVER_LAST, NUMBERED, PERHAPS_LAST
from chainrule.text.boundaries import LAST, OTHER, chunks_of_text
from chainrule.text.sentence import require_text
from chainrule.text.sentence_ends import ends_within_lines

_SHORT = 64  # characters of a chunk that is kept
_MOST = 1 << 16  # chunks that are kept

_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_KEPT = "|".join(
    regex.escape(form)
    for word in sorted(NEVER_LAST | PERHAPS_LAST)
    for form in (word, word.upper(), unicodedata.normalize("NFD", word))
)

_LETTER = r"[\p{Lu}\p{Ll}]\p{M}*"
_CHARACTER = r"(?:(?=\w)\X)"  # a character of a word
_FORMAT = r"\p{Word_Break=Format}"
_RUN = rf"(?:{_CHARACTER}{_FORMAT}*+)+"
_TAIL = rf"[\p{{Grapheme_Cluster_Break=Extend}}\p{{GCB=SpacingMark}}\u200d{_FORMAT}]*"

_ENDING = rf"[{_APOSTROPHES}](?i:s|re|ve|ll|d|m)\b"
_NOT = rf"(?i:n[{_APOSTROPHES}]t)\b"
# Hangul after an apostrophe is a particle. A quotation mark can replace the Hebrew gershayim.
_JOINT = rf"""(?:
    [-&]
  | [{_APOSTROPHES}](?=[\p{{Latin}}\p{{Cyrillic}}\p{{Greek}}\p{{Armenian}}\p{{Hebrew}}])
  | [\u00b7\u05f3\u05f4\u2027](?=\p{{L}})
  | (?<=\p{{Hebrew}})"(?=\p{{Hebrew}})
)"""

_TOKEN = regex.compile(
    rf"""
    (?:
        (?:https?://|www\.)\S*[^\W_]/?         # a web address, without the marks after it
      | [#@]{_RUN}
      | {_LETTER}\.(?:-?{_LETTER}\.)+(?:-{_RUN})*      # U.S. and U.S.-led
      | (?:Ph\.D|EE\.UU|[BM]\.Sc)\.
      | (?:{_KEPT})\.
      | (?:{"|".join(sorted(NUMBERED))})\.(?=\d)
      | (?:{"|".join(sorted(DATES))})\.(?=[,;:)/-])
      | (?=\p{{Lu}}){_LETTER}\.(?=,)
      | {_RUN}?(?={_NOT})                      # the do of don't
      | {_NOT}
      | {_ENDING}
      | \d+(?:[.,:/\u066b\u066c-]\d+)+(?:{_RUN})?
      | {_RUN}(?:(?!{_ENDING}){_JOINT}{_RUN})*\u05f3?
      | \.{{2,}} | -{{2,}}
      | \p{{Regional_Indicator}}{{2}}             # a flag: \X would look back over all before it
      | \X
    ){_TAIL}
    """,
    regex.VERBOSE,
)


class _WordsOfChunks(dict[str, tuple[str, ...]]):
    """The words of chunks; short chunks are kept, because they often repeat."""

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        words = tuple(_TOKEN.findall(chunk))
        if len(chunk) < _SHORT:
            if len(self) >= _MOST:
                self.clear()
            self[chunk] = words
        return words


words_of = _WordsOfChunks().__getitem__


def tokenize(text: str, lines: bool = True) -> list[list[str]]:
    """Split a text into sentences, each a list of words; empty sentences are omitted.

    lines  whether a line end ends a sentence; otherwise text may be wrapped into lines, and only a
           blank line does, beside the marks at which sentences end

    Raises `SentenceError` unless `text` is a str.
    """
    require_text(text)
    chunks, ends = chunks_of_text(text, lines)
    passages = (chunks[begin:end] for begin, end in pairwise([0, *ends]))
    return [sentence for passage in passages for sentence in _sentences(passage)]


def _sentences(chunks: Sequence[str]) -> Iterator[list[str]]:
    """Yield the sentences of one line or paragraph."""
    words: list[Sequence[str]] = [*map(words_of, chunks)]
    marked = [(at, OTHER) for at, chunk in enumerate(chunks) if chunk[-1] in LAST]
    ends = ends_within_lines(chunks, words, marked, [len(chunks)])
    for begin, end in pairwise([0, *ends, len(chunks)]):
        yield [*chain.from_iterable(words[begin:end])]
