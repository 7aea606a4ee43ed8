"""Cumulative products, extrema and log-sums beside torch, with zeros, NaN and tails."""

import numpy as np
import pytest
import torch

import chainrule as cr
from chainrule.grad import check_graph
from chainrule.ops.cumulative.recurrence import linear_recurrence

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
SHAPES = [
    ((6,), 0),
    ((3, 5), 0),
    ((3, 5), 1),
    ((2, 4, 30), 1),
    ((2, 1), 1),
    ((0, 3), 0),
    ((2, 0), 1),
]
ZEROS = np.array([[2.0, 0.0, 3.0, -1.0], [0.0, 1.5, 0.0, 2.0], [1.0, -2.0, 0.5, 4.0]])
SPECIAL = np.array([-np.inf, -1.0, 2.0, 2.0, -3.0, np.nan, 5.0, np.nan, np.inf])


def run(mode, function, x):
    return mode(function)(x if mode is cr.compile else cr.input("x", value=x))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_cumulative_values_are_those_of_torch(shape, axis, dtype, mode):
    x = np.random.default_rng(2).integers(-3, 4, shape).astype(dtype)
    theirs = torch.tensor(x)

    def ours(x):
        return cr.cumulative_prod(x, axis), *cr.cummax(x, axis), *cr.cummin(x, axis)

    found = mode(ours)(x)
    product = torch.cumprod(theirs, axis)
    wanted = product, *torch.cummax(theirs, axis), *torch.cummin(theirs, axis)
    for mine, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(mine.value, other.numpy())
    assert found[0].dtype == (cr.int64 if x.dtype.kind == "i" else x.dtype)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", [0, 1])
def test_gradients_of_products_are_exact_for_zeros_to_second_order(axis, mode):
    weights = np.arange(1.0, 13).reshape(3, 4)
    theirs = torch.tensor(ZEROS, requires_grad=True)
    (first,) = torch.autograd.grad(
        (torch.cumprod(theirs, axis) * torch.tensor(weights)).sum(), theirs, create_graph=True
    )
    (second,) = torch.autograd.grad((first**2).sum(), theirs)

    def ours(x):
        (first,) = cr.gradients((cr.cumulative_prod(x, axis) * weights).sum(), [x])
        return first, cr.gradients((first**2).sum(), [x])[0]

    found = run(mode, ours, ZEROS)
    np.testing.assert_allclose(found[0].value, first.detach().numpy(), rtol=1e-13)
    np.testing.assert_allclose(found[1].value, second.numpy(), rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_nan_stays_the_extremum_as_in_torch(mode):
    for ours, theirs in ((cr.cummax, torch.cummax), (cr.cummin, torch.cummin)):
        for x in (SPECIAL, np.stack([SPECIAL, SPECIAL[::-1]], 1)):
            found = mode(lambda x, ours=ours: ours(x, 0))(x)
            for mine, other in zip(found, theirs(torch.tensor(x), 0), strict=True):
                np.testing.assert_array_equal(mine.value, other.numpy())


@pytest.mark.parametrize("mode", MODES)
def test_the_last_of_equal_maxima_receives_the_gradient(mode):
    found = run(
        mode, lambda x: cr.gradients(cr.cummax(x)[0].sum(), [x])[0], np.array([1.0, 1.0, 0])
    )
    np.testing.assert_array_equal(found.value, [1, 2, 0])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "x",
    [
        [-np.inf, -np.inf, 1.0, 2.0],
        [1000.0, 1000.0, -1000.0, 1001.0],
        [-1000.0, -1001.0, -np.inf, -999.0],
        [0.0, np.inf, 1.0, 2.0],
        [0.0, np.nan, 1.0, 2.0],
        [-80.0, 80.0, -80.0, 79.5],
    ],
)
def test_log_sums_keep_their_tails(x, dtype, mode):
    x = np.array(x, dtype)
    with np.errstate(all="ignore"):
        wanted = np.logaddexp.accumulate(x.astype("float64"))
    found = mode(lambda x: cr.logcumsumexp(x, 0))(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found.value, wanted, rtol=1e-6 if dtype == "float32" else 1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_gradients_of_log_sums_are_those_of_torch(mode):
    x = np.array([[-1000.0, 3.0, 900.0], [2.0, -5.0, 901.0], [1.5, 700.0, -np.inf]])
    theirs = torch.tensor(x, requires_grad=True)
    torch.logcumsumexp(theirs, 0).sum().backward()
    slopes = run(mode, lambda x: cr.gradients(cr.logcumsumexp(x, 0).sum(), [x])[0], x)
    np.testing.assert_allclose(slopes.value, theirs.grad.numpy(), rtol=1e-12, atol=1e-300)


def test_first_and_second_derivatives_are_those_of_differences():
    x = cr.input("x", value=np.random.default_rng(0).normal(size=(3, 4)))
    for function in (cr.logcumsumexp, cr.cumulative_prod, lambda x: cr.cummax(x, 1)[0]):
        y = function(x)
        assert check_graph(y).ok
        assert check_graph(cr.gradients((y * y).sum(), [x])[0]).ok


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), [((9,), 0), ((5, 3), 0), ((5, 3), 1), ((7, 20), 0)])
def test_recurrences_carry_what_the_formula_says(shape, axis, dtype, reverse, mode):
    random = np.random.default_rng(4)
    a, b = (random.normal(size=shape).astype(dtype) for _ in range(2))
    lines = [np.moveaxis(each, axis, 0)[:: -1 if reverse else 1] for each in (a, b)]
    wanted = [lines[1][0].astype("float64")]
    for factor, term in zip(lines[0][1:], lines[1][1:], strict=True):
        wanted.append(factor * wanted[-1] + term)
    found = mode(lambda a, b: linear_recurrence(a, b, axis, reverse))(cr.asarray(a), cr.asarray(b))
    result = np.moveaxis(found.value, axis, 0)[:: -1 if reverse else 1]
    assert found.dtype == dtype
    np.testing.assert_allclose(result, wanted, rtol=1e-6 if dtype == "float32" else 1e-14)


@pytest.mark.native
def test_the_first_factor_of_a_recurrence_is_not_used():
    a, b = cr.asarray([np.nan, 2.0]), cr.asarray([1.0, 3.0])
    for function in (linear_recurrence, cr.compile(linear_recurrence)):
        np.testing.assert_array_equal(function(a, b, 0).value, [1.0, 5.0])


@pytest.mark.parametrize("mode", MODES)
def test_initial_values_and_dtypes(mode):
    x = np.array([[1, 2, 3], [4, 5, 6]], "int32")
    for ours, numpy, initial in (
        (cr.cumulative_sum, np.cumsum, 0),
        (cr.cumulative_prod, np.cumprod, 1),
    ):
        for axis in (0, 1):
            found = mode(lambda x, f=ours, a=axis: f(x, a, dtype="float32", include_initial=True))(
                x
            )
            first = np.full_like(np.take(x, [0], axis), initial)
            assert found.dtype == cr.float32
            wanted = np.concatenate([first, numpy(x, axis)], axis)
            np.testing.assert_array_equal(found.value, wanted)
        assert mode(lambda x, f=ours: f(x, dtype="int32"))(x[0]).dtype == cr.int32
    back = mode(lambda x: cr.cumulative_sum(x, reverse=True, include_initial=True))(x[0])
    np.testing.assert_array_equal(back.value, [6, 5, 3, 0])


@pytest.mark.native
def test_long_products_of_float32_are_carried_in_float64():
    x = np.full(200_000, 1 + 1e-6, "float32")
    wanted = np.cumprod(x.astype("float64"))
    for found in (cr.cumulative_prod(x), cr.compile(cr.cumulative_prod)(x)):
        np.testing.assert_allclose(found.value, wanted, rtol=1e-7)
