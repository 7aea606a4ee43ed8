"""One rule at the edges, eager and compiled: limits, whole numbers, powers, padding, dtypes."""

import itertools
import math

import numpy as np
import pytest
import torch

import chainrule as cr

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]


def lifted(function):
    return lambda *xs: function(*map(cr.asarray, xs))


# -- clip ------------------------------------------------------------------------------------------

LIMITS = [(-1.0, 1.0), (1.0, -1.0), (None, 0.5), (0.5, None), (None, None), (np.inf, -np.inf)]
LIMITS += [(np.nan, 1.0), (-1.0, np.nan), (0.0, 0.0), (-np.inf, np.inf)]
X = np.array([-2.0, -1.0, -0.0, 0.5, 1.0, 3.0, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("low", "high"), LIMITS)
def test_clip_is_numpys_with_crossed_and_missing_limits(low, high, dtype, mode):
    x = X.astype(dtype)
    found = mode(lambda x: cr.clip(x, low, high))(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.value, x if low is high is None else np.clip(x, low, high))
    named = mode(lambda x: cr.clip(x, min=low, max=high))(x)
    np.testing.assert_array_equal(named.value, found.value)
    words = mode(lambda x: cr.clip(x, low=low, high=high))(x)
    np.testing.assert_array_equal(words.value, found.value)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize(("low", "high"), [(2, 1), (None, 3), (2, None), (-5, 5)])
def test_clip_of_integers_stays_exact(low, high, dtype, mode):
    edges = np.iinfo(dtype)
    x = np.array([edges.min, -1, 0, 2, 4, edges.max], dtype)
    found = mode(lambda x: cr.clip(x, low, high))(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.value, np.clip(x, low, high))


@pytest.mark.parametrize("mode", MODES)
def test_clip_by_arrays_broadcasts_and_sends_gradient_to_where_the_value_came_from(mode):
    x = np.array([[-2.0, 0.0, 2.0], [0.5, -0.5, 0.25]])
    low, high = np.array([-1.0, -1.0, 1.0]), np.array([[1.0], [0.0]])

    def slopes(x, low, high):
        y = cr.clip(x, low, high)
        return y, *cr.gradients(y.sum(), [x, low, high])

    given = x, low, high
    if mode is not cr.compile:
        given = tuple(cr.input("x", value=each) for each in given)
    found = [each.value for each in mode(slopes)(*given)]
    np.testing.assert_array_equal(found[0], np.clip(x, low, high))
    np.testing.assert_array_equal(found[1], [[0, 1, 0], [0, 1, 0]])
    np.testing.assert_array_equal(found[2], [1, 0, 0])
    np.testing.assert_array_equal(found[3], [[1], [2]])


@pytest.mark.parametrize("mode", MODES)
def test_at_a_limit_no_gradient_passes_to_x(mode):
    slopes = mode(lambda x: cr.gradients(cr.clip(x, -1.0, 1.0).sum(), [x])[0])
    x = np.array([-1.0, 1.0, 0.0, 2.0, np.nan])
    given = cr.input("x", value=x) if mode is not cr.compile else x
    np.testing.assert_array_equal(slopes(given).value, [0, 0, 1, 0, 0])


def test_a_limit_given_twice_is_an_error():
    with pytest.raises(TypeError, match="clip was given min= and low="):
        cr.clip(1.0, 0.0, low=0.0)
    with pytest.raises(TypeError, match="clip was given max= and high="):
        cr.clip(1.0, high=0.0, max=0.0)


# -- whole numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round"])
def test_rounding_leaves_integers_and_bools_as_they_are(name, mode):
    function = mode(lifted(getattr(cr, name)))
    for x in (
        np.array([2**53 + 1, 2**62 + 1, -(2**53) - 1, np.iinfo("int64").min]),
        np.array([2**24 + 1, 2**31 - 1, -(2**31)], "int32"),
        np.array([True, False]),
    ):
        found = function(x)
        assert found.dtype == x.dtype
        np.testing.assert_array_equal(found.value, x)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round"])
def test_rounding_of_floats_is_numpys(name, dtype, mode):
    x = np.array([-2.5, -1.5, -0.5, -0.0, 0.3, 0.5, 1.5, 2.5, 1e30, np.inf, -np.inf, np.nan], dtype)
    found, wanted = mode(lifted(getattr(cr, name)))(x).value, getattr(np, name)(x)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(np.signbit(found[:-1]), np.signbit(wanted[:-1]))


WHOLE = [2**53 + 1, 2**62, -(2**53) - 1, 7]
EXACT = {
    "abs": (cr.abs, np.abs),
    "sign": (cr.sign, np.sign),
    "negative": (cr.negative, np.negative),
    "square": (lambda x: x**2, lambda x: x**2),
    "plus 1": (lambda x: x + 1, lambda x: x + 1),
    "floor_divide": (lambda x: x // 3, lambda x: x // 3),
    "remainder": (lambda x: x % 1000, lambda x: x % 1000),
    "sum": (cr.sum, np.sum),
    "prod": (cr.prod, np.prod),
    "cumulative_sum": (cr.cumulative_sum, np.cumsum),
    "max": (cr.max, np.max),
    "min": (cr.min, np.min),
    "argmax": (cr.argmax, np.argmax),
    "maximum": (lambda x: cr.maximum(x, 2**53), lambda x: np.maximum(x, 2**53)),
    "clip": (lambda x: cr.clip(x, 0, 2**60), lambda x: np.clip(x, 0, 2**60)),
    "where": (lambda x: cr.where(x > 0, x, 0), lambda x: np.where(x > 0, x, 0)),
    "equal": (lambda x: x == 2**53 + 1, lambda x: x == 2**53 + 1),
    "matmul": (lambda x: x @ x, lambda x: x @ x),
    "isfinite": (cr.isfinite, np.isfinite),
    "isinf": (cr.isinf, np.isinf),
    "isnan": (cr.isnan, np.isnan),
    "stack": (lambda x: cr.stack([x, x]), lambda x: np.stack([x, x])),
    "put": (lambda x: cr.put(x, 0, 2**61 + 1), lambda x: np.array([2**61 + 1, *x[1:]])),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", EXACT)
def test_what_integers_give_as_integers_is_exact(name, mode):
    function, numpy = EXACT[name]
    x = np.array(WHOLE)
    found, wanted = mode(lifted(function))(x), numpy(x)
    assert found.dtype == np.asarray(wanted).dtype
    np.testing.assert_array_equal(found.value, wanted)


PAIRS = list(itertools.product(["int32", "int64", "float32", "float64"], repeat=2))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_vecdot_and_matmul_have_the_common_dtype(pair, mode):
    a, b = np.arange(1, 7).reshape(2, 3).astype(pair[0]), np.arange(6).reshape(2, 3).astype(pair[1])
    common = cr.add(a, b).dtype
    for axis in (0, 1, -1):
        found = mode(lambda a, b, axis=axis: cr.vecdot(a, b, axis))(a, b)
        assert found.dtype == common
        np.testing.assert_array_equal(found.value, (a * b).sum(axis))
    assert mode(lambda a, b: cr.matmul(a, b.T))(a, b).dtype == common


def test_vecdot_of_int32_wraps_around_as_its_dtype_does():
    x = np.full(4, 2**30, "int32")
    for function in (cr.vecdot, cr.compile(cr.vecdot)):
        assert function(x, np.full(4, 2, "int32")).item() == 0


# -- powers ----------------------------------------------------------------------------------------

BASES = np.array([-np.inf, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, np.inf, np.nan])
EXPONENTS = [0.5, 1.5, -0.5, -1.5, -1.0, -2.0, -3.0, 0.0, 1.0, 2.0, 3.0, 1 / 3, np.inf, -np.inf]


def c99(base, exponent):
    """C's pow, as Python has it, with C's values where Python raises."""
    if base == 0 and exponent < 0:
        is_odd = exponent == int(exponent) and int(exponent) % 2 if math.isfinite(exponent) else 0
        return math.copysign(math.inf, base) if is_odd else math.inf
    try:
        return math.pow(base, exponent)
    except ValueError:
        return math.nan


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_powers_are_those_of_c_whatever_is_known_of_the_exponent(exponent, dtype, mode):
    x = BASES.astype(dtype)
    exponent = float(np.asarray(exponent, dtype))
    wanted = np.array([c99(each, exponent) for each in BASES]).astype(dtype)
    for e in (exponent, np.array(exponent, dtype), np.full(1, exponent, dtype)):
        assert_powers(mode(lambda x, e=e: x**e)(cr.asarray(x)), wanted)
    for shape in ((), (1,), x.shape):
        assert_powers(mode(lambda x, e: cr.pow(x, e))(x, np.full(shape, exponent, dtype)), wanted)


def assert_powers(found, wanted):
    np.testing.assert_allclose(found.value, wanted, rtol=1e-6)
    zero = wanted == 0
    np.testing.assert_array_equal(np.signbit(found.value[zero]), np.signbit(wanted[zero]))


@pytest.mark.parametrize("exponent", [0.5, 1.5, -0.5, -1.0, 0.0, 1.0, 2.0, 3.0])
def test_slopes_of_powers_are_the_same_in_both_modes(exponent):
    def slopes(x):
        return cr.gradients((x**exponent).sum(), [x])[0]

    native, eager = cr.compile(slopes)(BASES), slopes(cr.input("x", value=BASES))
    np.testing.assert_allclose(native.value, eager.value, rtol=1e-13)
    wanted = [exponent * c99(each, exponent - 1) if exponent else 0.0 for each in BASES]
    np.testing.assert_allclose(eager.value, wanted, rtol=1e-13)


# -- padding of pooling ----------------------------------------------------------------------------

FILLED = {"-inf everywhere": 2.0, "-inf here and there": 0.5, "ties": 0.0}
WINDOWS = list(itertools.product([2, 3], [1, 2], [0, 1]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize(("size", "stride", "padding"), WINDOWS)
@pytest.mark.parametrize("filled", FILLED)
def test_padding_of_max_pooling_never_wins(filled, size, stride, padding, axes, dtype, mode):
    random = np.random.default_rng(2)
    x = random.integers(-2, 3, (2, 2, 6, 5)[: 2 + axes]).astype(dtype)
    x[random.random(x.shape) < FILLED[filled]] = -np.inf
    pooled = (torch.nn.functional.max_pool1d, torch.nn.functional.max_pool2d)[axes - 1]
    theirs = torch.tensor(x, requires_grad=True)
    wanted = pooled(theirs, size, stride, padding)
    upstream = random.normal(size=wanted.shape).astype(dtype)
    wanted.backward(torch.tensor(upstream))

    def ours(x):
        y = cr.max_pool(x, size, stride, padding)
        return y, cr.gradients(y, [x], upstream)[0]

    given = cr.input("x", value=x) if mode is not cr.compile else x
    value, slope = mode(ours)(given)
    np.testing.assert_array_equal(value.value, wanted.detach().numpy())
    np.testing.assert_allclose(slope.value, theirs.grad.numpy(), atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["bool", "int32", "int64"])
def test_max_pooling_of_integers_and_bools(dtype, mode):
    x = np.random.default_rng(3).integers(-9, 0, (1, 2, 5, 6)).astype(dtype)
    found = mode(lambda x: cr.max_pool(x, 3, 2, ((1, 0), (0, 2))))(x)
    lowest = False if dtype == "bool" else np.iinfo(dtype).min
    padded = np.pad(x, ((0, 0), (0, 0), (1, 0), (0, 2)), constant_values=lowest)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))[:, :, ::2, ::2]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.value, windows.max((-1, -2)))


@pytest.mark.parametrize("mode", MODES)
def test_nan_at_a_padded_border_reaches_its_windows_only(mode):
    x = np.array([[[np.nan, 1.0, 2.0, 3.0]]])
    found = mode(lambda x: cr.max_pool(x, 2, 1, 1))(x)
    np.testing.assert_array_equal(found.value, [[[np.nan, np.nan, 2, 3, 3]]])
