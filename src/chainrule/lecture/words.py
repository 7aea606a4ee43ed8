"""Twelve things with three names each, and the vectors of these words."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainrule.graph import Array
from chainrule.lecture.errors import MissingWordsError
from chainrule.lecture.glove import has_glove, read_glove
from chainrule.text.vectors import WordVectors, movement, read_vectors

NAMES = (
    "TV telly television film movie picture car auto automobile phone mobile telephone sofa couch "
    "settee lift elevator hoist taxi cab minicab shop store boutique kid child youngster job post "
    "occupation plane jet aeroplane ad commercial advertisement"
)
WORDS = np.array(NAMES.split())
THINGS = np.arange(len(WORDS)) // 3
UNSEEN = np.arange(len(WORDS)) % 3 == 2
"""Whether a word is the third name of its thing."""


def word_space(path: Path | None = None) -> WordVectors:
    """Return vectors, with all words of this file among them, divided by their lengths.

    They are those of the file `path`, or GloVe's if its package is installed, or invented. Raises
    MissingWordsError if a word is not among those of the file, and as `read_vectors` does.
    """
    if path is None:
        return read_glove() if has_glove() else invented()
    found = read_vectors(path)
    missing = WORDS[found.look_up(WORDS.tolist()).rows < 0].tolist()
    if missing:
        raise MissingWordsError(
            f"{path} has no vectors of {', '.join(missing)}. This claim compares these words; give "
            "a larger file of vectors."
        )
    return found


def invented() -> WordVectors:
    """Return random vectors, float32 (words, 50), whose cosines are as large as GloVe's on average.

    They are 0.65 for two names of a thing and 0.29 for others.
    """
    random = np.random.default_rng(2)
    shared, things, words = (random.normal(size=(n, 50)) for n in (1, THINGS[-1] + 1, len(WORDS)))
    return WordVectors(
        WORDS.tolist(), 0.29**0.5 * shared + 0.36**0.5 * things[THINGS] + 0.35**0.5 * words
    )


def good(seed: int) -> Array:
    """Return whether the thing of each word is good, 0 or 1; six things are, chosen at random."""
    return (np.random.default_rng(seed).permutation(THINGS[-1] + 1) % 2)[THINGS]


def to_other_names(vectors: Array) -> Array:
    """Return the distance of each word to the nearest other name of the same thing."""
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=-1)
    is_other = (THINGS[:, None] == THINGS) & ~np.eye(len(vectors), dtype=bool)
    return np.asarray(np.where(is_other, apart, np.inf).min(axis=1))


def unit_vectors(space: WordVectors) -> Array:
    """Return the vectors of the words divided by their lengths, float32 (words, size)."""
    found = space.matrix(WORDS.tolist())
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def movement_text(before: Array, after: Array) -> str:
    """Return a text: how far words moved, and which were left behind by their two neighbours."""
    tables = (WordVectors(WORDS.tolist(), each) for each in (before, after))
    return movement(*tables, neighbours=2).text(6)


def neighbour_figures(space: WordVectors, after: Array) -> dict[str, str]:
    """Return the words of the space that are nearest to TV, telly and television, as figures."""
    table = space.unit_table.copy()
    table[space.look_up(WORDS.tolist()).rows] = after
    tuned, figures = WordVectors(space.words, table), {}
    for word in WORDS[:3].tolist():
        then, now = (_nearest(each, word) for each in (space, tuned))
        figures[f"nearest to {word}"] = f"{then}; fine-tuned {now}"
    return figures


def _nearest(space: WordVectors, word: str) -> str:
    return ", ".join(f"{each} {cosine:.2f}" for each, cosine in space.nearest(word, 3))
