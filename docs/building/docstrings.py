"""Conversion of this project's docstrings into reStructuredText.

They are plain text with tables of arguments, names on the left and texts in a column:

    size      extents of a window
    returns   (..., *places, *size), and a longer text goes on
              in the column

A table becomes a definition list, an indented paragraph stays as it is, code in backticks becomes
code, with a link if it is a name that the reference has, and all other characters are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

_NAME = r'(?:[\w.<>]+|"\w+")'
_NAMES = rf"{_NAME}(?:, {_NAME})*"
_ENTRY = re.compile(rf"(?P<names>{_NAMES}|\w+ \w+) {{2,}}(?P<text>\S.*)")
_LONGEST_ENTRY = re.compile(rf"(?P<names>{_NAMES}) (?P<text>\S.*)")
_ONLY_NAMES = re.compile(_NAMES)
_CODE = re.compile(r"`([^`]+)`")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_MARKUP = re.compile(r"[\\*_|`]")
_CODE_INDENT = 4

Entry = tuple[str, list[str]]


def restructured(lines: Sequence[str], arguments: Sequence[str] = ()) -> list[str]:
    """Return a docstring as reStructuredText.

    lines      of the docstring, without its indentation
    arguments  names that are no links, because they are arguments of what the docstring is about
    """
    found: list[str] = []
    for paragraph in _paragraphs(lines):
        found += [*_block(paragraph, frozenset(arguments)), ""]
    return found


def inline(text: str, arguments: frozenset[str] = frozenset()) -> str:
    """Return a text with code in backticks as code, and all other characters escaped."""
    parts = _CODE.split(text)
    plain = [_MARKUP.sub(r"\\\g<0>", each) for each in parts[::2]]
    code = [_code(each, arguments) for each in parts[1::2]]
    joined = plain[0]
    for each, after in zip(code, plain[1:], strict=True):
        joined += rf"\ {each}\ {after}"
    return joined


def _code(text: str, arguments: frozenset[str]) -> str:
    name = text.removesuffix("()")
    if not _DOTTED.fullmatch(name) or name in arguments:
        return f"``{text}``"
    return f":py:obj:`{text} <{re.sub(r'^cr[.]', 'chainrule.', name)}>`"


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the paragraphs; consecutive indented ones are one."""
    pending: list[str] = []
    for empty, group in groupby(lines, lambda line: not line.strip()):
        if empty:
            continue
        paragraph = list(group)
        if pending and not (_is_indented(pending) and _is_indented(paragraph)):
            yield pending
            pending = []
        pending += [*([""] if pending else []), *paragraph]
    if pending:
        yield pending


def _is_indented(paragraph: Sequence[str]) -> bool:
    return paragraph[0].startswith(" " * _CODE_INDENT)


def _block(paragraph: list[str], arguments: frozenset[str]) -> list[str]:
    if _is_indented(paragraph):
        inner = [line[_CODE_INDENT:] for line in paragraph]
        if _begins_table(inner):
            return [f"    {line}" for line in _block(inner, arguments)]
        return ["::", "", *paragraph]
    if not _begins_table(paragraph):
        return [_sentence(paragraph, arguments)]
    entries, rest = _entries(paragraph)
    return [*_definitions(entries, arguments), *(_block(rest, arguments) if rest else [])]


def _begins_table(paragraph: Sequence[str]) -> bool:
    return _ENTRY.fullmatch(paragraph[0]) is not None


def _sentence(lines: Sequence[str], arguments: frozenset[str]) -> str:
    """Join lines into one that does not start a list, section or directive."""
    text = inline(" ".join(line.strip() for line in lines), arguments)
    return text if text[0].isalpha() or text[0] in "`:\\" else rf"\ {text}"


def _entries(table: Sequence[str]) -> tuple[list[Entry], list[str]]:
    """Return the entries of a table, and the lines after it that belong to none."""
    entries: list[Entry] = []
    for number, line in enumerate(table):
        found = _entry(line, table)
        if line.startswith(" "):
            entries[-1][1].append(line)
        elif found:
            entries.append((found["names"], [" " * found.start("text") + found["text"]]))
        elif _ONLY_NAMES.fullmatch(line):
            entries.append((line, []))
        else:
            return entries, list(table[number:])
    return entries, []


def _entry(line: str, table: Sequence[str]) -> re.Match[str] | None:
    """Split a line into its parts; one space is enough if the column begins after it."""
    first, longest = _ENTRY.fullmatch(table[0]), _LONGEST_ENTRY.fullmatch(line)
    if first and longest and first.start("text") == longest.start("text"):
        return longest
    return _ENTRY.fullmatch(line)


def _definitions(entries: Sequence[Entry], arguments: frozenset[str]) -> list[str]:
    lines = [".. rst-class:: arguments", ""]
    for names, text in entries:
        is_code = names != "returns" and _ONLY_NAMES.fullmatch(names)
        lines.append(", ".join(f"``{each}``" for each in names.split(", ")) if is_code else names)
        lines += [f"    {line}" for line in _text(text, arguments)] + [""]
    return [*lines, ".."]


def _text(lines: Sequence[str], arguments: frozenset[str]) -> list[str]:
    """Return the text of an entry, which may be a table itself."""
    if not lines:
        return [r"\ "]
    column = len(lines[0]) - len(lines[0].lstrip())
    inner = [line[column:] if not line[:column].strip() else line.strip() for line in lines]
    return _block(inner, arguments) if _begins_table(inner) else [_sentence(inner, arguments)]
