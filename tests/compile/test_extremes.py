"""Compiled extrema and their positions are NumPy's: at the edges of vectors, with NaN and ties."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native

DTYPES = [
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "float32",
    "float64",
]
NAMES = ("argmax", "argmin", "max", "min")
# Below, at and above the elements of one register, of four registers and of several vectors.
LENGTHS = (1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300, 521)


def rows(dtype, length, largest):
    """Return rows of numbers from 0 on; floats with NaN, infinity and zeros of both signs."""
    random = np.random.default_rng(length)
    x = random.integers(0, largest, (6, length)).astype(dtype)
    if x.dtype.kind != "f":
        return x
    x -= x.dtype.type(largest // 2)
    x[0, random.integers(0, length, 2)] = np.nan
    x[1], x[2] = -np.inf, np.inf
    x[3], x[3, ::2] = 0.0, -0.0
    x[4, -1] = np.nan
    return x


def assert_numpys(x, axis):
    found = cr.compile(lambda v: tuple(getattr(cr, name)(v, axis=axis) for name in NAMES))(x)
    alone = [cr.compile(lambda v, name=name: getattr(cr, name)(v, axis=axis))(x) for name in NAMES]
    for name, one, other in zip(NAMES, found, alone, strict=True):
        wanted = getattr(np, name)(x, axis=axis)
        np.testing.assert_array_equal(one.value, wanted, err_msg=name)
        np.testing.assert_array_equal(other.value, wanted, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("largest", [2, 100])
def test_rows_of_any_length(dtype, largest):
    for length in LENGTHS:
        assert_numpys(rows(dtype, length, largest), 1)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 5), (257, 300), (3000, 40), (40, 3000), (70_000, 2)])
def test_columns_that_threads_divide(dtype, shape):
    x = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    if x.dtype.kind == "f":
        x[0, 1], x[-1, 0] = np.nan, -np.inf
    assert_numpys(x, 0)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32", "float64"])
@pytest.mark.parametrize("rows", [2, 7, 8, 9, 16, 17, 31, 100])
def test_groups_of_rows_of_several_matrices(dtype, rows):
    x = np.random.default_rng(rows).integers(0, 100, (3, rows, 301)).astype(dtype)
    if x.dtype.kind == "f":
        x[0, -1, 5], x[1, 0, 300], x[2, :, 7] = np.nan, -np.inf, np.nan
    assert_numpys(x, 1)
    np.testing.assert_array_equal(cr.compile(lambda v: (v != 0).sum(axis=1))(x), (x != 0).sum(1))
    if x.dtype.kind != "f":
        found = cr.compile(lambda v: v.sum(axis=1))(x)
        np.testing.assert_array_equal(found.value, x.sum(1, dtype="int64"))


@pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", [0, 1])
def test_extremes_of_the_numbers_beside_nan(dtype, axis):
    for length in LENGTHS:
        x = np.random.default_rng(length).normal(size=(5, length)).astype(dtype)
        x[0, ::2], x[1] = np.nan, np.nan
        x[2], x[3] = -np.inf, np.inf
        x[2, -1], x[3, 0] = np.nan, np.nan
        x = x if axis else np.ascontiguousarray(x.T)
        for name in ("nanmax", "nanmin"):
            found = cr.compile(lambda v, name=name: getattr(cr, name)(v, axis=axis))(x)
            np.testing.assert_array_equal(found.value, getattr(np, name)(x, axis=axis))


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(512, 300), (131_101,), (400, 331), (1,)])
@pytest.mark.parametrize("place", [0, -1, None])
def test_whole_tensors(dtype, shape, place):
    x = np.random.default_rng(1).integers(1, 100, shape).astype(dtype)
    if place is not None:
        x.reshape(-1)[place] = np.nan if x.dtype.kind == "f" else 101
    assert_numpys(x, None)


def test_the_first_of_equal_elements_counts_across_rows_and_vectors():
    x = np.zeros((400, 400), "float32")
    x[100, 5] = x[100, 390] = x[399, 399] = 1
    assert cr.compile(cr.argmax)(x).value == 100 * 400 + 5
    assert cr.compile(cr.argmin)(x).value == 0
    x[:] = np.nan
    assert cr.compile(cr.argmax)(x).value == 0


def test_slices_and_computed_rows_are_read_right():
    x = np.random.default_rng(2).normal(size=(50, 200)).astype("float32")
    for cut in (lambda v: v[:, 3:190], lambda v: v[::2, 5:], lambda v: v[:, ::-1], lambda v: v * v):
        assert_numpys_of(cut, x)


def assert_numpys_of(cut, x):
    found = cr.compile(lambda v: tuple(getattr(cr, name)(cut(v), axis=1) for name in NAMES))(x)
    for name, one in zip(NAMES, found, strict=True):
        np.testing.assert_array_equal(one.value, getattr(np, name)(cut(x), axis=1))
        alone = cr.compile(lambda v, name=name: getattr(cr, name)(cut(v), axis=1))(x)
        np.testing.assert_array_equal(alone.value, one.value)
