"""erf and erfc without a compiler: digits everywhere, and what they are at the edges."""

import math

import numpy as np
import pytest

import chainrule as cr

EDGES = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e-310, 30.0, -30.0]
UNITS = {"erf": 2.5, "erfc": 7.0}  # of the last place of float64; 1 and 3 of them are of `math`


def points(limit):
    """Return more numbers than one block has, on both sides of 0 and close to it."""
    around = np.linspace(-limit, limit, 5001)
    return np.concatenate([around, 2.0 ** -np.arange(1.0, 100), [0.5, 1.0, -0.5, -1.0]])


@pytest.mark.parametrize("name", UNITS)
def test_the_error_is_a_few_units_of_the_last_place(name):
    x = points(26.0)
    wanted = np.array([getattr(math, name)(each) for each in x])
    found = getattr(cr, name)(x).value
    assert np.max(np.abs(found - wanted) / np.spacing(np.abs(wanted))) < UNITS[name]


@pytest.mark.parametrize("name", UNITS)
def test_float32_is_the_rounded_value(name):
    x = points(9.0).astype("float32")
    wanted = np.array([getattr(math, name)(float(each)) for each in x])
    found = getattr(cr, name)(x).value
    assert found.dtype == "float32"
    error = np.abs(found - wanted) / np.spacing(np.abs(wanted).astype("float32"))
    assert np.max(error) < 0.5001


@pytest.mark.parametrize("name", UNITS)
def test_edges_are_those_of_the_c_library(name):
    wanted = np.array([getattr(math, name)(each) for each in EDGES])
    found = getattr(cr, name)(np.array(EDGES)).value
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(wanted))


@pytest.mark.parametrize("shape", [(), (0, 3), (3, 4)])
def test_the_shape_stays(shape):
    x = np.full(shape, 1.5)
    assert cr.erf(x).shape == cr.erfc(x).shape == shape


def test_a_transposed_array_is_evaluated_in_its_own_order():
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    np.testing.assert_array_equal(cr.erf(x.T).value, cr.erf(x).value.T)


@pytest.mark.native
@pytest.mark.parametrize("name", UNITS)
def test_compiled_functions_give_the_same_within_rounding(name):
    x = points(26.0)
    found = cr.compile(getattr(cr, name))(x).value
    np.testing.assert_allclose(found, getattr(cr, name)(x).value, rtol=2e-15, atol=5e-324)
