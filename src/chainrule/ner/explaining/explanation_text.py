"""Explanations in plain text, and in colours for rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.ner.explaining.explained import Explained
from chainrule.ner.explaining.sections import Section, flip_sentence, heading, sections
from chainrule.pretrained.explained.contribution_text import bar_lines

if TYPE_CHECKING:
    from rich.text import Text

_COLOURS = {"+": "rgb(67,147,195)", "-": "rgb(230,97,1)"}  # read well on light and on dark


def written(found: Explained) -> str:
    """Return an explanation as plain text."""
    blocks = ["\n".join([each.title, *_lines(each)]) for each in sections(found)]
    return "\n\n".join(each for each in [heading(found), *blocks, flip_sentence(found)] if each)


def coloured(found: Explained) -> Text:
    """Return an explanation for rich: bars in blue for the tag, in orange against it."""
    from rich.text import Text

    text = Text()
    text.append(heading(found), "bold")
    for each in sections(found):
        text.append(f"\n\n{each.title}", "italic")
        for line, value in zip(_lines(each), each.values, strict=True):
            bar = _bar_of(line)
            text.append(f"\n{line[: len(line) - len(bar)]}")
            text.append("█" * len(bar), _COLOURS["+" if value > 0 else "-"])
    flip = flip_sentence(found)
    return text.append(f"\n\n{flip}") if flip else text


def _lines(section: Section) -> list[str]:
    return list(bar_lines(section.names, np.array(section.values)))


def _bar_of(line: str) -> str:
    """Return the bar at the end of a line, "" if there is none."""
    last = line.rpartition("  ")[2]
    return last if last and not last.strip(last[0]) and last[0] in _COLOURS else ""
