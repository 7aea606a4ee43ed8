"""Decoding: the sequence of tags with the highest score that the tag scheme allows.

Viterbi: Error bounds for convolutional codes (1967).

The score of a sequence is the sum of the scores of its tags. With

    best[t, j] = scores[t, j] + max over i of best[t - 1, i], where tag j may follow tag i,

the best last tag is the maximum of the last row, and each tag before it is the i of the maximum.
Where the best tags of the single tokens may follow each other, they are the result.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]

# Sentences decoded together: enough to amortise the overhead of Python, few enough for the cache.
_BLOCK = 256


def decode(
    scores: npt.ArrayLike,
    lengths: npt.ArrayLike,
    allowed: npt.ArrayLike,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
) -> _Ints:
    """Return the tags of the best allowed sequence of every sentence, int64 (tokens,).

    scores   float (tokens, K), the sentences one after the other; -inf forbids a tag on a token
    lengths  int (sentences,), the number of tokens of each sentence, 0 or more
    allowed  bool (K, K), allowed[i, j] is whether tag j may follow tag i
    start    bool (K,), whether a tag may be the first of a sentence
    end      bool (K,), whether a tag may be the last of a sentence

    Of sequences with equal scores, the one with the smallest last tag is returned, then the one
    with the smallest tag before it, and so on. Sums are computed in float64. Raises ValueError if
    shapes do not match, a score is NaN or +inf, or a sentence has no allowed sequence.
    """
    values = np.asarray(scores, dtype=np.float64)
    _check_scores(values)
    sizes = _checked_lengths(lengths, len(values))
    tag_count = values.shape[1]
    rules = _Rules(
        follow=_penalty(allowed, (tag_count, tag_count), "allowed").T.copy(),
        start=_penalty(start, (tag_count,), "start"),
        end=_penalty(end, (tag_count,), "end"),
    )
    tags = values.argmax(axis=1) if tag_count else np.empty(0, np.int64)
    for block in _blocks(sizes, _unfinished(values, tags, sizes, rules)):
        _decode_block(values, block, rules, tags)
    return tags


@dataclass(frozen=True)
class _Rules:
    """Numbers added to a score: 0 where the scheme allows a tag, -inf where it does not.

    `follow[j, i]` is for tag j after tag i; it is transposed so that the maximum over i reads
    contiguous memory.
    """

    follow: _Floats
    start: _Floats
    end: _Floats


@dataclass(frozen=True)
class _Block:
    """Some sentences, the longest first: numbers, first rows in `scores`, and lengths."""

    sentences: _Ints
    rows: _Ints
    sizes: _Ints

    def longer_than(self, position: int) -> int:
        """Return the number of sentences with a token at `position`; these come first."""
        return int(np.count_nonzero(self.sizes > position))


def _unfinished(values: _Floats, tags: _Ints, sizes: _Ints, rules: _Rules) -> npt.NDArray[np.bool_]:
    """Return per sentence whether the best tags of its tokens are not an allowed sequence."""
    some = np.flatnonzero(sizes)
    firsts = (np.cumsum(sizes) - sizes)[some]
    penalty = np.zeros(len(tags))
    penalty[1:] = rules.follow[tags[1:], tags[:-1]]
    penalty[firsts] = rules.start[tags[firsts]]
    penalty += values[np.arange(len(tags)), tags]
    lasts = firsts + sizes[some] - 1
    penalty[lasts] += rules.end[tags[lasts]]
    found = np.zeros(len(sizes), np.bool_)
    if len(some):
        found[some] = np.logical_or.reduceat(np.isneginf(penalty), firsts)
    return found


def _blocks(sizes: _Ints, chosen: npt.NDArray[np.bool_]) -> Iterator[_Block]:
    first_rows = np.cumsum(sizes) - sizes
    order = np.argsort(-sizes, kind="stable")
    order = order[chosen[order]]
    for begin in range(0, len(order), _BLOCK):
        some = order[begin : begin + _BLOCK]
        yield _Block(some, first_rows[some], sizes[some])


def _decode_block(values: _Floats, block: _Block, rules: _Rules, tags: _Ints) -> None:
    best, came_from = _walk_forward(values, block, rules)
    best += rules.end
    _check_reached(best, block)
    _walk_back(best.argmax(axis=1), came_from, block, tags)


def _walk_forward(values: _Floats, block: _Block, rules: _Rules) -> tuple[_Floats, list[_Ints]]:
    """Return `best` (sentences, K) of the last tokens, and the best previous tags per position."""
    best = values[block.rows] + rules.start
    came_from: list[_Ints] = []
    for position in range(1, int(block.sizes[0])):
        count = block.longer_than(position)
        through = best[:count, None, :] + rules.follow
        came_from.append(through.argmax(axis=2))
        best[:count] = through.max(axis=2) + values[block.rows[:count] + position]
    return best, came_from


def _walk_back(tag: _Ints, came_from: list[_Ints], block: _Block, tags: _Ints) -> None:
    """Write into `tags` the path that ends in `tag` (sentences,)."""
    for position in range(int(block.sizes[0]) - 1, 0, -1):
        count = block.longer_than(position)
        tags[block.rows[:count] + position] = tag[:count]
        tag[:count] = came_from[position - 1][np.arange(count), tag[:count]]
    tags[block.rows] = tag


def _penalty(flags: npt.ArrayLike, shape: tuple[int, ...], name: str) -> _Floats:
    array = np.asarray(flags)
    if array.shape != shape or array.dtype != np.bool_:
        raise ValueError(
            f"The parameter {name} should be a boolean array of shape {shape}, because scores has "
            f"{shape[0]} columns; found shape {array.shape} of {array.dtype}. Take it from "
            f"`chainrule.text.transitions`, for the same tags."
        )
    return np.where(array, 0.0, -np.inf)


def _check_scores(values: _Floats) -> None:
    if values.ndim != 2 or (len(values) and not values.shape[1]):
        raise ValueError(
            f"The parameter scores should have the axes tokens and tags; found shape "
            f"{values.shape}. Put the sentences one after the other."
        )
    bad = np.argwhere(np.isnan(values) | np.isposinf(values))
    if len(bad):
        token, tag = bad[0]
        raise ValueError(
            f"No best path exists, because scores[{token}, {tag}] is {values[token, tag]} (and "
            f"{len(bad) - 1} more are NaN or +inf). Check the network that computed it."
        )


def _checked_lengths(lengths: npt.ArrayLike, tokens: int) -> _Ints:
    sizes = np.asarray(lengths)
    if sizes.ndim != 1 or (sizes.size and sizes.dtype.kind not in "iu"):
        raise ValueError(
            f"The parameter lengths should be one integer per sentence; found shape {sizes.shape} "
            f"of {sizes.dtype}. Count the tokens of each sentence."
        )
    if (sizes < 0).any() or sizes.sum() != tokens:
        raise ValueError(
            f"The parameter lengths should be 0 or more and add up to the {tokens} rows of scores; "
            f"found a sum of {sizes.sum()} and a minimum of {sizes.min(initial=0)}. Count again."
        )
    return sizes.astype(np.int64)


def _check_reached(best: _Floats, block: _Block) -> None:
    unreached = np.flatnonzero(np.isneginf(best).all(axis=1))
    if len(unreached):
        sentence, size = block.sentences[unreached[0]], block.sizes[unreached[0]]
        raise ValueError(
            f"Sentence {sentence} (counted from 0) of {size} tokens has no allowed sequence of "
            f"tags with a score above -inf; check allowed, start, end and the scores."
        )
