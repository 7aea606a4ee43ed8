"""Episodes of the memory tasks: what is shown, and which answers follow from it."""

import numpy as np

from chainrule.zoo import associative_recall, copy, repeat_copy


def test_the_answers_of_copy_are_the_bits_before_the_mark():
    episode = copy(4, 3, np.random.default_rng(0))
    assert episode.x.shape == (9, 3, 9)
    np.testing.assert_array_equal(episode.answers, episode.x[:4, :, :8])
    np.testing.assert_array_equal(episode.x[:, 0, 8], [0, 0, 0, 0, 1, 0, 0, 0, 0])
    assert not episode.x[5:].any()


def test_the_answers_of_repeat_copy_are_all_copies_and_a_mark():
    episode = repeat_copy(3, 4, 2, np.random.default_rng(0))
    assert episode.x.shape == (3 + 1 + 13, 2, 9)
    np.testing.assert_allclose(episode.x[3, :, 8], 0.4)
    for i in range(4):
        np.testing.assert_array_equal(episode.answers[3 * i : 3 * i + 3], episode.x[:3] * [[1] * 9])
    np.testing.assert_array_equal(episode.answers[-1], [[0] * 8 + [1]] * 2)


def test_the_answer_of_recall_follows_the_item_that_is_asked_for():
    episode = associative_recall(5, 20, np.random.default_rng(0))
    items = episode.x[:20].reshape(5, 4, 20, 8)
    assert items[:, 0, :, 6].all()
    assert episode.x[[20, 24], :, 7].all()
    for i in range(20):
        asked = episode.x[21:24, i, :6]
        (place,) = [k for k in range(4) if (items[k, 1:, i, :6] == asked).all()]
        np.testing.assert_array_equal(episode.answers[:, i], items[place + 1, 1:, i, :6])
    assert not episode.x[25:].any()


def test_episodes_differ_within_a_batch():
    episode = associative_recall(3, 8, np.random.default_rng(0))
    assert len({each.tobytes() for each in episode.answers.swapaxes(0, 1)}) > 1
