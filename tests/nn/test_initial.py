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
    "lecun_normal": (initial.lecun_normal, 1 / 300),
    # A normal distribution cut at c deviations has variance 1 - 2 c φ(c) / (2 Φ(c) - 1).
    "truncated_normal": (initial.truncated_normal(0.2), 0.04 * 0.7737),
    "truncated_normal at 1": (initial.truncated_normal(0.2, 1.0), 0.04 * 0.2911),
    "orthogonal": (initial.orthogonal(), 1 / 400),
    "orthogonal(2)": (initial.orthogonal(2.0), 4 / 400),
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


def test_a_truncated_normal_stays_inside_its_limit():
    values = initial.truncated_normal(0.5, 1.5)((200, 200), np.random.default_rng(0))
    assert 0.74 < np.abs(values).max() <= 0.75


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (4, 2, 3, 3), (20, 2, 3)], ids=str)
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    matrix = initial.orthogonal(3.0)(shape, np.random.default_rng(0)).reshape(shape[0], -1)
    small = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(small, 9 * np.eye(len(small)), atol=1e-12)


def test_constant_is_that_number_everywhere():
    layer = cr.nn.Linear(3, 2, bias_initial=initial.constant(0.5), random=0)
    np.testing.assert_array_equal(layer.bias.value, [0.5, 0.5])


def test_initialisers_refuse_what_they_cannot_draw():
    with pytest.raises(cr.ShapeError, match=r"orthogonal was asked for the shape \(3,\)"):
        initial.orthogonal()((3,), np.random.default_rng(0))
    with pytest.raises(ValueError, match="truncated_normal was given limit 0"):
        initial.truncated_normal(1.0, 0)


@pytest.mark.parametrize("draw", [*VARIANCES], ids=str)
def test_every_initialiser_makes_a_layer_in_its_dtype(draw):
    layer = cr.nn.Conv2d(2, 3, 3, initial=VARIANCES[draw][0], dtype="float32", random=0)
    assert layer.weight.dtype == cr.float32
    assert layer.weight.shape == (3, 2, 3, 3)
