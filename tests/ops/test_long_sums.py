"""Sums of float32 numbers stay within 1e-6 at any length, by reference and in native code.

The right value is the same function of the same numbers in float64.
"""

import itertools

import numpy as np
import pytest

import chainrule as cr

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
DATA = {
    "ones": lambda random, shape: np.ones(shape),
    "tenths": lambda random, shape: np.full(shape, 0.1),
    "thirds": lambda random, shape: np.full(shape, 1 / 3),
    "uniform": lambda random, shape: random.random(shape),
    "far": lambda random, shape: 1e4 + random.normal(size=shape),
}


def error(mode, function, *arrays):
    """Return the largest distance from the value in float64, relative to the largest value."""
    wide = [each.astype("float64") if each.dtype == "float32" else each for each in arrays]
    wanted = function(*map(cr.asarray, wide))
    found = mode(function)(*map(cr.asarray, arrays))
    assert (found.shape, found.dtype) == (wanted.shape, np.dtype("float32"))
    return np.abs(found.value - wanted.value).max() / np.abs(wanted.value).max()


def drawn(data, shape):
    return DATA[data](np.random.default_rng(5), shape).astype("float32")


def axes_of(shape):
    axes = range(len(shape))
    return [each for k in range(1, len(shape) + 1) for each in itertools.combinations(axes, k)]


SHAPES = [(100_003, 3), (3, 100_003), (300_007,), (70, 2, 1100), (130, 5, 66, 3), (1100, 1, 300)]
REDUCTIONS = [
    pytest.param(shape, axis, id=f"{shape}-{axis}") for shape in SHAPES for axis in axes_of(shape)
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("shape", "axis"), REDUCTIONS)
@pytest.mark.parametrize("data", ["tenths", "uniform"])
def test_sums_and_means_along_any_axes(mode, shape, axis, data):
    x = drawn(data, shape)
    assert error(mode, lambda v: v.sum(axis), x) < 1e-6
    assert error(mode, lambda v: (v * 2 + 1).mean(axis, keepdims=True), x) < 1e-6


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("axis", [0, 1, None])
def test_variances_by_two_passes_whose_mean_is_corrected(mode, data, axis):
    x = drawn(data, (100_003, 3))
    if data in ("uniform", "far"):
        assert error(mode, lambda v: cr.var(v, axis), x) < 1e-6
        assert error(mode, lambda v: cr.std(v, axis, 1.0), x) < 1e-6
    else:
        assert np.abs(mode(lambda v: cr.var(v, axis))(cr.asarray(x)).value).max() < 1e-15


@pytest.mark.parametrize("mode", MODES)
def test_the_variance_of_numbers_far_from_zero_beside_their_spread(mode):
    x = (1e5 + 0.5 * np.random.default_rng(0).normal(size=(50_000, 4))).astype("float32")
    assert error(mode, lambda v: cr.var(v, 0), x) < 1e-6


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("data", ["tenths", "uniform"])
def test_running_totals(mode, axis, reverse, data):
    x = drawn(data, (200_000, 3) if axis == 0 else (3, 200_000))
    wanted = cr.cumulative_sum(x.astype("float64"), axis, reverse).value
    found = mode(lambda v: cr.cumulative_sum(v, axis, reverse))(x).value
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


IDS = {
    "one id": lambda random, count: np.full(count, 2),
    "few ids": lambda random, count: random.integers(0, 3, count),
    "by turns": lambda random, count: np.arange(count) % 2,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize("width", [1, 2, 17])
@pytest.mark.parametrize("count", [64, 65, 128, 129, 100_003])
def test_rows_added_at_ids_that_repeat(mode, ids, width, count):
    rows = drawn("tenths", (count, width))
    places = IDS[ids](np.random.default_rng(0), count)
    assert error(mode, lambda v, i: cr.add_rows(v, i, 4), rows, places) < 1e-6
    flat = rows[:, 0]
    assert error(mode, lambda v, i: cr.add_rows(v, i, 4), flat, places) < 1e-6


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_elements_added_along_any_axis(mode, axis):
    shape = [3, 3, 3]
    shape[axis] = 50_000
    x, ids = drawn("tenths", shape), np.random.default_rng(0).integers(0, 2, shape)
    assert error(mode, lambda v, i: cr.add_along_axis(v, i, 4, axis), x, ids) < 1e-6
    places = np.arange(50_000) % 2
    assert error(mode, lambda v, i: cr.add_rows(v, i, 4, axis), x, places) < 1e-6


def gradient_of(loss):
    """Return the function that gives the gradient of a loss with respect to its first operand."""
    return lambda first, *others: cr.grad(loss)(first, *others)


ROWS = 200_003
GRADIENTS = {
    "bias": (lambda b, x: (x + b).sum(), [(3,), (ROWS, 3)]),
    "bias under relu": (lambda b, x: cr.relu(x + b).sum(), [(3,), (ROWS, 3)]),
    "scale": (lambda s, x: (x * s).sum(), [(3,), (ROWS, 3)]),
    "one number": (lambda s, x: (x * s).sum(), [(), (ROWS, 3)]),
    "broadcast in the middle": (lambda b, x: (x * b).sum(), [(2, 1, 3), (2, ROWS, 3)]),
    "layer norm": (lambda w, x: (cr.layer_norm(x, w) * x).sum(), [(5,), (ROWS, 5)]),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_what_was_broadcast(mode, name):
    loss, shapes = GRADIENTS[name]
    arrays = [drawn("uniform", shape) + np.float32(0.1) for shape in shapes]
    assert error(mode, gradient_of(loss), *arrays) < 1e-6


@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_of_a_table_of_which_one_row_is_read_all_the_time(mode):
    table, ids = drawn("ones", (3, 2)), np.zeros(300_001, "int64")
    weights = drawn("tenths", (300_001, 2))
    function = gradient_of(lambda t, i, w: (cr.take(t, i) * w).sum())
    assert error(mode, function, table, ids, weights) < 1e-6


LOSSES = {
    "squared error": lambda a, b: cr.nn.squared_error(a, b),
    "absolute error, summed": lambda a, b: cr.nn.absolute_error(a, b, reduction="sum"),
    "huber": lambda a, b: cr.nn.huber(a, b),
    "binary cross-entropy": lambda a, b: cr.nn.binary_cross_entropy(a, b),
    "cross-entropy": lambda a, b: cr.nn.cross_entropy(a, b),
    "divergence, summed": lambda a, b: cr.nn.kl_divergence(a - 1, b, reduction="sum"),
    "logsumexp": lambda a, b: cr.logsumexp(a.reshape(-1)),
    "softmax": lambda a, b: (cr.softmax(a, 0) * b).sum(),
    "norm": lambda a, b: cr.sqrt((a * b).sum()),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", LOSSES)
def test_losses_over_many_rows(mode, name):
    a, b = drawn("tenths", (ROWS, 3)), drawn("thirds", (ROWS, 3))
    assert error(mode, LOSSES[name], a, b) < 1e-6


@pytest.mark.parametrize("mode", MODES)
def test_products_of_long_vectors(mode):
    for size in (1025, 1_000_003):
        a, b = drawn("tenths", (size,)), drawn("thirds", (size,))
        assert error(mode, lambda x, y: x @ y, a, b) < 1e-6
        assert error(mode, cr.vecdot, a, b) < 1e-6


PRODUCTS = {
    "weights of few columns": (lambda x, y: x.T @ y, (ROWS, 3), (ROWS, 2)),
    "weights": (lambda x, y: x.T @ y, (ROWS, 40), (ROWS, 32)),
    "weights of whole parts": (lambda x, y: x.T @ y, (1 << 17, 40), (1 << 17, 32)),
    "a row": (lambda x, y: x @ y, (1, ROWS), (ROWS, 3)),
    "a vector before": (lambda x, y: x @ y, (ROWS,), (ROWS, 3)),
    "a vector behind": (lambda x, y: x @ y, (3, ROWS), (ROWS,)),
    "long rows": (lambda x, y: x @ y, (20, ROWS), (ROWS, 20)),
    "a batch": (lambda x, y: x @ y, (2, 3, 20_000), (2, 20_000, 3)),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_with_a_long_inner_extent(mode, name):
    function, *shapes = PRODUCTS[name]
    a, b = (drawn("uniform", shape) for shape in shapes)
    assert error(mode, function, a, b) < 1e-6


@pytest.mark.native
def test_panels_add_their_parts_up_apart():
    a, b = drawn("tenths", (16_000, 64)), drawn("thirds", (16_000, 64))
    assert error(cr.compile, lambda x, y: x.T @ y, a, b) < 2e-5  # one by one it is 3e-4


@pytest.mark.parametrize("mode", MODES)
def test_twenty_million_rows(mode):
    ones = cr.asarray(np.ones((20_000_000, 2), "float32"))
    np.testing.assert_array_equal(mode(lambda x: x.mean(0))(ones).value, [1, 1])


@pytest.mark.parametrize("mode", MODES)
def test_nan_and_infinity_reach_long_sums(mode):
    for special in (np.nan, np.inf, -np.inf):
        x = np.ones((5000, 2), "float32")
        x[4321, 1] = special
        for axis in (0, None):
            found = mode(lambda v, axis=axis: v.sum(axis))(cr.asarray(x)).value
            np.testing.assert_array_equal(found, x.sum(axis))


@pytest.mark.parametrize("mode", MODES)
def test_sums_of_transposed_cut_and_repeated_arrays(mode):
    x = drawn("tenths", (3001, 70))
    assert error(mode, lambda v: v.T.sum(1), x) < 1e-6
    assert error(mode, lambda v: v[::2, ::3].sum(0), x) < 1e-6
    assert error(mode, lambda v: cr.broadcast_to(v[0], (50_000, 70)).sum(0), x) < 1e-6
    assert error(mode, lambda v: cr.permute_dims(v, (1, 0)).sum(1), x) < 1e-6


def test_a_row_of_negative_zeros_is_added_to_zeros():
    rows, ids = np.full((2, 3), -0.0), np.array([1, 0])
    for add in (lambda: cr.add_rows(rows, ids, 3), lambda: cr.compile(cr.add_rows)(rows, ids, 3)):
        assert not np.signbit(add().value).any()
