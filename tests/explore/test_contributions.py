"""Contributions of inputs to a score."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore import CompletenessError, gradient_times_input, integrated_gradients

random = np.random.default_rng(0)
x = random.normal(size=(3, 4)).astype("float32")
weights = random.normal(size=(4, 5)).astype("float32")

SCORES = {
    "linear": lambda x: cr.sum(x @ weights),
    "product": lambda x: cr.sum(x[0] * x[1] * x[2]),
    "relu": lambda x: cr.sum(cr.relu(x @ weights) @ np.arange(-2, 3, dtype="float32")),
    "maximum": lambda x: cr.sum(cr.max(x @ weights, axis=0)),
    "probability": lambda x: cr.softmax(cr.tanh(x @ weights), axis=1)[0, 2],
    "log of a probability": lambda x: cr.log(cr.softmax(x @ weights, axis=1)[1, 1]),
}


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_integrated_gradients_sum_to_the_change_of_the_score(name, dtype):
    start = np.full(x.shape, 0.5, dtype)
    found = integrated_gradients(SCORES[name], x.astype(dtype), start, tolerance=1e-4)
    change = float(SCORES[name](x.astype(dtype))) - float(SCORES[name](start))
    scale = max(abs(found.score), abs(found.baseline_score), abs(change))
    assert found.values.shape == x.shape
    assert found.score - found.baseline_score == pytest.approx(change, rel=1e-4)
    assert abs(found.values.sum() - change) <= 1.1e-4 * scale
    assert found.unexplained == pytest.approx(change - found.total, abs=1e-5 * scale)


def test_values_equal_a_fine_sum_along_the_path():
    score, n = SCORES["relu"], 20_000
    slopes = cr.vmap(cr.grad(score))(
        ((np.arange(n) + 0.5) / n)[:, None, None].astype("float32") * x
    )
    found = integrated_gradients(score, x, tolerance=1e-5)
    np.testing.assert_allclose(found.values, slopes.value.mean(0) * x, atol=2e-3)


def test_the_gradient_times_the_input_explains_a_linear_score_whole():
    found = gradient_times_input(SCORES["linear"], x)
    np.testing.assert_allclose(found.values, x * weights.sum(1), rtol=1e-5)
    assert found.unexplained == pytest.approx(0, abs=1e-5)
    assert found.points == 1


def test_the_gradient_times_the_input_says_what_it_leaves():
    found = gradient_times_input(lambda x: cr.sum(x * x), np.array([3.0]))
    assert (found.total, found.score, found.unexplained) == (18, 9, -9)


def test_an_input_without_effect_contributes_nothing():
    parts = {"read": np.array([2.0, 3.0]), "unread": (np.ones(3),)}
    found = integrated_gradients(lambda parts: cr.prod(parts["read"]), parts)
    assert not found.values["unread"][0].any()
    np.testing.assert_allclose(found.values["read"], [3, 3])


def test_kinks_take_points_where_they_are():
    found = integrated_gradients(
        lambda x: cr.relu(x[0] - 0.7) * 100, np.array([1.0]), tolerance=1e-6
    )
    assert found.total == pytest.approx(30, rel=1e-5)
    assert found.points < 200


def test_a_score_that_jumps_is_an_error_that_says_what_is_missed():
    def jumping(x):
        return cr.sum(cr.where(x > 0.3, x + 5, x))

    with pytest.raises(CompletenessError, match=r"change of the score of 6, .* by up to 5"):
        integrated_gradients(jumping, np.array([1.0]), max_points=100)


def test_a_baseline_of_another_shape_is_an_error():
    with pytest.raises(cr.ShapeError, match=r"\(3, 4\).*\(4,\)"):
        integrated_gradients(SCORES["linear"], x, np.zeros(4))


def test_integer_inputs_have_no_contributions():
    with pytest.raises(cr.GradientError, match="int64"):
        integrated_gradients(lambda ids: cr.sum(ids * 2), np.array([1, 2]))


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("at_once", [4, 9])
def test_points_computed_at_once_give_the_same_contributions(name, at_once):
    alone = integrated_gradients(SCORES[name], x)
    found = integrated_gradients(SCORES[name], x, at_once=at_once)
    assert found.points == alone.points
    np.testing.assert_allclose(found.values, alone.values, rtol=1e-4, atol=1e-5)
    assert found.score == pytest.approx(alone.score, rel=1e-5)
