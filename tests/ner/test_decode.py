"""Decoding finds the best sequence of tags that the scheme allows, for every sentence."""

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.ner.decode import decode
from chainrule.text import encode, spans, transitions
from counting import calls

TAGS = ["B-PER", "E-PER", "I-PER", "O", "S-PER"]
RULES = transitions(TAGS)

Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def best_by_trying_all(scores: Scores, allowed: Flags, start: Flags, end: Flags) -> list[int]:
    """The best allowed path of one sentence, found among all paths."""

    def is_allowed(path: tuple[int, ...]) -> bool:
        ends_fit = bool(start[path[0]] and end[path[-1]])
        return ends_fit and all(allowed[before, after] for before, after in pairwise(path))

    def total(path: tuple[int, ...]) -> float:
        return sum(float(scores[token, tag]) for token, tag in enumerate(path))

    paths = product(range(scores.shape[1]), repeat=len(scores))
    best = max(filter(is_allowed, paths), key=total)
    return list(best)


@given(st.lists(st.integers(0, 4), max_size=6), st.integers(0, 2**32 - 1))
def test_the_best_path_is_the_best_of_all_paths(lengths: list[int], seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(sum(lengths), len(TAGS)))
    tags = decode(scores, lengths, *RULES)
    sentences = np.split(scores, np.cumsum(lengths)[:-1]) if lengths else []
    expected = [best_by_trying_all(part, *RULES) for part in sentences if len(part)]
    assert tags.tolist() == [tag for path in expected for tag in path]
    assert tags.dtype == np.int64


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_any_rules_with_a_way_through_are_kept(size: int, count: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    allowed = rng.random((count, count)) < 0.5
    np.fill_diagonal(allowed, True)
    start = end = np.arange(count) == data.draw(st.integers(0, count - 1))
    scores = rng.normal(size=(size, count))
    path = decode(scores, [size], allowed, start, end)
    assert path.tolist() == best_by_trying_all(scores, allowed, start, end)


def test_the_best_single_tags_are_corrected_into_an_entity() -> None:
    scores = np.zeros((3, 5))
    scores[0, TAGS.index("B-PER")] = 1.0
    scores[1, TAGS.index("O")] = 0.5
    scores[2, TAGS.index("E-PER")] = 1.0
    path = [TAGS[tag] for tag in decode(scores, [3], *RULES)]
    assert path == ["B-PER", "I-PER", "E-PER"]


def test_without_restrictions_every_token_takes_its_best_tag() -> None:
    scores = np.random.default_rng(0).normal(size=(600, 4)).astype(np.float32)
    lengths = [0, 1] * 50 + [5] * 100 + [50]
    every = np.ones(4, dtype=bool)
    tags = decode(scores, lengths, np.ones((4, 4), dtype=bool), every, every)
    assert tags.tolist() == scores.argmax(axis=1).tolist()


def test_the_result_does_not_depend_on_other_sentences() -> None:
    rng = np.random.default_rng(1)
    lengths = rng.integers(0, 9, size=700)
    scores = rng.normal(size=(lengths.sum(), 5))
    alone = [
        decode(part, [len(part)], *RULES) for part in np.split(scores, np.cumsum(lengths)[:-1])
    ]
    assert decode(scores, lengths, *RULES).tolist() == np.concatenate(alone).tolist()


def test_of_equal_paths_the_one_with_the_smallest_last_tag_wins() -> None:
    every = np.ones(3, dtype=bool)
    scores = np.array([[0.0, 1.0, 1.0], [2.0, 0.0, 2.0]])
    assert decode(scores, [2], np.ones((3, 3), dtype=bool), every, every).tolist() == [1, 0]


def test_minus_infinity_forbids_a_tag() -> None:
    scores = np.zeros((2, 5))
    scores[0, [TAGS.index(tag) for tag in ("O", "S-PER")]] = -np.inf
    assert [TAGS[tag] for tag in decode(scores, [2], *RULES)] == ["B-PER", "E-PER"]


def test_no_sentences_have_no_tags() -> None:
    for lengths in ([], [0], [0, 0]):
        tags = decode(np.empty((0, 5)), lengths, *RULES)
        assert tags.shape == (0,)
        assert tags.dtype == np.int64


def test_decoded_tags_are_always_valid_entities() -> None:
    scores = np.random.default_rng(2).normal(size=(500, 5))
    tags = [TAGS[tag] for tag in decode(scores, [500], *RULES)]
    assert encode(spans(tags), 500, "IOBES") == tuple(tags)


def test_tokens_cost_no_call_each() -> None:
    """Of all sentences, the tokens at one place are decoded at once."""
    names = sorted(["O", *(f"{prefix}-{t}" for prefix in "BIES" for t in "WXYZ")])
    lengths = np.random.default_rng(3).integers(1, 31, size=3_300)
    scores = np.random.default_rng(4).normal(size=(lengths.sum(), len(names)))
    rules = transitions(names)
    assert len(scores) > 50_000
    assert calls(lambda: decode(scores, lengths, *rules)) < len(scores) / 10


@pytest.mark.parametrize(("value", "text"), [(np.nan, "nan"), (np.inf, "inf")])
def test_a_score_that_is_no_number_is_named(value: float, text: str) -> None:
    scores = np.zeros((4, 5))
    scores[2, 3] = scores[3, 0] = value
    with pytest.raises(
        ValueError, match=rf"scores\[2, 3\] is {text} \(and 1 more.*Check the network"
    ):
        decode(scores, [4], *RULES)


def test_a_sentence_without_an_allowed_path_is_named() -> None:
    scores = np.zeros((3, 5))
    scores[2, :] = -np.inf
    with pytest.raises(ValueError, match=r"Sentence 2 \(counted from 0\) of 1 tokens has no all"):
        decode(scores, [2, 0, 1], *RULES)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([2], "add up to the 3 rows of scores; found a sum of 2 and a minimum of 0"),
        ([4, -1], "should be 0 or more .* found a sum of 3 and a minimum of -1"),
        ([1.5, 1.5], r"one integer per sentence; found shape \(2,\) of float64"),
        ([[3]], r"one integer per sentence; found shape \(1, 1\) of int64"),
    ],
)
def test_lengths_that_do_not_fit_are_named(lengths: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(np.zeros((3, 5)), lengths, *RULES)


def test_lengths_may_be_integers_of_any_kind() -> None:
    scores = np.random.default_rng(5).normal(size=(6, 5))
    expected = decode(scores, [1, 3, 2], *RULES).tolist()
    for kind in (np.uint8, np.uint64, np.int32):
        assert decode(scores, np.array([1, 3, 2], dtype=kind), *RULES).tolist() == expected


def test_shapes_that_do_not_fit_are_named() -> None:
    allowed, start, end = RULES
    with pytest.raises(ValueError, match=r"scores should have the axes.*found shape \(3,\)"):
        decode(np.zeros(3), [3], allowed, start, end)
    with pytest.raises(ValueError, match=r"scores should have the axes.*found shape \(3, 0\)"):
        decode(np.zeros((3, 0)), [3], allowed, start, end)
    with pytest.raises(ValueError, match=r"allowed should be .*\(4, 4\).*found shape \(5, 5\)"):
        decode(np.zeros((3, 4)), [3], allowed, start, end)
    with pytest.raises(ValueError, match=r"end should be a boolean array of shape \(5,\).*int64"):
        decode(np.zeros((3, 5)), [3], allowed, start, end.astype(np.int64))
    with pytest.raises(ValueError, match=r"start should be .* Take it from `chainrule.text.tran"):
        decode(np.zeros((3, 5)), [3], allowed, start[:4], end)
