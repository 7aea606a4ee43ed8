"""Derivations as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from chainrule.explore.derive.derivation_data import DerivationData, Line
from chainrule.explore.render.columns import WIDEST


def derivation_text(derivation: DerivationData) -> str:
    """Return the lines forward and backward, in columns, and the verdict."""
    return "\n".join(
        [
            "forward",
            *_aligned(derivation.forward),
            *_groups(derivation),
            derivation.heading,
            *_aligned(derivation.backward),
            *derivation.notes,
            derivation.verdict,
        ]
    )


def _groups(derivation: DerivationData) -> Iterator[str]:
    """Give the lines for elements, each group below its title."""
    if derivation.elements:
        yield derivation.element_heading
    for group in derivation.elements:
        yield f"  {group.title}{group.suffix}"
        yield from _aligned(group.lines)


def _aligned(lines: Sequence[Line]) -> list[str]:
    """Return the lines with their shapes and checks in columns, broken at 110 characters."""
    shapes = max((len(_beside(line)) for line in lines), default=0)
    checks = max((len(str(line.check or "")) for line in lines), default=0)
    most = WIDEST - shapes - checks - 10
    longest = max((len(line.equation) for line in lines), default=0)
    return [each for line in lines for each in _broken(line, min(longest, most), shapes)]


def _beside(line: Line) -> str:
    """Return the text beside an equation: its shape, or the condition under which it holds."""
    return line.shape or line.note


def _broken(line: Line, width: int, shapes: int) -> Iterator[str]:
    first, *more = wrap(line.equation, width, subsequent_indent="    ", break_on_hyphens=False)
    yield f"    {first:{width}}   {_beside(line):{shapes}}   {line.check or ''}".rstrip()
    yield from (f"    {each}" for each in more)
    if line.shape and line.note:
        margin = " " * 8
        yield from wrap(line.note, WIDEST, initial_indent=margin, subsequent_indent=margin)
