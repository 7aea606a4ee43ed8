"""The invented words of the claim `advice`, and the classifiers of them."""

import numpy as np

from chainrule.lecture.labelled_words import CLASSES, Accuracy, accuracy, language


def test_a_language_has_unit_vectors_that_tell_most_of_the_classes():
    found = language(0)
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    assert {*found.classes.tolist()} == set(range(CLASSES))
    assert abs(found.shares.sum() - 1) < 1e-9
    assert (np.diff(found.shares) < 0).all()
    bias = np.ones((len(found.vectors), 1))
    inputs = np.hstack([found.vectors, bias])
    found_weights = np.linalg.lstsq(inputs, np.eye(CLASSES)[found.classes], rcond=None)[0]
    right = ((inputs @ found_weights).argmax(axis=1) == found.classes).mean()
    assert 0.65 < right < 0.9
    assert not np.array_equal(found.vectors, language(1).vectors)


def test_frozen_vectors_tell_unseen_words_and_others_do_not():
    of = language(0)
    frozen, drawn = (accuracy(of, 400, use, 0) for use in ("freeze", "retrain"))
    assert isinstance(frozen, Accuracy)
    assert frozen.unseen > 0.6
    assert drawn.unseen < 0.5
    assert frozen.all > drawn.all
    assert accuracy(of, 400, "freeze", 0) == frozen
