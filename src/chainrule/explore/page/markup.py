"""Elements of MathML, with all text escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

SPACE = '<mspace width="0.2em"/>'


def identifier(text: str) -> str:
    """Return a name: a single letter in italics, longer names upright."""
    return f"<mi>{escape(text)}</mi>"


def number(text: str) -> str:
    """Return a number as it is printed; one with an exponent as a product with a power of ten."""
    digits, _, exponent = text.partition("e")
    if not exponent:
        return f"<mn>{escape(text)}</mn>"
    power = f"<msup><mn>10</mn>{signed(int(exponent))}</msup>"
    return row([f"<mn>{escape(digits)}</mn>", operator("·"), power])


def signed(value: int) -> str:
    """Return an integer with its sign."""
    shown = f"<mn>{abs(value)}</mn>"
    return row([operator("−"), shown]) if value < 0 else shown


def operator(text: str) -> str:
    """Return an operator."""
    return f"<mo>{escape(text)}</mo>"


def text(words: str) -> str:
    """Return words in a formula."""
    return f"<mtext>{escape(words)}</mtext>"


def row(parts: Iterable[str]) -> str:
    """Return elements side by side."""
    found = list(parts)
    return found[0] if len(found) == 1 else f"<mrow>{''.join(found)}</mrow>"


def fraction(above: str, below: str) -> str:
    """Return a fraction."""
    return f"<mfrac>{above}{below}</mfrac>"


def power(base: str, exponent: str) -> str:
    """Return a base with an exponent."""
    return f"<msup>{base}{exponent}</msup>"


def index(base: str, below: str) -> str:
    """Return a base with an index."""
    return f"<msub>{base}{below}</msub>"


def math(parts: Iterable[str]) -> str:
    """Return a whole formula."""
    return f"<math>{row(parts)}</math>"
