"""Formulas and sentences in LaTeX."""

from __future__ import annotations

import re

_OPERATORS = {
    "=": " = ",
    "+": " + ",
    "-": " - ",
    "−": " - ",
    "/": " / ",
    "<": " < ",
    ">": " > ",
    "∘": r" \circ ",
    "·": r" \cdot ",
    "⊕": r" \oplus ",
    "×": r" \times ",
    ",": ", ",
    ";": "; ",
    ":": ": ",
}
_SIGNS = {
    "ᵀ": r"{}^{\top}",
    "²": "{}^{2}",
    "σ": r"\sigma ",
    "π": r"\pi ",
    "Φ": r"\Phi ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "⌈": r"\lceil ",
    "⌉": r"\rceil ",
    "|": "|",
    "(": "(",
    ")": ")",
    "[": "[",
    "]": "]",
    "^": r"\mathbin{\wedge}",
    "%": r"\%",
    "✓": r"\text{ok}",
    "✗": r"\text{wrong}",
    "~": r"\sim ",
    "*": r"{*}",
}
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
_IN_TEXT = {
    **{sign: f"${written.strip()}$" for sign, written in {**_OPERATORS, **_SIGNS}.items()},
    "∂": r"$\partial$",
    "Σ": r"$\Sigma$",
    "δ": r"$\delta$",
    "Π": r"$\Pi$",
}
_LOWER = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LETTER, _SYMBOL = r"[^\W\d₀-₉ᵀ²Σ]", r"[^\W₀-₉ᵀ²Σ]"
_NAME = rf"\d*{_LETTER}{_SYMBOL}*(?:\.{_SYMBOL}+)*|\d+(?:\.{_SYMBOL}*{_LETTER}{_SYMBOL}*)+"
_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_TOKEN = re.compile(
    rf"∂(?P<of>{_NAME})/∂(?P<by>{_NAME})"
    rf"|(?P<mark>[δσ])_(?P<at>{_NAME}|\w+)"
    r"|Σ(?P<axes>[₀-₉]*)"
    r"|(?P<dots>\[?\.\.\.\]?)"
    r"|(?P<kind>\w+) '(?P<path>[^']*)'"
    rf"|\^(?P<power>-?{_NUMBER}|{_NAME})"
    rf"|(?P<number>{_NUMBER})(?![\w.])"
    rf"|(?P<name>{_NAME})(?P<call>\()?"
    r"|\s*(?P<operator>[=+\-−/<>∘·⊕×,;:])\s*"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)",
)


def math(formula: str) -> str:
    """Return a formula for math mode: names upright and escaped, signs as commands.

    Other characters are written as text and need a font that has them.
    """
    return re.sub(r" {2,}", " ", "".join(map(_piece, _TOKEN.finditer(formula)))).strip()


def prose(sentence: str) -> str:
    """Return a sentence for text mode, escaped, its mathematical signs in math mode."""
    return "".join(_ESCAPED.get(each) or _prose_sign(each) for each in sentence)


def _piece(token: re.Match[str]) -> str:
    found = token.groupdict()
    if found["of"]:
        return rf"\frac{{\partial {_named(found['of'])}}}{{\partial {_named(found['by'])}}}"
    if found["mark"]:
        letter = r"\delta" if found["mark"] == "δ" else r"\sigma"
        return rf"{letter}_{{{_named(found['at'])}}}"
    if found["axes"] is not None:
        axes = ",".join(found["axes"].translate(_LOWER))
        return rf"\sum_{{{axes}}} " if axes else r"\sum "
    if found["dots"]:
        return r"[\dots]" if "[" in found["dots"] else r"\dots "
    if found["kind"]:
        return rf"\mathrm{{{prose(found['kind'])}}}_{{\text{{{prose(found['path'])}}}}}"
    if found["power"]:
        return f"{{}}^{{{math(found['power'])}}}"
    if found["number"]:
        return _number(found["number"])
    if found["name"]:
        called = found["call"] or ""
        return rf"\mathrm{{{prose(found['name'])}}}(" if called else _named(found["name"])
    if found["operator"]:
        return _OPERATORS[found["operator"]]
    if found["space"]:
        return r"\, "
    return _sign(found["other"])


def _named(name: str) -> str:
    if len(name) > 1 or not name.isascii():
        return _SIGNS.get(name) or rf"\text{{{prose(name)}}}"
    return name if name.isalpha() else prose(name)


def _number(number: str) -> str:
    digits, _, power = number.partition("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits


def _sign(sign: str) -> str:
    return _SIGNS.get(sign) or rf"\text{{{prose(sign)}}}"


def _prose_sign(sign: str) -> str:
    if sign in "₀₁₂₃₄₅₆₇₈₉":
        return f"$_{sign.translate(_LOWER)}$"
    return sign if sign.isascii() else _IN_TEXT.get(sign, sign)
