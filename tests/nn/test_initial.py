"""Initialisers draw with the variance that they promise."""

import numpy as np
import pytest

import chainrule as cr

initial = cr.nn.initial
SHAPE = (400, 300)
VARIANCES = {
    "xavier_uniform": (initial.xavier_uniform, 2 / 700),
    "xavier_normal": (initial.xavier_normal, 2 / 700),
    "he_uniform": (initial.he_uniform, 2 / 300),
    "he_normal": (initial.he_normal, 2 / 300),
    "uniform": (initial.uniform(0.3), 0.3**2 / 3),
    "normal": (initial.normal(0.2), 0.04),
    "zeros": (initial.zeros, 0.0),
}


@pytest.mark.parametrize(("draw", "variance"), VARIANCES.values(), ids=VARIANCES)
def test_mean_is_zero_and_variance_is_as_promised(draw, variance):
    values = draw(SHAPE, np.random.default_rng(0))
    assert values.shape == SHAPE
    assert abs(values.mean()) < 0.005
    assert values.var() == pytest.approx(variance, rel=0.02)


@pytest.mark.parametrize(("draw", "variance"), VARIANCES.values(), ids=VARIANCES)
def test_the_same_seed_draws_the_same(draw, variance):
    first, second = (draw((3, 4), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_fans_of_a_convolution_count_its_kernel():
    assert initial.fans((8, 3, 5, 5)) == (75, 200)


def test_zero_weights_keep_hidden_units_equal():
    hidden = cr.nn.Linear(4, 3, initial=initial.zeros, random=0)
    output = cr.nn.Linear(3, 2, initial=lambda shape, random: np.ones(shape), random=0)
    model = cr.nn.Sequential(hidden, cr.sigmoid, output)
    optimizer = cr.optim.SGD(model, learning_rate=0.5)
    random = np.random.default_rng(0)
    for _ in range(5):
        scores = model(random.normal(size=(8, 4)))
        optimizer.minimize(cr.nn.cross_entropy(scores, random.integers(0, 2, 8)))
    units = hidden.weight.value
    assert np.abs(units).max() > 0
    np.testing.assert_array_equal(units, np.broadcast_to(units[0], units.shape))
