"""Demonstrations of the zoo: they train, print figures and draw; long ones run for a few steps."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

import chainrule as cr
from chainrule.lecture import Claim, measured
from chainrule.zoo import (
    NETWORKS,
    UnknownNetworkError,
    associative_recall,
    copy,
    digits,
    named,
    repeat_copy,
)
from chainrule.zoo.demonstrations import copying, recalling, remembering, repeating, writing
from chainrule.zoo.demonstrations.remembering import Goal
from chainrule.zoo.demonstrations.training_text import training_text


def seen(measure, folder):
    """Return what a demonstration found, after checking that its picture is not empty."""
    found = measured(Claim("shown", "What is shown.", measure), folder)
    assert imread(found.picture).std() > 0
    assert any(letter.isdigit() for letter in found.outcome.because)
    return found


def test_a_residual_network_reads_digits(tmp_path):
    pytest.importorskip("sklearn")
    (demonstration,) = named("resnet").demonstrations
    found = seen(demonstration.measure, tmp_path)
    assert found.outcome.held, str(found)


SHORT = {
    copying: lambda random: copy(2, 1, random),
    recalling: lambda random: associative_recall(2, 1, random),
    repeating: lambda random: repeat_copy(2, 2, 1, random),
}


@pytest.mark.parametrize("module", SHORT)
def test_a_lesson_is_trained_tested_and_drawn(module, tmp_path):
    lesson = replace(module.LESSON, levels=[(SHORT[module], Goal())], steps=20)
    student = remembering.trained(lesson)
    assert len(student.losses) == 20
    assert set(student.wrong) == set(lesson.tests)
    found = seen(lambda: remembering.outcome(student, lesson, 0.01), tmp_path)
    assert not found.outcome.held  # after so few steps


def test_a_goal_is_reached_by_the_mean_of_the_last_steps():
    goal = Goal(0.1, 1000)
    assert goal.is_reached([0.9] * 1000 + [0.01] * 1000)
    assert not goal.is_reached([0.9] * 1000 + [0.01] * 999)
    assert not goal.is_reached([0.01] * 1999)
    assert not goal.is_reached([])


def test_the_next_level_begins_when_a_goal_is_reached():
    easy, hard = (lambda random, n=n: associative_recall(n, 1, random) for n in (2, 3))
    lesson = replace(recalling.LESSON, levels=[(easy, Goal(1.0, 5)), (hard, Goal())], steps=8)
    drawn = []
    watched = [
        (lambda random, level=level, draw=draw: drawn.append(level) or draw(random), goal)
        for level, (draw, goal) in enumerate(lesson.levels)
    ]
    student = remembering.trained(replace(lesson, levels=watched))
    assert drawn[1:] == [0] * 5 + [1] * 3
    assert len(student.losses) == 8


def test_a_character_network_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_STEPS", 100)
    monkeypatch.setattr(writing, "_WRITTEN", (0, 100))
    found = seen(lambda: writing.writes("rnn"), tmp_path)
    assert "after 100 steps it writes" in found.outcome.text
    perplexity = float(found.outcome.figures["held-out perplexity per character"].split(";")[0])
    assert perplexity < 15  # of 68 characters, 26 from their frequencies


def test_the_training_text_is_its_ids():
    text = training_text()
    assert len(text.training) > 20_000
    line = text.characters(text.training[:34])
    np.testing.assert_array_equal(text.ids(line), text.training[:34])
    assert line == "Marie Curie was born in Warsaw in "


def test_digits_are_enlarged_standardised_and_divided():
    pytest.importorskip("sklearn")
    small, large = digits(1), digits(4)
    assert [each[0].shape for each in (small.training, small.held_out)] == [
        (1437, 1, 8, 8),
        (360, 1, 8, 8),
    ]
    assert large.held_out[0].shape == (360, 1, 32, 32)
    every = np.concatenate([small.training[0], small.held_out[0]])
    assert abs(every.mean()) < 1e-4
    assert abs(every.std() - 1) < 1e-4
    np.testing.assert_allclose(large.training[0].mean(), small.training[0].mean(), atol=0.02)


def test_every_network_has_a_summary_and_demonstrations():
    sizes = {"lenet": 61_706, "alexnet": 60_965_224}
    for each in NETWORKS:
        assert each.demonstrations
        rows = each.summary().rows
        assert rows[0].parameters == sizes.get(each.name, rows[0].parameters) > 0


def test_names_are_unique_and_the_nearest_is_suggested():
    assert len({each.name for each in NETWORKS}) == len(NETWORKS)
    with pytest.raises(UnknownNetworkError, match="Did you mean 'alexnet'"):
        named("alexnt")


def test_generation_continues_a_text_at_low_temperature():
    network = named("character-lstm").make()
    start = np.zeros((3, 2), "int64")
    cold = network.generate(start, 5, temperature=1e-9, stream=cr.random.Stream(0)).value
    (following,) = {int(each) for each in cold[0]}
    assert following == int(network(start).value[-1, 0].argmax())
    assert cold.shape == (5, 2)
