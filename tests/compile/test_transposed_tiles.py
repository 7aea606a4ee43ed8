"""Exchanged axes are copied tile by tile, with partial tiles at the edges."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize(
    "shape", [(16, 16), (15, 40), (33, 17), (48, 5), (8, 8), (70, 64), (300, 257)]
)
def test_a_matrix_is_transposed_exactly(dtype, shape):
    x = np.random.default_rng(0).integers(-100, 100, shape).astype(dtype)
    np.testing.assert_array_equal(cr.compile(lambda v: v.T)(x).value, x.T)


@pytest.mark.parametrize("dtype", ["bool", "int16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(1,), (33,), (5, 7), (30, 64), (300, 257), (3, 4, 65)])
def test_rows_are_read_backwards_exactly(dtype, shape):
    x = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    for axis in (None, 0, -1):
        found = cr.compile(
            lambda v, axis=axis: (cr.flip(v, axis), cr.rot90(v) if v.ndim > 1 else v)
        )
        flipped, turned = found(x)
        np.testing.assert_array_equal(flipped.value, np.flip(x, axis))
        np.testing.assert_array_equal(turned.value, np.rot90(x) if x.ndim > 1 else x)
    joined = cr.compile(lambda v: cr.concat((v[..., ::-1], v), axis=-1))(x)
    np.testing.assert_array_equal(joined.value, np.concatenate((x[..., ::-1], x), axis=-1))


@pytest.mark.parametrize("axes", [(0, 2, 1), (2, 1, 0), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("shape", [(19, 20, 21), (3, 130, 170), (40, 3, 64)])
def test_axes_in_any_order(axes, shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    found = cr.compile(lambda v: (cr.permute_dims(v, axes), cr.flip(cr.permute_dims(v, axes), 2)))
    turned, flipped = found(x)
    np.testing.assert_array_equal(turned.value, x.transpose(axes))
    np.testing.assert_array_equal(flipped.value, x.transpose(axes)[:, :, ::-1])
