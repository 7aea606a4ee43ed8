"""Which words of a corpus have a vector, and how similar the corpus is to the vectors' words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.ner.advice.corpus_figures import entity_words
from chainrule.text import UNKNOWN_ID, Sentence, Vocabulary
from chainrule.text.vectors import UNKNOWN_ROW, Matches, WordVectors
from chainrule.train.metrics import spearman

_FREQUENT = 1000  # words that are compared with as many first words of the vectors
_OFTEN = 5  # occurrences from which a word's rank counts
_ALPHABETICAL = 0.9  # share of neighbours in alphabetical order from which a file is sorted so


@dataclass(frozen=True)
class Coverage:
    """Which words of a corpus have a vector.

    vectors         the number of vectors
    size            the number of elements of a vector
    forms           by form of the look-up, in its order: tokens and types that it found; the last
                    one is "unknown"
    entity_unknown  the share of the tokens inside entities that have no vector
    examples        the most frequent words without a vector, with their counts
    """

    vectors: int
    size: int
    forms: dict[str, tuple[int, int]]
    entity_unknown: float
    examples: dict[str, int]

    @property
    def unknown(self) -> float:
        """The share of tokens without a vector."""
        return self._share(0)

    @property
    def unknown_types(self) -> float:
        """The share of types without a vector."""
        return self._share(1)

    def _share(self, place: int) -> float:
        counts = [each[place] for each in self.forms.values()]
        return counts[-1] / max(1, sum(counts))

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        forms = {
            form: {"tokens": tokens, "types": types} for form, (tokens, types) in self.forms.items()
        }
        return {**asdict(self), "forms": forms, "unknown": self.unknown}


@dataclass(frozen=True)
class Similarity:
    """How similar the frequencies of words are in a corpus and in the text of the vectors.

    Files of vectors list frequent words first, so that the row of a word is its rank. A file in
    alphabetical order has no ranks.

    frequent      the number of most frequent words of the corpus that are compared, at most 1,000
    shared        the share of them that are among as many first words of the file
    median_rank   the median rank in the file over the tokens that have a vector
    correlation   Spearman's correlation of count and rank over words that occur 5 times or more
                  and have a vector, positive if frequent words have low ranks; None for fewer than
                  3 such words
    """

    frequent: int
    shared: float
    median_rank: int
    correlation: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class HeldOut:
    """Words of held-out sentences that are not in the training sentences.

    Words are compared in the normal form of `Vocabulary`: lower case, digits as 0.

    sentences    the number of held-out sentences
    tokens       the number of their words
    unseen       the share of them that are not in the training sentences
    left_behind  the share that is not in the training sentences, but has a vector: fine-tuning
                 moves other words and not these; None without vectors
    """

    sentences: int
    tokens: int
    unseen: float
    left_behind: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)


def coverage(sentences: Sequence[Sentence], vectors: WordVectors, examples: int) -> Coverage:
    """Look up the words of sentences in vectors; name so many words without a vector."""
    words = _words(sentences)
    found = vectors.look_up(words)
    of_entities = vectors.look_up(entity_words(sentences)).rows
    unknown = Counter(
        word for word, row in zip(words, found.rows.tolist(), strict=True) if row == UNKNOWN_ROW
    )
    return Coverage(
        vectors=len(vectors),
        size=vectors.size,
        forms=found.counts(),
        entity_unknown=_share(of_entities == UNKNOWN_ROW),
        examples=dict(unknown.most_common(examples)),
    )


def similarity(sentences: Sequence[Sentence], vectors: WordVectors) -> Similarity | None:
    """Compare frequencies with ranks; None if no word has a rank."""
    words = _words(sentences)
    found = vectors.look_up(words)
    known = found.rows[found.rows != UNKNOWN_ROW]
    if not len(known) or _is_alphabetical(vectors):
        return None
    frequent = _most_frequent(words, found)
    ranks, counts = np.unique(known, return_counts=True)
    often = counts >= _OFTEN
    return Similarity(
        frequent=len(frequent),
        shared=_share((frequent >= 0) & (frequent < len(frequent))),
        median_rank=int(np.median(known)) + 1,
        correlation=(
            spearman(-ranks[often].astype(float), counts[often].astype(float))
            if np.count_nonzero(often) > 2
            else None
        ),
    )


def held_out(
    train: Sequence[Sentence], dev: Sequence[Sentence], vectors: WordVectors | None
) -> HeldOut:
    """Count the words of held-out sentences that are not in the training sentences."""
    words = _words(dev)
    unseen = Vocabulary.from_sentences(each.words for each in train).ids(words) == UNKNOWN_ID
    known = None if vectors is None else vectors.look_up(words).rows != UNKNOWN_ROW
    return HeldOut(
        sentences=len(dev),
        tokens=len(words),
        unseen=_share(unseen),
        left_behind=None if known is None else _share(unseen & known),
    )


def _most_frequent(words: list[str], found: Matches) -> npt.NDArray[np.int64]:
    """Return the rows of the most frequent words; words of one row count together."""
    counts = Counter(
        (row, "" if row != UNKNOWN_ROW else word)
        for word, row in zip(words, found.rows.tolist(), strict=True)
    )
    return np.array([row for (row, _), _ in counts.most_common(_FREQUENT)], np.int64)


def _is_alphabetical(vectors: WordVectors) -> bool:
    listed = vectors.words.words[:_FREQUENT]
    ordered = [first <= second for first, second in pairwise(listed)]
    return len(ordered) > 2 and sum(ordered) / len(ordered) >= _ALPHABETICAL


def _words(sentences: Sequence[Sentence]) -> list[str]:
    return [word for each in sentences for word in each.words]


def _share(chosen: npt.NDArray[np.bool_]) -> float:
    return float(chosen.mean()) if len(chosen) else 0.0
