"""The task on which dropout and penalties are measured, here without its noise."""

import pytest

from chainrule.lecture import overfitting
from chainrule.lecture.overfitting import SIZE, Trained, best


@pytest.fixture
def task(monkeypatch):
    monkeypatch.setattr(overfitting, "NOISE", 0)
    return overfitting.digits_task()


def test_no_digit_is_cut_when_it_is_moved_by_a_pixel(task):
    pictures = task.training[0].reshape(-1, *SIZE)
    assert pictures[:, 1:-1, 1:-1].sum() == pictures.sum()


def test_labels_are_wrong_in_training_and_validation_only(task):
    assert _labels_of_one_picture(task.test) == 1
    assert _labels_of_one_picture(task.training) > 1
    assert _labels_of_one_picture(task.validation) > 1


def test_moved_pictures_keep_their_labels(task):
    batches = list(overfitting._moved(task.training, epoch=1))
    moved = [pair for batch in batches for pair in zip(*batch, strict=True)]
    assert _ink_and_label(moved) == _ink_and_label(zip(*task.training, strict=True))


def test_the_strength_is_chosen_on_validation_data_alone():
    weak = Trained([], on_training=1.0, on_validation=0.5, on_test=0.9, small=0.0)
    strong = Trained([], on_training=0.9, on_validation=0.6, on_test=0.4, small=0.0)
    assert best({0.1: weak, 0.2: strong}) == (0.2, strong)


def test_an_improvement_is_a_smaller_gap_and_a_better_test():
    without = Trained([], on_training=1.0, on_validation=0.5, on_test=0.5, small=0.0)
    better = Trained([], on_training=0.9, on_validation=0.5, on_test=0.6, small=0.0)
    worse = Trained([], on_training=0.4, on_validation=0.5, on_test=0.4, small=0.0)
    assert better.improves(without)
    assert not worse.improves(without)


def _labels_of_one_picture(samples):
    """Return how many labels a picture has at most."""
    labels = {}
    for picture, label in zip(*samples, strict=True):
        labels.setdefault(picture.tobytes(), set()).add(int(label))
    return max(map(len, labels.values()))


def _ink_and_label(samples):
    return sorted((float(picture.sum()), int(label)) for picture, label in samples)
