"""The text that the character networks learn: English sentences of the embedded corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.graph import Array
from chainrule.ner.embedded import corpus


@dataclass(frozen=True)
class Text:
    """A text as ids of its alphabet, int64 (characters,), and one held out.

    Characters of the held-out text that the alphabet lacks are left out.
    """

    alphabet: str
    training: Array
    held_out: Array

    def ids(self, text: str) -> Array:
        """Return the ids of a text, int64 (characters,)."""
        return np.array([self.alphabet.index(each) for each in text if each in self.alphabet])

    def characters(self, ids: Array) -> str:
        """Return the text of ids."""
        return "".join(self.alphabet[each] for each in ids)


def training_text() -> Text:
    """Return the English sentences, a line each: those to train on, and those held out."""
    training, held_out = (_lines(part) for part in ("train", "dev"))
    text = Text("".join(sorted(set(training))), np.array([]), np.array([]))
    return Text(text.alphabet, text.ids(training), text.ids(held_out))


def _lines(part: str) -> str:
    lines = (" ".join(each.words) for each in corpus(part))
    return "".join(f"{_closed_up(each)}\n" for each in lines if each.isascii())


def _closed_up(line: str) -> str:
    """Return a line without blanks before punctuation."""
    for mark in ".,;:?!":
        line = line.replace(f" {mark}", mark)
    return line.replace(" '", "'")
