"""Writes JSON lines with "text", "tokens" and "spans", the form of Prodigy."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from chainrule.ner.data.joined_words import joined
from chainrule.storage import write_atomically
from chainrule.text import Sentence, spans


def write_json_lines(path: Path, sentences: Iterable[Sentence]) -> None:
    """Write a line per sentence."""

    def write(file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="\n") as lines:
            for each in sentences:
                lines.write(_line(each) + "\n")

    write_atomically(path, write)


def _line(sentence: Sentence) -> str:
    text, places = joined(sentence.words)
    tokens = [
        {"text": word, "start": start, "end": end, "id": number}
        for number, (word, (start, end)) in enumerate(zip(sentence.words, places, strict=True))
    ]
    marks = [
        {
            "start": places[span.start][0],
            "end": places[span.end - 1][1],
            "token_start": span.start,
            "token_end": span.end - 1,
            "label": span.type,
        }
        for span in spans(sentence.tags)
    ]
    return json.dumps({"text": text, "tokens": tokens, "spans": marks}, ensure_ascii=False)
