"""Formulas in the notation of gates, read and written as MathML.

Nodes stand in a formula as `mark(number)`, so that no name can be mistaken for notation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from chainrule.explore.page import markup

_OPEN, _CLOSE = "\ue000", "\ue001"
_EITHER = " | "
_TOKEN = re.compile(
    r"\s(?P<either>\|)\s"
    rf"|\s*(?:(?P<node>{_OPEN}\d+{_CLOSE})"
    r"|(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])|\d+(?:\.\d+)?)"
    r"|(?P<word>[^\W\dᵀ²]\w*(?:\.\w+)*)"
    r"|(?P<sign>//|>>|<<|\[\.\.\.\]|\S))"
)
_RELATIONS = {*("=", "≠", "<", "≤", ">", "≥"), *("∧", "∨", "⊕", "&", _EITHER)}
_PREFIXES = {"-", "¬", "~"}
_SHOWN = {"-": "−", "//": "÷", _EITHER: "|"}
_SUMS = {"+", "-"}
_PRODUCTS = {"∘", "·", "×", "/", "//", "mod", ">>", "<<"}
_PAIRS = {"(": ")", "[": "]", "⌊": "⌋", "⌈": "⌉", "{": "}"}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def mark(node: int) -> str:
    """Return what stands for a node in a formula."""
    return f"{_OPEN}{node}{_CLOSE}"


def unmarked(formula: str, name: Callable[[int], str]) -> str:
    """Return a formula as text, with the names of its nodes."""
    return re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda found: name(int(found[1])), formula)


def mathml(formula: str, name: Callable[[int], str]) -> str:
    """Return a formula as elements of MathML; one that cannot be read as plain text.

    name  the name of a node by its number
    """
    try:
        return _Parser(formula, name).whole()
    except _Unreadable:
        return markup.text(unmarked(formula, name))


class _Unreadable(Exception):
    """The formula is not in the notation of gates."""


class _Piece(NamedTuple):
    """A part of a formula: its markup, and its content if it stands in brackets."""

    markup: str
    inner: str = ""

    @property
    def bare(self) -> str:
        return self.inner or self.markup


class _Parser:
    """A recursive descent, one method per level of precedence."""

    def __init__(self, formula: str, name: Callable[[int], str]) -> None:
        self._tokens = [_token(each) for each in _TOKEN.finditer(formula)]
        self._name = name
        self._at = 0
        self._bars = 0

    def whole(self) -> str:
        found = self._relation()
        if self._at < len(self._tokens):
            raise _Unreadable
        return found.markup

    @property
    def _next(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, expected: str = "") -> tuple[str, str]:
        if self._at >= len(self._tokens) or (expected and self._next != expected):
            raise _Unreadable
        self._at += 1
        return self._tokens[self._at - 1]

    def _infix(self, operators: set[str], operand: Callable[[], _Piece]) -> _Piece:
        parts = [operand()]
        while self._next in operators:
            _, sign = self._take()
            right = operand()
            if sign == "/":
                above = parts[0].bare if len(parts) == 1 else _joined(parts)
                parts = [_Piece(markup.fraction(above, right.bare))]
            else:
                parts += [_Piece(_operator(sign)), right]
        return parts[0] if len(parts) == 1 else _Piece(_joined(parts))

    def _relation(self) -> _Piece:
        return self._infix(_RELATIONS, self._sum)

    def _sum(self) -> _Piece:
        return self._infix(_SUMS, self._product)

    def _product(self) -> _Piece:
        return self._infix(_PRODUCTS, self._adjoined)

    def _adjoined(self) -> _Piece:
        """Read factors that stand side by side, such as W x, or Σ x."""
        parts = [self._signed()]
        while self._starts_factor():
            parts += [_Piece(markup.SPACE), self._power()]
        return parts[0] if len(parts) == 1 else _Piece(_joined(parts))

    def _starts_factor(self) -> bool:
        if self._at >= len(self._tokens):
            return False
        group, text = self._tokens[self._at]
        if group == "word":
            return text not in _RELATIONS | _PRODUCTS
        return group in ("node", "number") or text in _PAIRS or (text == "|" and not self._bars)

    def _signed(self) -> _Piece:
        if self._next in _PREFIXES:
            sign = _operator(self._take()[1])
            return _Piece(markup.row([sign, self._signed().markup]))
        return self._power()

    def _power(self) -> _Piece:
        base = self._postfix()
        if self._next == "^":
            self._take()
            return _Piece(markup.power(base.markup, self._signed().bare))
        return base

    def _postfix(self) -> _Piece:
        found = self._atom()
        while self._next in ("ᵀ", "²", "[...]"):
            _, sign = self._take()
            if sign == "[...]":
                found = _Piece(markup.row([found.markup, markup.operator("[…]")]))
            else:
                above = markup.identifier("T") if sign == "ᵀ" else markup.number("2")
                found = _Piece(markup.power(found.markup, above))
        return found

    def _atom(self) -> _Piece:
        group, text = self._take()
        if group == "node":
            return _Piece(markup.identifier(self._name(int(text[1:-1]))))
        if group == "number":
            return _Piece(markup.number(text))
        if group == "word":
            return self._word(text)
        if text in _PAIRS:
            return self._bracketed(text, _PAIRS[text])
        if text == "|" and not self._bars:
            return self._between_bars()
        raise _Unreadable

    def _word(self, word: str) -> _Piece:
        if word[0] == "Σ":
            axes = word[1:].translate(_SUBSCRIPTS)
            sign = markup.operator("∑")
            return _Piece(markup.index(sign, markup.number(",".join(axes))) if axes else sign)
        if word.endswith("_"):
            return _Piece(markup.index(markup.identifier(word[:-1]), self._atom().markup))
        shown = markup.identifier(word)
        if self._next != "(":
            return _Piece(shown)
        self._take()
        operands = self._bracketed("(", ")")
        if word == "sqrt" and operands.inner:
            return _Piece(f"<msqrt>{operands.inner}</msqrt>")
        return _Piece(markup.row([shown, operands.markup]))

    def _bracketed(self, opening: str, closing: str) -> _Piece:
        parts = [markup.operator(opening)]
        only: _Piece | None = None
        while self._next != closing:
            each = self._relation()
            only = each if len(parts) == 1 else None
            parts.append(each.markup)
            if self._next in (",", ";"):
                parts.append(markup.operator(self._take()[1]))
        self._take(closing)
        return _Piece(
            markup.row([*parts, markup.operator(closing)]),
            only.markup if only is not None and opening == "(" else "",
        )

    def _between_bars(self) -> _Piece:
        self._bars += 1
        inside = self._relation().markup
        self._take("|")
        self._bars -= 1
        return _Piece(markup.row([markup.operator("|"), inside, markup.operator("|")]))


def _token(found: re.Match[str]) -> tuple[str, str]:
    """Return the kind and the text of a token."""
    kind = found.lastgroup or ""
    return kind, _EITHER if kind == "either" else found[kind]


def _joined(parts: list[_Piece]) -> str:
    return markup.row(each.markup for each in parts)


def _operator(sign: str) -> str:
    return markup.operator(_SHOWN.get(sign, sign))
