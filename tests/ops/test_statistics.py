"""Quantiles, histograms and reductions that ignore NaN beside NumPy and torch."""

import numpy as np
import pytest
import torch

import chainrule as cr
from chainrule.grad import check_graph

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
RANDOM = np.random.default_rng(8)
X = RANDOM.normal(size=(3, 4, 5)).round(1)
HOLES = np.where(RANDOM.random(X.shape) < 0.3, np.nan, X)
HOLES[0, :, 0] = np.nan
AXES = [None, 0, -1, (0, 2), (1, 2), ()]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_statistics_over_axes_are_numpys(axis, keepdims, mode):
    for x in (X, HOLES, HOLES.astype("float32")):
        for name in (
            "median",
            "nanmedian",
            "nansum",
            "nanprod",
            "nanmean",
            "nanvar",
            "nanstd",
            "nanmax",
            "nanmin",
            "ptp",
        ):
            if axis == () and name in ("median", "nanmedian"):
                continue
            found = mode(lambda x, n=name: getattr(cr, n)(x, axis, keepdims=keepdims))(x)
            wanted = getattr(np, name)(x, axis, keepdims=keepdims)
            assert found.shape == wanted.shape
            assert found.dtype == x.dtype
            tolerance = 1e-12 if x.dtype == np.float64 else 2e-6
            np.testing.assert_allclose(found.value, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("mode", MODES)
def test_rows_without_numbers_receive_no_gradient(mode):
    x = np.array([[np.nan, np.nan, np.nan], [np.nan, 2.0, 2.0]])
    for extremum in (cr.nanmax, cr.nanmin):
        slopes = mode(lambda x, f=extremum: cr.gradients(f(x, 1).sum(), [x])[0])
        found = slopes(x if mode is cr.compile else cr.input("x", value=x))
        np.testing.assert_array_equal(found.value, [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("q", [0, 1, 0.25, 0.4, [0.0, 0.1, 0.9, 1.0]])
@pytest.mark.parametrize("axis", [None, 1, (0, 2)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_quantiles_are_numpys(axis, q, method, mode):
    for name, x in (("quantile", X), ("nanquantile", HOLES), ("quantile", HOLES)):
        found = mode(lambda x, n=name: getattr(cr, n)(x, q, axis, True, method))(x)
        wanted = getattr(np, name)(x, q, axis=axis, keepdims=True, method=method)
        np.testing.assert_allclose(found.value, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_gradients_of_quantiles_are_those_of_torch(mode):
    x = RANDOM.normal(size=(4, 7))
    theirs = torch.tensor(x, requires_grad=True)
    q = [0.1, 0.5, 1.0]
    (torch.quantile(theirs, torch.tensor(q, dtype=torch.float64), dim=1) ** 2).sum().backward()
    slopes = mode(lambda x: cr.gradients((cr.quantile(x, q, 1) ** 2).sum(), [x])[0])
    found = slopes(x if mode is cr.compile else cr.input("x", value=x))
    np.testing.assert_allclose(found.value, theirs.grad.numpy(), rtol=1e-12)


def test_second_derivatives_and_probabilities_with_gradients():
    x = cr.input("x", value=RANDOM.normal(size=6))
    q = cr.input("q", value=0.3)
    assert check_graph(cr.gradients((cr.median(x) ** 3), [x])[0]).ok
    assert check_graph(cr.quantile(x, q)).ok


@pytest.mark.native
def test_probabilities_may_be_arguments_of_compiled_functions():
    step = cr.compile(lambda x, q: cr.quantile(x, q, 1))
    q = np.array([0.2, 0.7])
    np.testing.assert_allclose(step(X[0], q).value, np.quantile(X[0], q, axis=1))


def test_medians_of_infinities_and_integers():
    np.testing.assert_array_equal(cr.median([np.inf, np.inf, 1.0, np.inf]).value, np.inf)
    np.testing.assert_array_equal(cr.quantile([1.0, 2.0, np.inf], 0.5).value, 2.0)
    assert cr.median(np.array([1, 2, 4, 5], "int32")).item() == 3.0


def test_wrong_probabilities_methods_and_empty_axes_are_refused():
    with pytest.raises(cr.RangeError, match=r"Choose them from 0 to 1; percentile takes"):
        cr.quantile(X, 30)
    with pytest.raises(cr.ShapeError, match="Give a number or a vector"):
        cr.quantile(X, [[0.5]])
    with pytest.raises(ValueError, match=r"method='weibull'. Choose one of linear, lower"):
        cr.quantile(X, 0.5, method="weibull")
    with pytest.raises(cr.ShapeError, match=r"median was called on .* which have no elements"):
        cr.median(np.ones((2, 0)), 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("density", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_histograms_are_numpys(weighted, density, mode):
    x = np.concatenate([X.reshape(-1), [0.0, 1.0, 2.5]])
    weights = np.arange(x.size) / 7 if weighted else None
    for bins, bounds in ((7, None), (5, (-1, 1.0)), ([-1.0, 0.0, 0.5, 2.5], None)):
        found = mode(lambda x, b=bins, r=bounds: cr.histogram(x, b, r, weights, density))(x)
        wanted = np.histogram(x, bins, bounds, density, weights)
        for mine, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(mine.value, other, rtol=1e-12)


def test_histograms_of_one_value_and_of_none():
    for x in (np.ones(3), np.zeros(0)):
        found = cr.histogram(x, 4)
        for mine, other in zip(found, np.histogram(x, 4), strict=True):
            np.testing.assert_allclose(mine.value, other)


@pytest.mark.native
def test_counts_have_a_length_that_compiled_functions_need():
    x = np.array([1, 4, 1], "int32")
    np.testing.assert_array_equal(cr.bincount(x, minlength=7).value, np.bincount(x, minlength=7))
    np.testing.assert_array_equal(cr.bincount(np.zeros(0, int)).value, [])
    found = cr.compile(lambda x: cr.bincount(x, length=5))(x)
    np.testing.assert_array_equal(found.value, np.bincount(x))
    with pytest.raises(cr.UnboundInputError, match="Give length="):
        cr.compile(cr.bincount)(x)
    with pytest.raises(cr.RangeError, match="the id 4"):
        cr.bincount(x, length=4)
    with pytest.raises(cr.DTypeError, match=r"Convert with x.astype\('int64'\)"):
        cr.bincount([1.5])


def test_averages_weigh_elements_or_an_axis():
    weights = RANDOM.random(4)
    for w, axis in ((weights, 1), (RANDOM.random(X.shape), (0, 2)), (None, 0)):
        wanted = np.average(X, axis, w, keepdims=True)
        np.testing.assert_allclose(cr.average(X, axis, w, keepdims=True).value, wanted)
    with pytest.raises(cr.ShapeError, match="Give weights of the shape of the tensor, or of one"):
        cr.average(X, 0, weights)


@pytest.mark.parametrize("mode", MODES)
def test_sums_and_products_take_a_dtype(mode):
    x = np.array([[1, 2], [3, 4]], "int32")
    for name, wanted in (("sum", [3, 7]), ("prod", [2, 12])):
        for dtype in ("int32", "int64", "float32"):
            found = mode(lambda x, n=name, d=dtype: getattr(cr, n)(x, 1, dtype=d))(x)
            assert found.dtype == dtype
            np.testing.assert_array_equal(found.value, wanted)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["all", "any"])
def test_truth_over_axes_is_numpys(name, mode):
    for x in (X > 0.5, np.ones((2, 0)), np.array([[np.nan, 0.0]]), np.array([[2, 0], [3, 1]])):
        for axis in (None, 0, 1, (0, 1), ()):
            found = mode(lambda x, a=axis: getattr(cr, name)(x, a, keepdims=True))(x)
            np.testing.assert_array_equal(found.value, getattr(np, name)(x, axis, keepdims=True))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_the_most_frequent_element_is_that_of_torch(axis, mode):
    x = RANDOM.integers(0, 4, (4, 6, 9)).astype("float64")
    wanted = torch.mode(torch.tensor(x), axis)
    values, ids = mode(lambda x: cr.mode(x, axis))(x)
    np.testing.assert_array_equal(values.value, wanted.values.numpy())
    np.testing.assert_array_equal(ids.value, wanted.indices.numpy())
