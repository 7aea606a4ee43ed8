"""How the claim about fine-tuning compares places of words."""

import numpy as np

from chainrule.lecture.claims.telly import WORDS, _distances, _to_the_others


def test_a_word_is_never_its_own_neighbour():
    apart = _distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    np.testing.assert_array_equal(apart, [[np.inf, 5], [5, np.inf]])


def test_other_names_are_those_of_the_same_thing():
    vectors = np.stack([np.arange(len(WORDS)) // 3 * 0.0, np.arange(len(WORDS)) ** 2.0], axis=1)
    np.testing.assert_array_equal(_to_the_others(vectors)[:6], [1, 1, 3, 7, 7, 9])


def test_every_word_is_there_once_and_three_name_a_thing():
    assert len(set(WORDS)) == len(WORDS) == 36
    assert list(WORDS[:3]) == ["TV", "telly", "television"]
