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
    "δ": r"\delta ",
    "μ": r"\mu ",
    "τ": r"\tau ",
    "φ": r"\varphi ",
    "≠": r"\neq ",
    "≤": r"\le ",
    "≥": r"\ge ",
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
_LOWERED, _LETTERS = "₀₁₂₃₄₅₆₇₈₉", "ᵢⱼₖₗₘₙₚᵣ"
_LOWER = str.maketrans(_LOWERED + _LETTERS, "0123456789ijklmnpr")
_LETTER, _SYMBOL = rf"[^\W\d₀-₉ᵀ²Σ{_LETTERS}]", rf"[^\W₀-₉ᵀ²Σ{_LETTERS}]"
_INDEX = rf"[{_LOWERED}{_LETTERS}](?:[{_LOWERED}{_LETTERS}]|,(?=[{_LOWERED}]))*"
_NAME = rf"\d*{_LETTER}{_SYMBOL}*(?:\.{_SYMBOL}+)*|\d+(?:\.{_SYMBOL}*{_LETTER}{_SYMBOL}*)+"
_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_TOKEN = re.compile(
    rf"∂(?P<of>{_NAME})(?P<of_index>{_INDEX})?/∂(?P<by>{_NAME})(?P<by_index>{_INDEX})?"
    rf"|(?P<mark>[δσ])_(?P<at>{_NAME}|{_SYMBOL}+)(?P<at_index>{_INDEX})?"
    rf"|Σ(?P<axes>[{_LOWERED}{_LETTERS}]*)"
    r"|(?P<dots>\[?\.\.\.\]?)"
    r"|(?P<kind>\w+) '(?P<path>[^']*)'"
    rf"|\^(?P<power>-?{_NUMBER}|{_NAME})"
    rf"|(?P<number>{_NUMBER})(?![\w.])"
    rf"|(?P<name>{_NAME})(?P<index>{_INDEX})?(?P<call>\()?"
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
        of, by = (_named(found[each]) + _index(found[f"{each}_index"]) for each in ("of", "by"))
        return rf"\frac{{\partial {of}}}{{\partial {by}}}"
    if found["mark"]:
        letter = r"\delta" if found["mark"] == "δ" else r"\sigma"
        index = found["at_index"]
        at = _named(found["at"]) + (f",{index.translate(_LOWER)}" if index else "")
        return rf"{letter}_{{{at}}}"
    if found["axes"] is not None:
        axes = found["axes"].translate(_LOWER)
        axes = ",".join(axes) if axes.isdigit() else axes
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
        index = _index(found["index"])
        if not found["call"] or found["name"] in _SIGNS:
            return _named(found["name"]) + index + (found["call"] or "")
        return rf"\mathrm{{{prose(found['name'])}}}{index}("
    if found["operator"]:
        return _OPERATORS[found["operator"]]
    if found["space"]:
        return r"\, "
    return _sign(found["other"])


def _named(name: str) -> str:
    if len(name) > 1 or not name.isascii():
        return _SIGNS.get(name) or rf"\text{{{prose(name)}}}"
    return name if name.isalpha() else prose(name)


def _index(index: str | None) -> str:
    return f"_{{{index.translate(_LOWER)}}}" if index else ""


def _number(number: str) -> str:
    digits, _, power = number.partition("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits


def _sign(sign: str) -> str:
    return _SIGNS.get(sign) or rf"\text{{{prose(sign)}}}"


def _prose_sign(sign: str) -> str:
    if sign in _LOWERED + _LETTERS:
        return f"$_{sign.translate(_LOWER)}$"
    return sign if sign.isascii() else _IN_TEXT.get(sign, sign)
