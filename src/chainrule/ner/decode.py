"""Decoding: the sequence of tags with the highest score that the tag scheme allows.

Viterbi: Error bounds for convolutional codes (1967).

The score of a sequence is the sum of the scores of its tags and transitions. With

    best[t, j] = scores[t, j] + max over i of (best[t - 1, i] + transitions[i, j]),

the best last tag is the maximum of the last row, and each tag before it is the i of the maximum.
Transitions that are forbidden have the score -inf. Where all others have the score 0, and the best
tags of the single tokens may follow each other, these are the result.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]

# Sentences decoded together: enough to amortise the overhead of Python, few enough for the cache.
_BLOCK = 1024
# Scores of transitions above which one tag after the other is faster than all at once.
_MANY = 1 << 13


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
    allowed  bool (K, K), allowed[i, j] is whether tag j may follow tag i; or float, the score of
             that transition, -inf where it is forbidden
    start    bool or float (K,), the same for the first tag of a sentence
    end      bool or float (K,), the same for the last tag

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
    chosen = np.ones(len(sizes), np.bool_)
    if rules.only_forbid:
        chosen = _unfinished(values, tags, sizes, rules)
    for block in _blocks(sizes, chosen & (sizes > 0)):
        _decode_block(values, block, rules, tags)
    return tags


@dataclass(frozen=True)
class _Rules:
    """Numbers added to a score; -inf where the scheme forbids a tag.

    `follow[j, i]` is for tag j after tag i; it is transposed so that the maximum over i reads
    contiguous memory.
    """

    follow: _Floats
    start: _Floats
    end: _Floats

    @property
    def only_forbid(self) -> bool:
        """Whether all numbers are 0 or -inf."""
        return all(np.isneginf(each[each != 0]).all() for each in vars(self).values())


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
    best = _walk_forward(values, block, rules)
    for position, reached in enumerate(best):  # of sentences that end here, with their end scores
        ended = block.longer_than(position + 1)
        reached[ended:] += rules.end
    _check_reached(best, block)
    _walk_back(best, block, rules, tags)


def _walk_forward(values: _Floats, block: _Block, rules: _Rules) -> list[_Floats]:
    """Return `best` (sentences, K) of every position, of the sentences that reach it."""
    best = [values[block.rows] + rules.start]
    for position in range(1, int(block.sizes[0])):
        count = block.longer_than(position)
        reached = _best_before(best[-1][:count], rules.follow)
        reached += values[block.rows[:count] + position]
        best.append(reached)
    return best


def _best_before(best: _Floats, follow: _Floats) -> _Floats:
    """Return the maximum over i of best[:, i] + follow[j, i], (sentences, K)."""
    if len(best) * follow.size < _MANY:
        together: _Floats = np.maximum.reduce(best[:, None, :] + follow, axis=2)
        return together
    by_tag = best.T.copy()
    reached = by_tag[0] + follow[:, :1]
    through = np.empty_like(reached)
    for i in range(1, len(by_tag)):
        np.add(by_tag[i], follow[:, i : i + 1], out=through)
        np.maximum(reached, through, out=reached)
    found: _Floats = reached.T.copy()
    return found


def _walk_back(best: list[_Floats], block: _Block, rules: _Rules, tags: _Ints) -> None:
    """Write into `tags` the best path of every sentence, from its last tag to its first."""
    tag = np.empty(0, np.int64)
    for position in range(len(best) - 1, -1, -1):
        count = len(tag)
        through = best[position][:count] + rules.follow[tag]
        ended = best[position][count:].argmax(axis=1)
        tag = np.concatenate([through.argmax(axis=1), ended])
        tags[block.rows[: len(tag)] + position] = tag


def _penalty(flags: npt.ArrayLike, shape: tuple[int, ...], name: str) -> _Floats:
    array = np.asarray(flags)
    if array.shape != shape or array.dtype.kind not in "bf":
        raise ValueError(
            f"The parameter {name} should be a boolean array of shape {shape}, because scores has "
            f"{shape[0]} columns; found shape {array.shape} of {array.dtype}. Take it from "
            f"`chainrule.text.transitions`, for the same tags, or give scores of that shape."
        )
    if array.dtype.kind == "b":
        return np.where(array, 0.0, -np.inf)
    if np.isnan(array).any() or np.isposinf(array).any():
        raise ValueError(f"The parameter {name} holds NaN or +inf. Check the scores.")
    return array.astype(np.float64)


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


def _check_reached(best: list[_Floats], block: _Block) -> None:
    for position, reached in enumerate(best):
        ended = block.longer_than(position + 1)
        lost = np.flatnonzero(np.isneginf(reached[ended:].max(axis=1, initial=-np.inf)))
        if len(lost):
            sentence, size = block.sentences[ended + lost[0]], position + 1
            raise ValueError(
                f"Sentence {sentence} (counted from 0) of {size} tokens has no allowed sequence of "
                f"tags with a score above -inf; check allowed, start, end and the scores."
            )
