"""Compiled elementary functions against extended precision, in units of the last place."""

import math

import numpy as np
import pytest

import chainrule as cr

pytestmark = [
    pytest.mark.native,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs 80-bit floats"),
]

ERRORS = {  # in units of the last place: float32, float64
    "acos": (1.5, 1.5),
    "acosh": (2, 2),
    "asin": (2.5, 2.5),
    "asinh": (2.5, 2.5),
    "atan": (2, 2),
    "atanh": (2.5, 2.5),
    "cbrt": (1, 1),
    "cos": (2, 2),
    "cosh": (2, 2),
    "exp": (1, 1),
    "exp2": (1, 1),
    "expm1": (2, 2.5),
    "log": (1, 1),
    "log10": (1, 1),
    "log1p": (1, 1.5),
    "log2": (1, 1),
    "sin": (2, 2.5),
    "sinh": (2.5, 3),
    "tan": (2.5, 3),
    "tanh": (2.5, 3),
}
OF_TWO = {"atan2": (2, 2), "hypot": (1, 1.5), "pow": (1.5, 1.5)}
EDGES = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan]


def points(dtype):
    """Return numbers of every size and sign, subnormal and special ones among them."""
    random, limits = np.random.default_rng(7), np.finfo(dtype)
    sizes = 2.0 ** np.linspace(limits.minexp - 20, limits.maxexp - 1, 3001)
    near_one = 1 + np.linspace(-0.5, 0.5, 999) ** 3
    usual = random.uniform(-12, 12, 4000)
    exact = 2.0 ** np.arange(-30, 30), np.arange(-40.0, 41), np.arange(1, 40) * (math.pi / 2)
    found = np.concatenate([sizes, near_one, usual, usual / 12, *exact])
    return np.concatenate([found, -found, EDGES]).astype(dtype)


def error(found, wanted):
    """Return the largest error in units of the last place; special values must be the same."""
    with np.errstate(all="ignore"):
        rounded = wanted.astype(found.dtype)
    special = ~np.isfinite(rounded)
    np.testing.assert_array_equal(found[special], rounded[special])
    zero = rounded == 0
    np.testing.assert_array_equal(np.signbit(found[zero]), np.signbit(rounded[zero]))
    distance = np.abs(found[~special].astype(np.longdouble) - wanted[~special])
    return float(np.max(distance / np.spacing(np.abs(rounded[~special]))))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ERRORS)
def test_functions_of_one_number(name, dtype):
    x = points(dtype)
    numpy = {"acos": "arccos", "asin": "arcsin", "atan": "arctan"}
    numpy |= {"acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh"}
    wanted = getattr(np, numpy.get(name, name))(x.astype(np.longdouble))
    found = cr.compile(getattr(cr, name))(x).value
    assert error(found, wanted) < ERRORS[name][dtype == "float64"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OF_TWO)
def test_functions_of_two_numbers(name, dtype):
    x = points(dtype)
    random = np.random.default_rng(1)
    y = random.permutation(x)
    if name == "pow":
        y = np.where(np.abs(x) > 0.1, random.uniform(-30, 30, len(x)), y).astype(dtype)
    edges = np.array([*EDGES, 0.5, -0.5, 2.0, 3.0, -3.0, 1e30, -1e30], dtype)
    x = np.concatenate([x, np.repeat(edges, len(edges))])
    y = np.concatenate([y, np.tile(edges, len(edges))])
    numpy = {"atan2": np.arctan2, "hypot": np.hypot, "pow": np.power}[name]
    wanted = numpy(x.astype(np.longdouble), y.astype(np.longdouble))
    if name == "pow":  # NumPy takes the square root of -inf and -0 for their power 1/2
        wanted = np.where((y == 0.5) & (np.isinf(x) | (x == 0)), np.abs(x), wanted)
    found = cr.compile(getattr(cr, name))(x, y).value
    assert error(found, wanted) < OF_TWO[name][dtype == "float64"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_error_functions_keep_the_digits_of_their_tails(name, dtype):
    limit = 9.0 if dtype == "float32" else 26.0
    x = np.concatenate([np.linspace(-limit, limit, 5001), 2.0 ** -np.arange(1.0, 100)])
    x = np.concatenate([x, EDGES]).astype(dtype)
    wanted = np.array([getattr(math, name)(float(each)) for each in x], np.longdouble)
    assert error(cr.compile(getattr(cr, name))(x).value, wanted) < 6  # 2 of them are of `math`


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gelu_is_right_far_below_zero(dtype):
    x = np.linspace(-12, 12, 2001).astype(dtype)
    wanted = np.array([each * math.erfc(-each / math.sqrt(2)) / 2 for each in x.astype("float64")])
    for function in (cr.gelu, cr.compile(cr.gelu)):
        found = function(cr.asarray(x)).value
        normal = np.abs(wanted) > np.finfo(dtype).tiny
        rounding = np.finfo(dtype).eps * (8 + x.astype("float64") ** 2)  # of x / sqrt(2)
        assert np.all(np.abs(found / wanted - 1)[normal] < rounding[normal])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_angles_beside_small_ones(dtype):
    """A vector of a loop may hold numbers of both kinds."""
    x = np.linspace(-3, 3, 1000).astype(dtype)
    x[::7] = 1e20
    x[3::11] = np.float32(2**29 + 2**10)
    x[5] = np.inf
    for name in ("sin", "cos", "tan"):
        found = cr.compile(getattr(cr, name))(x).value
        wanted = getattr(np, name)(x.astype("float64"))
        np.testing.assert_allclose(found, wanted, {"float32": 3e-7, "float64": 1e-15}[dtype])


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_powers_with_known_exponents_are_told_apart(dtype):
    """Kernels of one structure share their text, in which some exponents are written out."""
    x = np.arange(1, 8).astype(dtype)
    whole = [3, 5, 6, 4, 2, 0, 7]
    for exponent in whole if dtype == "int64" else [*map(float, whole), 1.5, 0.5, -1.0, -3.0]:
        for function in (lambda x, e=exponent: x**e, lambda x, e=exponent: (abs(x) + 1) ** e):
            wanted = function(cr.asarray(x)).value
            np.testing.assert_allclose(cr.compile(function)(x).value, wanted, rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["log", "log2", "log10", "exp2", "cbrt", "pow"])
def test_values_do_not_depend_on_their_neighbours(name, dtype):
    """A vector of a loop with a rare operand is computed by a longer form, which has equal bits."""
    x = np.random.default_rng(2).uniform(1e-3, 100, 4003).astype(dtype)
    rare = x.copy()
    rare[::11] = [0, -1, np.inf, np.nan][len(name) % 4]
    y = np.linspace(-8, 8, len(x)).astype(dtype)
    others = (y,) if name == "pow" else ()
    compiled = cr.compile(getattr(cr, name))
    found, wanted = compiled(rare, *others).value, compiled(x, *others).value
    is_usual = np.arange(len(x)) % 11 != 0
    np.testing.assert_array_equal(found[is_usual], wanted[is_usual])
    for i in range(0, 60, 7):  # alone, as a scalar
        alone = compiled(x[i : i + 1], *(each[i : i + 1] for each in others)).value
        assert alone[0] == wanted[i]
