"""Twelve things with three names each, whose random vectors are close to each other."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

NAMES = (
    "TV telly television film movie picture car auto automobile phone mobile telephone sofa couch "
    "settee lift elevator hoist taxi cab minicab shop store boutique kid child youngster job post "
    "occupation plane jet aeroplane ad commercial advertisement"
)
WORDS = np.array(NAMES.split())
THINGS = np.arange(len(WORDS)) // 3
UNSEEN = np.arange(len(WORDS)) % 3 == 2
"""Whether a word is the third name of its thing."""


def words(random: np.random.Generator) -> tuple[Array, Array]:
    """Return vectors, float32 (words, 2), and labels: whether the thing of each is good, 0 or 1."""
    count = THINGS[-1] + 1
    things = random.normal(size=(count, 2))[THINGS]
    vectors = (things + random.normal(0, 0.1, things.shape)).astype(np.float32)
    return vectors, (random.permutation(count) % 2)[THINGS]


def to_other_names(vectors: Array) -> Array:
    """Return the distance of each word to the nearest other name of the same thing."""
    same = THINGS[:, None] == THINGS
    return np.asarray(np.where(same, _distances(vectors), np.inf).min(axis=1))


def moves(before: Array, after: Array) -> str:
    """Return a text: how far names moved, and the nearest word to each third name."""
    far = np.linalg.norm(after - before, axis=1)
    names = [f"{word:13} {moved:.2f}" for word, moved in zip(WORDS, far, strict=True)]
    then, now = (WORDS[_distances(each).argmin(axis=1)] for each in (before, after))
    lines = ["how far names moved; the word nearest to the third, before and after"]
    for third in np.flatnonzero(UNSEEN):
        three = "  ".join(names[third - 2 : third + 1])
        lines.append(f"    {three};  {then[third]}, {now[third]}")
    return "\n".join(lines)


def _distances(vectors: Array) -> Array:
    """Return the distances between all words, infinite from a word to itself."""
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=-1)
    return np.where(np.eye(len(vectors), dtype=bool), np.inf, apart)
