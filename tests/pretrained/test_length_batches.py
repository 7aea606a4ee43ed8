"""Batches of texts of similar length in few shapes."""

import numpy as np
import pytest

from chainrule.pretrained.sentences.length_batches import length_batches


def drawn(seed):
    random = np.random.default_rng(seed)
    return random.integers(1, random.integers(2, 200), random.integers(1, 300))


LENGTHS = {
    "one": [7],
    "equal": [4] * 9,
    "two shapes, neither filled": [4, 4, 5, 5],
    "longest": [300, 300, 2],
    **{f"drawn, {seed}": drawn(seed) for seed in range(40)},
}


@pytest.mark.parametrize("size", [1, 16, 1024])
@pytest.mark.parametrize("name", LENGTHS)
def test_every_text_is_in_one_batch_that_holds_it(name, size):
    lengths = np.asarray(LENGTHS[name])
    found = list(length_batches(lengths, size, longest=300))
    assert sorted(np.concatenate([each.chosen for each in found])) == [*range(len(lengths))]
    for each in found:
        assert lengths[each.chosen].max() <= each.tokens <= 300
        assert len(each.chosen) <= each.rows
        assert each.rows * each.tokens <= max(size, each.tokens)


def shapes_of(lengths):
    return [(each.rows, each.tokens) for each in length_batches(lengths, 1024, 512)]


def test_shapes_are_few():
    lengths = np.random.default_rng(0).integers(1, 129, 5000)
    assert len(set(shapes_of(lengths))) <= 60


@pytest.mark.parametrize(
    ("low", "high", "count", "padded"),
    [(15, 32, 128, 1.1), (15, 32, 2048, 1.04), (8, 129, 128, 1.1), (8, 129, 2048, 1.04)],
    ids=["few short", "short", "few", "many"],
)
def test_little_is_padded(low, high, count, padded):
    for seed in range(5):
        lengths = np.random.default_rng(seed).integers(low, high, count)
        computed = sum(rows * tokens for rows, tokens in shapes_of(lengths))
        assert lengths.sum() <= computed <= padded * lengths.sum()


def test_batches_are_not_cut_to_avoid_little_padding():
    """A batch has costs of its own, so that three texts of three lengths are one batch."""
    assert shapes_of(np.array([9, 10, 12])) == [(10, 12)]


def test_equal_lengths_fill_batches():
    assert shapes_of(np.full(128, 16)) == [(64, 16)] * 2
