"""Explanations as a page of HTML without other files, for light and dark screens."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from chainrule.ner.explaining.explained import Explained
from chainrule.ner.explaining.sections import Section, flip_sentence, heading, printable, sections

_STYLE = """
.why { --ink: #1b1b1b; --paper: #fff; --soft: #6a6a6a; --line: #ddd; --for: #2166ac;
  --against: #d45500; --mark: #eef3f9; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif; padding: 0.5rem 1rem; }
@media (prefers-color-scheme: dark) { .why { --ink: #e8e8e8; --paper: #15181c; --soft: #a0a0a0;
  --line: #363b42; --for: #5da5e0; --against: #f08a3c; --mark: #222a34; } }
.why h2 { font-size: 1.15rem; margin: 1.2rem 0 0.2rem; overflow-wrap: anywhere; }
.why .sentence { font-size: 1.1rem; overflow-wrap: anywhere; }
.why .sentence b { border-bottom: 3px solid var(--for); }
.why .panels { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
.why section { flex: 1 1 22rem; min-width: 0; max-width: 38rem; }
.why h3 { font-size: 0.9rem; font-weight: 600; color: var(--soft); margin: 0.6rem 0 0.3rem; }
.why table { border-collapse: collapse; width: 100%; font-size: 0.85rem; }
.why td { padding: 1px 6px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.why tr.here td { background: var(--mark); font-weight: 600; }
.why td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  width: 4.5rem; }
.why td.bar { width: 36%; }
.why .half { display: inline-block; width: 50%; height: 0.8rem; vertical-align: middle; }
.why .half i { display: block; height: 100%; border-radius: 2px; }
.why .for { background: var(--for); }
.why .against { background: var(--against); margin-left: auto; }
"""


def page(found: Sequence[Explained]) -> str:
    """Return a page with some explanations."""
    title = escape(", ".join(f"{printable(each.word)}: {each.tag}" for each in found))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>body {{ margin: 0; }} "
        "@media (prefers-color-scheme: dark) { body { background: #15181c; } }</style></head>"
        f"<body>{fragment(found)}</body></html>\n"
    )


def fragment(found: Sequence[Explained]) -> str:
    """Return some explanations as a part of a page, with their style."""
    return f'<div class="why"><style>{_STYLE}</style>{"".join(map(_explanation, found))}</div>'


def _explanation(found: Explained) -> str:
    flip = flip_sentence(found)
    panels = "".join(map(_section, sections(found)))
    return (
        f"<h2>{escape(heading(found))}</h2>"
        f'<p class="sentence">{_sentence(found)}</p>'
        + (f"<p>{escape(flip)}</p>" if flip else "")
        + f'<div class="panels">{panels}</div>'
    )


def _sentence(found: Explained) -> str:
    words = [escape(printable(each)) for each in found.sentence]
    words[found.place] = f"<b>{words[found.place]}</b>"
    return found.between_words.join(words)


def _section(section: Section) -> str:
    largest = max(map(abs, section.values), default=0.0) or 1.0
    rows = "".join(
        _row(name, value, abs(value) / largest)
        for name, value in zip(section.names, section.values, strict=True)
    )
    return f"<section><h3>{escape(section.title)}</h3><table>{rows}</table></section>"


def _row(name: str, value: float, share: float) -> str:
    side = "for" if value > 0 else "against"
    bar = f'<i class="{side}" style="width:{100 * share:.1f}%"></i>'
    halves = ("", bar) if value > 0 else (bar, "")
    drawn = "".join(f'<span class="half">{each}</span>' for each in halves)
    here = ' class="here"' if name.startswith("> ") and " / " not in name else ""
    return (
        f'<tr{here}><td>{escape(name)}</td><td class="number">{value:+.4f}</td>'
        f'<td class="bar">{drawn}</td></tr>'
    )
