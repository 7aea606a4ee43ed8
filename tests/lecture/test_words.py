"""The words of the claim about fine-tuning, and how their places are compared."""

import numpy as np

from chainrule.lecture.words import THINGS, UNSEEN, WORDS, moves, to_other_names, words


def test_every_word_is_there_once_and_three_name_a_thing():
    assert len(set(WORDS)) == len(WORDS) == 36
    assert list(WORDS[THINGS == 0]) == ["TV", "telly", "television"]
    assert list(WORDS[UNSEEN][:2]) == ["television", "picture"]


def test_the_names_of_a_thing_are_alike_and_half_of_the_things_are_good():
    vectors, good = words(np.random.default_rng(0))
    assert all(len(set(good[each == THINGS])) == 1 for each in THINGS)
    assert good.sum() == len(WORDS) / 2
    assert np.ptp(vectors[THINGS == 0], axis=0).max() < np.ptp(vectors, axis=0).min() / 3


def test_other_names_are_those_of_the_same_thing():
    vectors = np.stack([np.zeros(len(WORDS)), np.arange(len(WORDS)) ** 2.0], axis=1)
    np.testing.assert_array_equal(to_other_names(vectors)[:6], [1, 1, 3, 7, 7, 9])


def test_moves_name_the_nearest_other_word_before_and_after():
    before = np.stack([np.arange(len(WORDS)) ** 2.0, np.zeros(len(WORDS))], axis=1)
    after = before.copy()
    after[1] += 30, 40
    first = moves(before, after).splitlines()[1]
    assert first.split() == ["TV", "0.00", "telly", "50.00", "television", "0.00;", "telly,", "TV"]
