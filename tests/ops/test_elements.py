"""Element-wise functions beside torch, at the points where a formula alone would fail."""

import inspect
import itertools
import math

import numpy as np
import pytest
import torch

import chainrule as cr

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
UNIT = np.array([-0.9, -0.5, -0.1, 0.0, 0.3, 0.75])
LINE = np.array([-3.0, -1.25, -0.5, 0.0, 0.5, 1.75, 4.0])
ABOVE = np.array([0.125, 0.5, 1.0, 2.5, 8.0])
OTHER = np.array([0.5, -2.0, 1.5, 2.0, -0.25, 1.0, 3.0])
OF_ONE = {
    "acos": UNIT,
    "acosh": ABOVE + 1,
    "asin": UNIT,
    "asinh": LINE,
    "atan": LINE,
    "atanh": UNIT,
    "cosh": LINE,
    "deg2rad": LINE,
    "erfc": LINE,
    "exp2": LINE,
    "frac": LINE,
    "log10": ABOVE,
    "log2": ABOVE,
    "logit": ABOVE / 9,
    "nan_to_num": LINE,
    "rad2deg": LINE,
    "rsqrt": ABOVE,
    "sinc": LINE,
    "sinh": LINE,
    "square": LINE,
    "tan": LINE,
}
OF_TWO = ["atan2", "copysign", "fmax", "fmin", "fmod", "hypot", "ldexp", "logaddexp", "logaddexp2"]
OF_TWO += ["xlogy"]


def ours(function, *arrays):
    """Return the value, the gradients, and the gradients of the sum of the gradients."""
    value = function(*arrays)
    first = [each for each in cr.gradients(value.sum(), list(arrays)) if each is not None]
    total = sum(each.sum() for each in first)
    second = cr.gradients(total, list(arrays)) if total.tracked else []
    return value, *first, *(each for each in second if each is not None)


def theirs(function, *arrays):
    xs = [torch.tensor(each, requires_grad=True) for each in arrays]
    value = function(*xs)
    first = torch.autograd.grad(value.sum(), xs, create_graph=True, allow_unused=True)
    return value, *(each for each in first if each is not None)


def bound(mode, arrays):
    if mode is cr.compile:
        return arrays
    return [cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [*OF_ONE, *OF_TWO])
def test_values_and_gradients_are_those_of_torch(name, mode):
    arrays = [OF_ONE[name]] if name in OF_ONE else [LINE + 0.25, OTHER]
    if name == "xlogy":
        arrays = [np.array([0.0, 0.0, 2.0]), np.array([-1.0, 3.0, 0.5])]
    wanted = theirs(getattr(torch, name), *arrays)
    found = mode(lambda *xs: ours(getattr(cr, name), *xs))(*bound(mode, arrays))
    for each, other in zip(found, wanted, strict=False):
        np.testing.assert_allclose(each.value, other.detach().numpy(), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", ["asin", "atan2", "hypot", "logaddexp", "logit", "sinc", "tan"])
def test_second_derivatives_are_those_of_torch(name):
    x = np.array([0.15, 0.35, 0.8])
    arrays = [x] if name in OF_ONE else [x, x[::-1].copy()]
    xs = [torch.tensor(each, requires_grad=True) for each in arrays]
    first = torch.autograd.grad(getattr(torch, name)(*xs).sum(), xs, create_graph=True)
    second = torch.autograd.grad(sum((i + 1) * g.sum() for i, g in enumerate(first)), xs)
    inputs = bound(None, arrays)
    slopes = cr.gradients(getattr(cr, name)(*inputs).sum(), inputs)
    found = cr.gradients(sum((i + 1) * g.sum() for i, g in enumerate(slopes)), inputs)
    for each, other in zip(found, second, strict=True):
        np.testing.assert_allclose(each.value, other.numpy(), rtol=1e-10)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["atan2", "hypot"])
def test_no_gradient_passes_at_the_origin(name, mode):
    arrays = [np.array([0.0, -0.0, 0.0, 3.0]), np.array([0.0, 0.0, -2.0, 4.0])]
    found = mode(lambda *xs: ours(getattr(cr, name), *xs)[:3])(*bound(mode, arrays))
    wanted = {
        "atan2": ([0.0, -0.0, math.pi, math.atan2(3, 4)], [0, 0, -0.5, 0.16], [0, 0, 0, -0.12]),
        "hypot": ([0, 0, 2, 5], [0, 0, 0, 0.6], [0, 0, -1, 0.8]),
    }[name]
    for each, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(each.value, other, rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_gradients_of_far_points_do_not_overflow(mode):
    def slopes(x):
        far = cr.hypot(x, x) + cr.atan2(x, x * 2) + cr.asinh(x) + cr.acosh(x)
        return cr.gradients(far.sum(), [x])[0]

    (given,) = bound(mode, [np.array([1e200, 1e300])])
    np.testing.assert_allclose(mode(slopes)(given).value, math.sqrt(2), rtol=1e-14)


INFINITE = [-np.inf, -2.0, -0.0, 0.0, 2.0, np.inf]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floor_division_by_and_of_infinity_is_the_quotient(dtype, mode):
    pairs = [p for p in itertools.product(INFINITE, repeat=2) if np.isinf(p).any()]
    a, b = np.array(pairs, dtype).T
    found = mode(lambda a, b: cr.asarray(a) // b)(a, b).value
    with np.errstate(all="ignore"):
        wanted = a / b
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(np.signbit(found[b != 0]), np.signbit(wanted[b != 0]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["fmod", "remainder", "floor_divide"])
def test_remainders_are_exact_up_to_the_last_multiple(name, dtype, mode):
    random = np.random.default_rng(4)
    b = random.uniform(0.1, 9, 500).astype(dtype)
    a = (random.integers(-(10**6), 10**6, 500) * b).astype(dtype)
    far = (random.normal(size=500) * 10.0 ** random.uniform(-30, 30, 500)).astype(dtype)
    a = np.concatenate([a, np.nextafter(a, 0), far, far])
    b = np.concatenate([b, b, -b, far[::-1]])
    found = mode(lambda a, b: getattr(cr, name)(a, b))(a, b).value
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(a, b)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["bool", "int32", "int64"])
def test_operators_on_bits_are_numpys(dtype, mode):
    a, b = np.arange(-4, 4).astype(dtype), np.array([5, 0, 3, -7, 1, 0, 2, 6]).astype(dtype)
    found = mode(lambda a, b: (a & b, a | b, a ^ b, ~a))(cr.asarray(a), cr.asarray(b))
    for each, wanted in zip(found, (a & b, a | b, a ^ b, ~a), strict=True):
        assert each.dtype == dtype
        np.testing.assert_array_equal(each.value, wanted)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_shifts_are_numpys_also_by_more_bits_than_there_are(dtype, mode):
    a = np.repeat(np.array([1, -1, 6, np.iinfo(dtype).max], dtype), 6)
    n = np.tile(np.array([0, 1, 5, 31, 64, -1], dtype), 4)
    found = mode(lambda a, n: (a << n, a >> n))(cr.asarray(a), cr.asarray(n))
    for each, wanted in zip(found, (a << n, a >> n), strict=True):
        np.testing.assert_array_equal(each.value, wanted)
    np.testing.assert_array_equal((3 << cr.asarray(n[:2])).value, 3 << n[:2])
    np.testing.assert_array_equal((48 >> cr.asarray(n[:2])).value, 48 >> n[:2])
    np.testing.assert_array_equal((6 ^ cr.asarray(a)).value, 6 ^ a)


def test_bits_of_floats_are_refused():
    with pytest.raises(cr.DTypeError, match="bitwise_and takes integer or bool operands"):
        cr.asarray([1.0]) & 1


def test_plus_a_tensor_is_the_tensor():
    x = cr.asarray([1.0])
    assert +x is x


@pytest.mark.parametrize("mode", MODES)
def test_ldexp_scales_exactly_over_the_whole_range(mode):
    x = np.array([1.5, 2.0**-1074, -3.0, 0.0, np.inf, 1.0])
    n = np.array([-1073, 2097, 1000, 5000, -5000, -1074])
    np.testing.assert_array_equal(mode(lambda x, n: cr.ldexp(x, n))(x, n).value, np.ldexp(x, n))


@pytest.mark.parametrize("mode", MODES)
def test_sums_of_exponentials_at_infinity(mode):
    a = np.array([np.inf, -np.inf, np.inf, -np.inf, 1e4, np.nan])
    b = np.array([np.inf, -np.inf, -np.inf, 2.0, -1e4, 0.0])
    found = mode(lambda *xs: ours(cr.logaddexp, *xs)[:3])(*bound(mode, [a, b]))
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(found[0].value, np.logaddexp(a, b))
    np.testing.assert_array_equal(found[1].value[:5], [0.5, 0.5, 1, 0, 1])
    np.testing.assert_array_equal(found[2].value[:5], [0.5, 0.5, 0, 1, 0])


def test_the_sinc_function_is_smooth_at_zero():
    x = cr.input("x", value=np.array([0.0, 1e-9, 1e-3]))
    (first,) = cr.gradients(cr.sinc(x).sum(), [x])
    (second,) = cr.gradients(first.sum(), [x])
    np.testing.assert_allclose(first.value, -(np.pi**2) * x.value / 3, rtol=1e-5)
    np.testing.assert_allclose(second.value, -(np.pi**2) / 3, rtol=1e-5)


WEAK = {
    "addcdiv": lambda x: cr.addcdiv(1.0, x, 2.0),
    "addcmul": lambda x: cr.addcmul(1.0, x, 2.0),
    "copysign": lambda x: cr.copysign(x, -1.0),
    "fmax": lambda x: cr.fmax(0.5, x),
    "fmin": lambda x: cr.fmin(x, 0.5),
    "heaviside": lambda x: cr.heaviside(x, 0.5),
    "ldexp": lambda x: cr.ldexp(x, 2),
    "lerp": lambda x: cr.lerp(x, 1.0, 0.5),
    "logaddexp": lambda x: cr.logaddexp(0.0, x),
    "logaddexp2": lambda x: cr.logaddexp2(x, 0.0),
    "xlogy": lambda x: cr.xlogy(2.0, x),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", WEAK)
def test_numbers_take_the_dtype_of_the_tensor_beside_them(name, mode):
    x = np.array([0.25, 1.5], "float32")
    assert mode(WEAK[name])(cr.asarray(x)).dtype == cr.float32
    assert mode(WEAK[name])(cr.asarray([1, 2])).dtype in (cr.float64, cr.int64)


def test_operands_have_the_names_of_the_array_api_by_position_only():
    for function, signature in (
        (cr.exp, "(x, /)"),
        (cr.add, "(x1, x2, /)"),
        (cr.where, "(condition, x1, x2, /)"),
    ):
        assert str(inspect.signature(function)) == signature
