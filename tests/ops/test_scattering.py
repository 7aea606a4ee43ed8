"""Scattering beside torch: every reduction, ties, repeated ids, zeros, errors."""

import numpy as np
import pytest
import torch

import chainrule as cr
from chainrule.grad import check_graph

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
NAMES = {"add": "sum", "mean": "mean", "prod": "prod", "max": "amax", "min": "amin"}
RANDOM = np.random.default_rng(6)
CASES = [
    ((5,), (9,), 0),
    ((3, 4), (3, 6), 1),
    ((4, 3), (7, 3), 0),
    ((2, 3, 4), (2, 5, 4), 1),
    ((3,), (0,), 0),
]


def operands(shape, picks, axis, dtype):
    ids = RANDOM.integers(0, shape[axis], picks)
    x, values = (RANDOM.integers(-2, 3, each).astype(dtype) for each in (shape, picks))
    return x, ids, values


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", NAMES)
@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
@pytest.mark.parametrize(("shape", "picks", "axis"), CASES)
def test_values_are_those_of_torch(shape, picks, axis, dtype, reduce, include_self, mode):
    x, ids, values = operands(shape, picks, axis, dtype)
    wanted = torch.tensor(x).scatter_reduce(
        axis, torch.tensor(ids), torch.tensor(values), NAMES[reduce], include_self=include_self
    )
    found = mode(lambda x, i, v: cr.scatter(x, i, v, axis, reduce, include_self))(x, ids, values)
    assert found.dtype == dtype
    np.testing.assert_allclose(found.value, wanted.numpy(), rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", NAMES)
@pytest.mark.parametrize(("shape", "picks", "axis"), CASES)
def test_gradients_with_ties_and_zeros_are_those_of_torch(
    shape, picks, axis, reduce, include_self, mode
):
    x, ids, values = operands(shape, picks, axis, "float64")
    if not include_self:  # torch lets an element that takes no part reduce the share of its equals
        x = x + 0.5
    weights = RANDOM.normal(size=shape)
    theirs = [torch.tensor(each, requires_grad=True) for each in (x, values)]
    y = theirs[0].scatter_reduce(
        axis, torch.tensor(ids), theirs[1], NAMES[reduce], include_self=include_self
    )
    (y * torch.tensor(weights)).sum().backward()

    def ours(x, values):
        y = cr.scatter(x, ids, values, axis, reduce, include_self)
        return cr.gradients((y * weights).sum(), [x, values])

    given = (x, values)
    if mode is not cr.compile:
        given = [cr.input("x", value=each) for each in given]
    for mine, other in zip(mode(ours)(*given), theirs, strict=True):
        np.testing.assert_allclose(mine.value, other.grad.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("shape", "picks", "axis"), CASES)
def test_of_equal_ids_the_last_value_is_kept_and_receives_the_gradient(shape, picks, axis, mode):
    x, ids, values = operands(shape, picks, axis, "float64")
    wanted, last = x.copy(), np.full(shape, -1)
    for place in np.ndindex(picks):
        target = (*place[:axis], ids[place], *place[axis + 1 :])
        wanted[target], last[target] = values[place], place[axis]

    def ours(x, values):
        y = cr.scatter(x, ids, values, axis)
        return y, *cr.gradients(y.sum(), [x, values])

    given = (x, values)
    if mode is not cr.compile:
        given = [cr.input("x", value=each) for each in given]
    y, of_x, of_values = mode(ours)(*given)
    np.testing.assert_array_equal(y.value, wanted)
    np.testing.assert_array_equal(of_x.value, last < 0)
    received = np.zeros(picks) if of_values is None else of_values.value
    assert received.sum() == (last >= 0).sum()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reduce", NAMES)
def test_ids_that_are_shorter_along_other_axes_reach_the_first_elements(reduce, mode):
    x, ids, values = operands((3, 4), (2, 3), 1, "float64")
    wanted = torch.tensor(x).scatter_reduce(
        1, torch.tensor(ids), torch.tensor(values), NAMES[reduce]
    )
    found = mode(lambda x, v: cr.scatter(x, ids, v, 1, reduce))(x, values)
    np.testing.assert_allclose(found.value, wanted.numpy())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reduce", ["max", "min"])
def test_nan_is_the_extremum(reduce, mode):
    found = mode(lambda x: cr.scatter(x, [0, 1, 1], x, 0, reduce))(np.array([1.0, np.nan, 2.0]))
    np.testing.assert_array_equal(found.value, [1.0, np.nan, 2.0])


def test_second_derivatives_of_products_and_extrema():
    x = cr.input("x", value=RANDOM.normal(size=(3, 2)))
    values = cr.input("values", value=RANDOM.normal(size=(4, 2)))
    ids = RANDOM.integers(0, 3, (4, 2))
    for reduce in ("prod", "max", "mean"):
        slope = cr.gradients((cr.scatter(x, ids, values, 0, reduce) ** 3).sum(), [values])[0]
        assert cr.grad(lambda v, r=reduce: (cr.scatter(x, ids, v, 0, r) ** 3).sum())(
            values
        ).value == pytest.approx(slope.value)
        assert check_graph(slope).ok


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reduce", ["update", "add", "max", "prod"])
def test_ids_outside_are_refused_and_named(reduce, mode):
    step = mode(lambda x, ids: cr.scatter(x, ids, 1.0, 0, reduce))
    for wrong in (5, -1, 2**40):
        with pytest.raises(cr.RangeError, match=f"the id {wrong} at position .*has size 3"):
            step(cr.asarray(np.ones(3)), cr.asarray(np.array([0, wrong])))


def test_operands_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"reduce='sum'. Choose one of update, add, mean"):
        cr.scatter([1.0], [0], [1.0], reduce="sum")
    with pytest.raises(cr.ShapeError, match=r"which do not broadcast. Give one id per value"):
        cr.scatter(np.ones(3), [0, 1], [1.0, 2.0, 3.0])
    with pytest.raises(cr.ShapeError, match="apart from axis 0"):
        cr.scatter(np.ones((3, 2)), [[0] * 3], np.ones((1, 3)), 0, "max")
    with pytest.raises(cr.DTypeError, match="by integer ids"):
        cr.scatter(np.ones(3), [0.5], [1.0], reduce="max")


@pytest.mark.native
def test_segments_in_compiled_functions_need_their_number():
    data, ids = np.ones((4, 2)), np.array([0, 2, 2, 0])
    assert cr.segment_sum(data, ids).shape == (3, 2)
    found = cr.compile(lambda d, i: cr.segment_max(d, i, 4))(data, ids)
    np.testing.assert_array_equal(found.value[:, 0], [1, -np.inf, 1, -np.inf])
    assert cr.segment_min(np.ones(2, "int32"), [0, 0], 2).value[1] == np.iinfo("int32").max
    with pytest.raises(cr.UnboundInputError, match="Give num_segments="):
        cr.compile(cr.segment_sum)(data, ids)


@pytest.mark.native
def test_steps_that_two_threads_may_share_are_the_eager_ones():
    x = RANDOM.normal(size=(40, 3000))
    ids = RANDOM.integers(0, 3000, x.shape)
    for function in (
        lambda x: cr.scatter(x, ids, x, 1, "max"),
        lambda x: cr.scatter(x, ids, x, 1, "prod"),
        lambda x: cr.cummax(x, 1)[1],
        lambda x: cr.cumulative_prod(x.reshape(40, 30, 100), 1),
        lambda x: cr.searchsorted(np.sort(x.value, -1) if x.known else cr.sort(x), x),
    ):
        eager = function(cr.asarray(x))
        np.testing.assert_array_equal(cr.compile(function)(x).value, eager.value)
