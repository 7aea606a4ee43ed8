"""Batches on a grid hold every text once, pad little, and have few shapes."""

import numpy as np

from chainrule.pretrained.sentences.grid_batches import grid_batches


def test_every_text_is_in_one_batch_that_is_long_enough() -> None:
    lengths = np.random.default_rng(0).integers(1, 300, 1000)
    found = list(grid_batches(lengths, 4096))
    assert sorted(np.concatenate([each.chosen for each in found])) == list(range(1000))
    for each in found:
        assert lengths[each.chosen].max() <= each.tokens
        assert len(each.chosen) <= each.rows < 2 * len(each.chosen)
        assert each.rows * each.tokens <= 4096
    assert len({(each.rows, each.tokens) for each in found}) <= 20
    assert sum(each.rows * each.tokens for each in found) < 1.4 * lengths.sum()


def test_few_texts_are_one_batch() -> None:
    (found,) = grid_batches(np.array([3, 20, 7]), 4096)
    assert (found.chosen.tolist(), found.rows, found.tokens) == ([0, 2, 1], 4, 24)


def test_a_text_longer_than_a_batch_is_alone() -> None:
    found = list(grid_batches(np.array([5000, 5001]), 4096))
    assert [(each.rows, each.tokens) for each in found] == [(1, 6144), (1, 6144)]


def test_no_text_is_no_batch() -> None:
    assert list(grid_batches(np.zeros(0, np.int64), 4096)) == []
