"""Padding clears and copies in one pass, also in memory that held another result before."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native

PADDED = [
    ((3, 4), ((1, 2), (3, 0))),
    ((3, 4), ((0, 0), (0, 5))),
    ((3, 4), ((0, 0), (5, 0))),
    ((3, 4), ((4, 0), (0, 0))),
    ((3, 4), ((0, 4), (0, 0))),
    ((1, 7), ((1, 1), (1, 1))),
    ((7, 1), ((1, 1), (1, 1))),
    ((1, 1), ((2, 0), (0, 2))),
    ((0, 4), ((1, 2), (3, 0))),
    ((500_001,), ((3, 4),)),
    ((300, 400), ((0, 0), (2, 3))),
    ((300, 401), ((5, 0), (1, 0))),
    ((2, 400_000), ((0, 7), (0, 1))),
    ((300, 400), ((100, 200), (300, 100))),
    ((3, 30, 40), ((0, 0), (1, 1), (1, 1))),
    ((50, 60, 70), ((1, 1), (0, 0), (0, 0))),
    ((2, 3, 130, 140), ((0, 0), (0, 0), (1, 2), (2, 1))),
    ((2, 3, 130, 140), ((1, 0), (1, 0), (0, 0), (2, 1))),
]


@pytest.mark.parametrize("dtype", ["bool", "int64", "float32"])
@pytest.mark.parametrize(("shape", "widths"), PADDED)
def test_padding_is_numpys_at_every_call(dtype, shape, widths):
    pad = cr.compile(lambda x: cr.pad(x, widths))
    for number in range(1, 4):
        x = np.random.default_rng(number).integers(1, 100, shape).astype(dtype)
        np.testing.assert_array_equal(pad(x).value, np.pad(x, widths))


@pytest.mark.parametrize("cut", ["1:-3:2, 5::3", "::-2, ::-3", "7:8", ":, 399:", "3:290, ::-1"])
def test_the_gradient_of_a_slice_is_zero_elsewhere(cut):
    key = eval(f"np.s_[{cut}]")
    x = np.random.default_rng(0).normal(size=(300, 400))
    wanted = np.zeros_like(x)
    wanted[key] = 2 * x[key]
    gradient = cr.compile(cr.grad(lambda v: (v[key] ** 2).sum()))
    for _ in range(3):
        np.testing.assert_allclose(gradient(x).value, wanted)
