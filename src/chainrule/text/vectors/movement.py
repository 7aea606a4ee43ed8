"""What a training moved: rows, distances, neighbours, and words that their neighbours left behind.

Fine-tuning moves only the rows of words in its data. A word that is not there stays where it was,
while words of like meaning move: the television of a model trained on TV and telly. Such words are
reported, since the model that reads the vectors no longer treats them alike.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.storage import printable
from chainrule.text.vectors.blocks import Table
from chainrule.text.vectors.errors import VectorsError
from chainrule.text.vectors.nearest import nearest_rows, unit
from chainrule.text.vectors.word_vectors import WordVectors

_EXAMINED = 2000  # words of each kind whose neighbours are computed
_STILL = 0.1  # of the median distance of the words that moved


@dataclass(frozen=True)
class MovedWord:
    """A word that moved.

    distance  the length of the difference of its vectors
    cosine    between its vectors before and after
    kept      the share of its nearest neighbours that stayed among them
    before    its nearest neighbours before
    after     its nearest neighbours after
    """

    word: str
    distance: float
    cosine: float
    kept: float
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class LeftBehind:
    """A word that stayed while most of its nearest neighbours moved.

    before      the mean cosine to these neighbours before
    after       the mean cosine to the same words after
    neighbours  its nearest neighbours before
    """

    word: str
    before: float
    after: float
    neighbours: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Movement:
    """The difference of two tables of word vectors.

    words        the compared words, which both tables have
    distances    float32 (words,): the length of the difference of each
    before       the vectors of the compared words before, float32 (words, size)
    after        the vectors after
    only_before  the number of words that only the first table has
    only_after   the number of words that only the second table has
    moved        words that moved, by falling distance, with their neighbours; at most 2,000
    left_behind  words that their neighbours left behind, the most affected first
    """

    words: tuple[str, ...]
    distances: npt.NDArray[np.float32]
    before: Table
    after: Table
    only_before: int
    only_after: int
    moved: tuple[MovedWord, ...]
    left_behind: tuple[LeftBehind, ...]

    @property
    def moved_count(self) -> int:
        """The number of compared words that moved."""
        return int(np.count_nonzero(self.distances))

    def figures(self) -> dict[str, float]:
        """Return counts and distances as numbers by name; distances are those of moved words."""
        found = self.distances[self.distances > 0]
        found = found if found.size else np.zeros(1, np.float32)
        return {
            "compared": len(self.words),
            "only_before": self.only_before,
            "only_after": self.only_after,
            "moved": self.moved_count,
            "distance_mean": float(found.mean()),
            "distance_median": float(np.median(found)),
            "distance_largest": float(found.max()),
            "left_behind": len(self.left_behind),
        }

    def as_dict(self, count: int | None = None) -> dict[str, Any]:
        """Return everything for JSON, with at most `count` words of each kind."""
        return {
            **self.figures(),
            "moved_words": [asdict(each) for each in self.moved[:count]],
            "left_behind_words": [asdict(each) for each in self.left_behind[:count]],
        }

    def text(self, count: int = 10) -> str:
        """Return a report with at most `count` words of each kind."""
        return "\n".join(_lines(self, count))

    def __str__(self) -> str:
        return self.text()


def movement(
    before: WordVectors, after: WordVectors, *, neighbours: int = 10, among: int = 20_000
) -> Movement:
    """Compare two tables of word vectors, word by word.

    neighbours  the number of nearest neighbours of a word that are compared
    among       neighbours are searched among so many words, the first ones of `before`: files have
                the most frequent words first

    Neighbours are computed for the 2,000 words that moved farthest and the first 2,000 that stayed.
    A word is left behind if it moved by less than a tenth of the median distance of moved words,
    at least half of its neighbours moved farther, and its cosine to them fell. Raises VectorsError
    if the vectors differ in size or no word is in both tables.
    """
    _require_comparable(before, after, neighbours)
    common = [word for word in before.words.rows if word in after.words]
    if not common:
        raise VectorsError("The two files have no word in common, so nothing can be compared.")
    common.sort(key=before.words.rows.__getitem__)
    old = np.asarray(before.table[[before.words.rows[each] for each in common]])
    new = np.asarray(after.table[[after.words.rows[each] for each in common]])
    distances = np.sqrt(np.sum(np.square(new - old, dtype=np.float64), axis=1)).astype(np.float32)
    moved, left = _examined(common, distances, unit(old), unit(new), neighbours, among)
    lacking = len(before.words.rows) - len(common), len(after.words.rows) - len(common)
    return Movement(tuple(common), distances, old, new, *lacking, moved, left)


def _require_comparable(before: WordVectors, after: WordVectors, neighbours: int) -> None:
    if before.size != after.size:
        raise VectorsError(
            f"The vectors have {before.size} numbers before and {after.size} after. Compare "
            "vectors of one size, of the same training."
        )
    if neighbours < 1:
        raise VectorsError(f"{neighbours} neighbours were requested. Give at least 1.")


def _examined(
    words: list[str], distances: Any, old: Table, new: Table, neighbours: int, among: int
) -> tuple[tuple[MovedWord, ...], tuple[LeftBehind, ...]]:
    """Return the words that moved and those left behind, by unit vectors before and after."""
    farthest = np.argsort(-distances, kind="stable")[:_EXAMINED]
    farthest = farthest[distances[farthest] > 0]
    if not farthest.size:
        return (), ()
    still = _STILL * float(np.median(distances[distances > 0]))
    old_rows = _neighbours(farthest, old, neighbours, among)
    new_rows = _neighbours(farthest, new, neighbours, among)
    moved = []
    for row, first, second in zip(farthest, old_rows, new_rows, strict=True):
        kept = np.isin(first, second).mean() if first.size else 1.0
        cosine, names = float(old[row] @ new[row]), (_names(words, first), _names(words, second))
        moved.append(MovedWord(words[row], float(distances[row]), cosine, float(kept), *names))
    stayed = np.flatnonzero(distances <= still)[:_EXAMINED]
    rows = _neighbours(stayed, old, neighbours, among)
    return tuple(moved), _left(words, stayed, rows, distances > still, old, new)


def _neighbours(rows: Any, vectors: Table, count: int, among: int) -> Any:
    """Return the nearest neighbours of rows among the first rows, int64 (rows, count)."""
    searched = vectors[:among]
    found, _ = nearest_rows(vectors[rows], searched, count + 1)
    others = found != rows[:, None]
    others[others.all(axis=1), -1] = False  # a row outside of `among` is not its own neighbour
    return found[others].reshape(len(rows), max(0, found.shape[1] - 1))


def _left(
    words: list[str], stayed: Any, rows: Any, has_moved: Any, old: Table, new: Table
) -> tuple[LeftBehind, ...]:
    if not rows.size:
        return ()
    before = np.einsum("id,ijd->ij", old[stayed], old[rows]).mean(axis=1)
    after = np.einsum("id,ijd->ij", new[stayed], new[rows]).mean(axis=1)
    is_left = (has_moved[rows].mean(axis=1) >= 0.5) & (after < before)
    order = [i for i in np.argsort(after - before, kind="stable").tolist() if is_left[i]]
    return tuple(
        LeftBehind(words[stayed[i]], float(before[i]), float(after[i]), _names(words, rows[i]))
        for i in order
    )


def _names(words: list[str], rows: Any) -> tuple[str, ...]:
    return tuple(words[row] for row in rows.tolist())


def _lines(found: Movement, count: int) -> list[str]:
    figures = found.figures()
    share = found.moved_count / len(found.words)
    lines = [
        f"{len(found.words):,} words compared, {found.only_before:,} only before, "
        f"{found.only_after:,} only after",
        f"{found.moved_count:,} moved ({share:.1%}); "
        f"distance: mean {figures['distance_mean']:.3g}, median {figures['distance_median']:.3g}, "
        f"largest {figures['distance_largest']:.3g}",
    ]
    if found.moved[:count]:
        lines += ["", "moved farthest        distance   cosine  neighbours kept; new neighbours"]
    for each in found.moved[:count]:
        new = [word for word in each.after if word not in each.before][:4]
        shown = " ".join(map(printable, new)) or "none"
        lines.append(
            f"{printable(each.word):20} {each.distance:9.3g} {each.cosine:8.3f} {each.kept:6.0%}; "
            f"{shown}"
        )
    if found.left_behind[:count]:
        lines += ["", "left behind           cosine to its neighbours before, after; neighbours"]
    for left in found.left_behind[:count]:
        shown = " ".join(map(printable, left.neighbours[:4]))
        lines.append(f"{printable(left.word):20} {left.before:9.3f} {left.after:8.3f}; {shown}")
    return lines
