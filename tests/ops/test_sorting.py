"""Sorting, searching and sets beside NumPy and torch: ties, NaN, dtypes, empty axes, gradients."""

import itertools

import numpy as np
import pytest
import torch

import chainrule as cr

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
DTYPES = ["bool", "int32", "int64", "float32", "float64"]
SPECIAL = [2.0, np.nan, -0.0, np.inf, 0.0, -np.inf, -1.0, 2.0, -np.nan, 0.0]
SHAPES = [
    ((7,), 0),
    ((3, 5), 0),
    ((3, 5), -1),
    ((2, 4, 3), 1),
    ((2, 1), 1),
    ((0, 3), 1),
    ((3, 0), 1),
]


def drawn(shape, dtype):
    """Return values with many ties."""
    return np.random.default_rng(3).integers(-3, 4, shape).astype(dtype)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_the_order_is_stable(shape, axis, dtype, descending, mode):
    x = drawn(shape, dtype)
    values, ids = torch.sort(torch.tensor(x), dim=axis, descending=descending, stable=True)
    found = mode(lambda x: (cr.sort(x, axis, descending), cr.argsort(x, axis, descending)))(x)
    assert (found[0].dtype, found[1].dtype) == (x.dtype, cr.int64)
    np.testing.assert_array_equal(found[0].value, values.numpy())
    np.testing.assert_array_equal(found[1].value, ids.numpy())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("descending", [False, True])
def test_nan_is_larger_than_every_number_and_zeros_are_equal(descending, dtype, mode):
    x = np.array(SPECIAL, dtype)
    order = torch.sort(torch.tensor(x), descending=descending, stable=True)[1].numpy()
    found = mode(lambda x: cr.argsort(x, descending=descending))(x)
    np.testing.assert_array_equal(found.value, order)
    values = mode(lambda x: cr.sort(x, descending=descending))(x)
    np.testing.assert_array_equal(values.value, x[order])


def test_integers_at_their_limits_are_ordered():
    limits = np.iinfo("int64")
    x = np.array([limits.max, 0, limits.min, -1, limits.max - 1])
    np.testing.assert_array_equal(cr.argsort(x).value, [2, 3, 1, 4, 0])
    np.testing.assert_array_equal(cr.argsort(x, descending=True).value, [0, 4, 1, 3, 2])


def test_long_axes_with_ties_are_those_of_numpys_stable_sort():
    random = np.random.default_rng(0)
    for x in (random.integers(0, 9, 5000), random.normal(size=(3, 700)).round(1)):
        np.testing.assert_array_equal(cr.argsort(x).value, np.argsort(x, -1, kind="stable"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("largest", [True, False])
def test_top_elements_and_their_gradient_are_those_of_torch(largest, mode):
    x = np.random.default_rng(1).normal(size=(3, 6, 2))
    theirs = torch.tensor(x, requires_grad=True)
    values, ids = torch.topk(theirs, 3, 1, largest)
    (values**2).sum().backward()

    def ours(x):
        values, ids = cr.topk(x, 3, 1, largest)
        return values, ids, cr.gradients((values**2).sum(), [x])[0]

    found = mode(ours)(x if mode is cr.compile else cr.input("x", value=x))
    for mine, wanted in zip(found, (values.detach(), ids, theirs.grad), strict=True):
        np.testing.assert_allclose(mine.value, wanted.numpy(), rtol=1e-14)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", [*DTYPES, "int8", "uint16", "uint32"])
def test_long_rows_are_in_the_stable_order(dtype, descending):
    x = np.random.default_rng(4).integers(0, 90, (3, 1500)).astype(dtype)
    if x.dtype.kind == "f":
        x[1, ::40] = np.nan
    order = np.argsort(x, axis=-1, kind="stable")
    if descending:
        order = 1499 - np.argsort(x[:, ::-1], axis=-1, kind="stable")[:, ::-1]
    np.testing.assert_array_equal(cr.argsort(x, descending=descending).value, order)
    for k in (1, 7, 100, 1500):
        values, ids = cr.topk(x, k, largest=descending)
        np.testing.assert_array_equal(ids.value, order[:, :k])
        np.testing.assert_array_equal(values.value, np.take_along_axis(x, order[:, :k], -1))
    np.testing.assert_array_equal(cr.kthvalue(x, 9)[1].value, np.argsort(x, -1, "stable")[:, 8])


def test_keys_too_far_apart_for_packing_are_ordered():
    x = np.random.default_rng(5).integers(-5, 5, 3000) * 2**58
    np.testing.assert_array_equal(cr.argsort(x).value, np.argsort(x, kind="stable"))


def test_ranks_outside_the_axis_are_refused():
    with pytest.raises(cr.ShapeError, match=r"topk was asked for k=4 .* Choose k from 0 to 3"):
        cr.topk(np.ones(3), 4)
    with pytest.raises(cr.ShapeError, match=r"kthvalue was asked for k=0 .* from 1 to 3"):
        cr.kthvalue(np.ones(3), 0)
    with pytest.raises(cr.ShapeError, match="a scalar, which has no axes"):
        cr.sort(1.0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_search_is_numpys(side, dtype, mode):
    for size, shape in itertools.product((1, 2, 7, 8, 100), ((), (5,), (2, 3))):
        ordered, values = np.sort(drawn(size, dtype)), drawn(shape, dtype)
        found = mode(lambda x, v: cr.searchsorted(x, v, side))(ordered, values)
        np.testing.assert_array_equal(found.value, np.searchsorted(ordered, values, side))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_search_of_special_numbers_rows_and_unsorted_values(side, mode):
    x = np.array(SPECIAL)
    found = mode(lambda x: cr.searchsorted(x, x, side, sorter=cr.argsort(x)))(x)
    np.testing.assert_array_equal(found.value, np.searchsorted(np.sort(x), x, side))
    rows, values = np.sort(drawn((3, 4), "float32")), drawn((3, 6), "float32")
    wanted = torch.searchsorted(torch.tensor(rows), torch.tensor(values), side=side)
    found = mode(lambda x, v: cr.searchsorted(x, v, side))(rows, values)
    np.testing.assert_array_equal(found.value, wanted.numpy())
    empty = mode(lambda v: cr.searchsorted(np.ones(0), v, side))(values)
    np.testing.assert_array_equal(empty.value, np.zeros((3, 6)))


def test_arguments_of_a_search_that_do_not_fit_are_refused():
    with pytest.raises(cr.ShapeError, match="rows of both with equal leading axes"):
        cr.searchsorted(np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(ValueError, match=r"side='middle'. Choose 'left' or 'right'"):
        cr.searchsorted([1.0], 1.0, "middle")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("invert", [False, True])
def test_membership_is_numpys(invert, mode):
    x = np.array(SPECIAL)
    for test in ([2.0, np.nan], [], [[np.inf, 0.0]], [5.0]):
        found = mode(lambda x, test=test: cr.isin(x, np.array(test), invert))(x)
        np.testing.assert_array_equal(found.value, np.isin(x, test, invert=invert))
    numbers = np.array([1, 2, 3])
    for test in (np.array([2, 9]), np.zeros(0, int)):
        found = mode(lambda x, test=test: cr.isin(x, test, invert))(numbers)
        np.testing.assert_array_equal(found.value, np.isin(numbers, test, invert=invert))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (4, 5), (0,), (2, 0)])
def test_unique_elements_are_numpys(shape, dtype):
    x = drawn(shape, dtype)
    found = cr.unique_all(x)
    wanted = np.unique_all(x)
    for name in ("values", "indices", "inverse_indices", "counts"):
        np.testing.assert_array_equal(getattr(found, name).value, getattr(wanted, name))
    assert found.values.dtype == x.dtype
    assert cr.unique_counts(x)._fields == ("values", "counts")
    assert cr.unique_inverse(x)._fields == ("values", "inverse_indices")


def test_every_nan_is_unique_and_gradients_go_to_the_first_of_equal_elements():
    x = cr.input("x", value=[2.0, np.nan, 1.0, 2.0, np.nan])
    values, _, inverse, counts = cr.unique_all(x)
    np.testing.assert_array_equal(values.value, [1, 2, np.nan, np.nan])
    np.testing.assert_array_equal(inverse.value, [1, 2, 0, 1, 3])
    np.testing.assert_array_equal(counts.value, [1, 2, 1, 1])
    (gradient,) = cr.gradients((values * [1.0, 2.0, 3.0, 4.0]).sum(), [x])
    np.testing.assert_array_equal(gradient.value, [2, 3, 1, 0, 4])


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 0), (2, 3, 4)])
def test_positions_are_numpys(shape):
    x = drawn(shape, "float64")
    for mine, wanted in zip(cr.nonzero(x), np.nonzero(x), strict=True):
        np.testing.assert_array_equal(mine.value, wanted)
    np.testing.assert_array_equal(cr.argwhere(x).value, np.argwhere(x))
    np.testing.assert_array_equal(cr.count_nonzero(x, 0).value, np.count_nonzero(x, 0))


@pytest.mark.native
@pytest.mark.parametrize(
    "name",
    ["unique_all", "unique_values", "unique_counts", "unique_inverse", "nonzero", "argwhere"],
)
def test_shapes_that_depend_on_values_are_refused_in_compiled_functions(name):
    with pytest.raises(cr.UnboundInputError, match="without a value, so that the shape of its res"):
        cr.compile(lambda x: getattr(cr, name)(x))(np.ones(3))


def test_positions_of_a_scalar_and_one_operand_of_where_are_refused():
    with pytest.raises(cr.ShapeError, match=r"nonzero was called on .*, a scalar"):
        cr.nonzero(1.0)
    with pytest.raises(TypeError, match=r"given 1. The positions .* cr.nonzero\(condition\)"):
        cr.where(np.ones(3, bool))
