"""Arrays in the document: the elements kept, statistics of all elements."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.explore.page.tensor_data import grid, statistics, tensor_data
from explorer_documents import array, same

DTYPES = ("float32", "float64", "int8", "int64", "uint32", "bool")


@given(st.data(), st.sampled_from(DTYPES))
def test_small_arrays_are_whole(data, dtype):
    shape = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    value = data.draw(arrays.arrays(dtype, shape))
    row = json.loads(json.dumps(tensor_data(value), allow_nan=False))
    assert row["kept"] is None
    assert same(array(row), value)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4), st.integers(1, 5000))
def test_grids_are_regular_and_fit(shape, most):
    kept = grid(tuple(shape), most)
    assert np.prod([len(each) for each in kept]) <= max(most, 1)
    for positions, size in zip(kept, shape, strict=True):
        assert positions[0] == 0
        assert positions[-1] < size
        steps = np.diff(positions)
        assert not steps.size or (steps.min() >= 1 and np.ptp(steps) <= 1)


def test_a_matrix_keeps_as_many_rows_as_columns_where_it_can():
    assert [len(each) for each in grid((784, 256), 4096)] == [64, 64]
    assert [len(each) for each in grid((10, 30_000), 4096)] == [10, 409]


def test_large_arrays_are_sampled_with_the_elements_at_the_kept_positions():
    value = np.random.default_rng(0).normal(size=(70, 80, 3)).astype("float32")
    row = tensor_data(value)
    assert same(array(row), value[np.ix_(*row["kept"])])
    assert row["shape"] == [70, 80, 3]


@given(arrays.arrays("float64", st.integers(0, 50), elements=st.floats(width=64)))
def test_statistics_are_of_finite_elements(value):
    found = statistics(value)
    json.dumps(found, allow_nan=False)
    finite = value[np.isfinite(value)]
    assert found["count"] == value.size
    assert found["zeros"] == int((value == 0).sum())
    assert found["nans"] == int(np.isnan(value).sum())
    assert found["infinities"] == int(np.isinf(value).sum())
    assert sum(found["histogram"]) == finite.size
    for name, mark in (("firstNan", np.isnan), ("firstInfinite", np.isinf)):
        assert found.get(name) == next(([i] for i in range(value.size) if mark(value[i])), None)
    if finite.size:
        assert (found["least"], found["greatest"]) == (finite.min(), finite.max())


@pytest.mark.parametrize("dtype", DTYPES)
def test_mean_norm_and_histogram_are_those_of_numpy(dtype):
    value = (np.random.default_rng(1).normal(size=9000) * 50).clip(0).astype(dtype)
    found = statistics(value)
    assert found["mean"] == pytest.approx(float(value.mean()), rel=1e-5)
    assert found["norm"] == pytest.approx(np.linalg.norm(value.astype("float64")))
    assert found["histogram"] == np.histogram(value.astype("float64"), 32)[0].tolist()


def test_the_first_nan_has_its_index_in_the_whole_array():
    value = np.zeros((3, 40, 50), "float32")
    value[1, 39, 2] = value[2, 0, 0] = np.nan
    assert tensor_data(value)["statistics"]["firstNan"] == [1, 39, 2]


def test_huge_and_tiny_elements_have_a_norm():
    assert statistics(np.array([3e200, 4e200]))["norm"] == pytest.approx(5e200)
    assert statistics(np.array([3e-200, 4e-200]))["norm"] == pytest.approx(5e-200)
    assert statistics(np.array([1e308, 1e308, -1e308]))["mean"] == pytest.approx(1e308 / 3)


def test_an_array_without_finite_elements_has_zeros_for_statistics():
    found = statistics(np.array([np.nan, np.inf, -np.inf]))
    assert (found["least"], found["greatest"], found["mean"], found["norm"]) == (0, 0, 0, 0)
    assert (found["nans"], found["infinities"], found["zeros"]) == (1, 2, 0)
    assert found["histogram"] == [0] * 32


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elements_that_differ_by_one_bit_have_a_histogram(dtype):
    value = np.ones(5000, dtype)
    value[7] = np.nextafter(value[0], np.array(2, dtype))
    assert statistics(value)["histogram"] == [4999, *[0] * 30, 1]
    smallest = np.zeros(5000, dtype)
    smallest[7] = np.nextafter(smallest[0], np.array(1, dtype))
    assert statistics(smallest)["histogram"] == [4999, *[0] * 30, 1]
