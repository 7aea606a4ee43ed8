"""Far from 0: activations, losses and their slopes keep their digits, and have the right limits."""

import math

import numpy as np
import pytest

import chainrule as cr

MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
POINTS = np.array([*(1.0, 3.0, 6.0, 10.0, 20.0, 40.0, 100.0, 300.0, 1000.0), 0.0, 0.25])
POINTS = np.concatenate([POINTS, -POINTS[:-2]])


def exp(x):
    return math.exp(x) if x < 709 else math.inf


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def bell(x):
    """The slope of the sigmoid."""
    return sigmoid(x) * sigmoid(-x)


def skew(x):
    """The second derivative of the sigmoid."""
    return bell(x) * -math.tanh(x / 2)


def softplus(x):
    return max(x, 0.0) + math.log1p(exp(-abs(x)))


def secant(x):
    """The slope of tanh."""
    return 4 * bell(2 * x)


def elu(alpha, scale=1.0):
    return (
        lambda x: scale * (x if x > 0 else alpha * math.expm1(x)),
        lambda x: scale * (1.0 if x > 0 else alpha * exp(x)),
        lambda x: scale * (0.0 if x > 0 else alpha * exp(x)),
    )


def silu_second(x):
    return 2 * bell(x) + x * skew(x)


def cubic(x):
    return math.sqrt(8 / math.pi) * (x + 0.044715 * x**3)


def cubic_slope(x):
    return math.sqrt(8 / math.pi) * (1 + 3 * 0.044715 * x**2)


# Per function: itself, its first and its second derivative, in closed form.
FUNCTIONS = {
    "sigmoid": (cr.sigmoid, sigmoid, bell, skew),
    "tanh": (cr.tanh, math.tanh, secant, lambda x: -2 * math.tanh(x) * secant(x)),
    "softplus": (cr.nn.softplus, softplus, sigmoid, bell),
    "log_sigmoid": (
        cr.nn.log_sigmoid,
        lambda x: -softplus(-x),
        lambda x: sigmoid(-x),
        lambda x: -bell(x),
    ),
    "silu": (
        cr.nn.silu,
        lambda x: x * sigmoid(x),
        lambda x: sigmoid(x) + x * bell(x),
        silu_second,
    ),
    "softsign": (
        cr.nn.softsign,
        lambda x: x / (1 + abs(x)),
        lambda x: (1 + abs(x)) ** -2,
        lambda x: -2 * np.sign(x) * (1 + abs(x)) ** -3,
    ),
    "elu": (cr.nn.elu, *elu(1.0)),
    "celu": (cr.nn.celu, *elu(1.0)),
    "selu": (cr.nn.selu, *elu(1.6732632423543772, 1.0507009873554805)),
    "expm1": (cr.expm1, lambda x: math.expm1(x) if x < 709 else math.inf, exp, exp),
    "gelu(tanh)": (
        lambda x: cr.nn.gelu(x, "tanh"),
        lambda x: x * sigmoid(cubic(x)),
        lambda x: sigmoid(cubic(x)) + x * bell(cubic(x)) * cubic_slope(x),
        None,
    ),
    "binary_cross_entropy of 0": (
        lambda x: cr.nn.binary_cross_entropy(x, x * 0, reduction="none"),
        softplus,
        sigmoid,
        bell,
    ),
    "binary_cross_entropy of 1": (
        lambda x: cr.nn.binary_cross_entropy(x, x * 0 + 1, reduction="none"),
        lambda x: softplus(-x),
        lambda x: -sigmoid(-x),
        bell,
    ),
}


def derivatives(function, x, order):
    """Return a function of x and its derivatives up to `order`, element by element."""
    found = [function(x)]
    for _ in range(order):
        found.append(cr.gradients(found[-1].sum(), [x])[0])
    return tuple(found)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("dtype", "digits"), [("float32", 4e-6), ("float64", 2e-13)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_slopes_keep_their_digits(name, dtype, digits, mode):
    function, *forms = FUNCTIONS[name]
    forms = [each for each in forms if each is not None]
    x = POINTS if name != "elu" else POINTS[POINTS != 0]
    x = x if len(forms) == 3 else x[np.abs(x) <= 100]
    x = x if "elu" not in name or name == "gelu(tanh)" else x[x != 0]  # a kink of the slope
    given = cr.input("x", value=x.astype(dtype)) if mode is not cr.compile else x.astype(dtype)
    found = mode(lambda x: derivatives(function, x, len(forms) - 1))(given)
    smallest = {"float32": 1e-37, "float64": 1e-300}[dtype]
    for values, form in zip(found, forms, strict=True):
        with np.errstate(over="ignore"):
            wanted = np.array([form(float(each)) for each in x]).astype(dtype)
        np.testing.assert_allclose(values.value, wanted, rtol=_grown(digits, x), atol=smallest)


def _grown(digits, x):
    """What rounding x itself does to exp(-x) is a share of |x|."""
    return digits * max(1.0, float(np.abs(x[np.abs(x) < 90]).max()) / 10)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("dtype", "exactly"), [("float32", 1e-6), ("float64", 1e-14)])
@pytest.mark.parametrize("size", [1.0, 1e6, -1e6, 1e30])
def test_the_gradient_of_logsumexp_is_the_softmax(size, dtype, exactly, mode):
    x = (np.random.default_rng(0).normal(size=(3, 50)) + size).astype(dtype)

    def slopes(x):
        return cr.gradients(cr.logsumexp(x).sum(), [x])[0], cr.softmax(x)

    given = cr.input("x", value=x) if mode is not cr.compile else x
    found, softmax = (each.value for each in mode(slopes)(given))
    np.testing.assert_allclose(found, softmax, rtol=1e-6)
    np.testing.assert_allclose(found.sum(-1, dtype="float64"), 1, rtol=exactly)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["cross_entropy", "softmax", "log_softmax", "logsumexp"])
def test_a_shift_of_all_scores_changes_no_gradient(name, mode):
    """The same float32 numbers 1e6 higher, where they are multiples of a sixteenth, are exact."""
    x = (np.random.default_rng(1).integers(-40, 40, (4, 9)) / 16).astype("float32")
    weights = np.arange(9, dtype="float32")
    functions = {
        "cross_entropy": lambda x: cr.nn.cross_entropy(x, np.arange(4)),
        "softmax": lambda x: (cr.softmax(x) * weights).sum(),
        "log_softmax": lambda x: (cr.log_softmax(x) * weights).sum(),
        "logsumexp": lambda x: cr.logsumexp(x).sum(),
    }
    slopes = mode(lambda x: cr.gradients(functions[name](cr.identity(x)), [x])[0])

    def at(x):
        return slopes(cr.input("x", value=x) if mode is not cr.compile else x).value

    np.testing.assert_allclose(at(x + np.float32(1e6)), at(x), rtol=1e-5, atol=1e-6)


LIMITS = {
    "sigmoid": (cr.sigmoid, 1.0, 0.0),
    "tanh": (cr.tanh, 1.0, -1.0),
    "softplus": (cr.nn.softplus, np.inf, 0.0),
    "log_sigmoid": (cr.nn.log_sigmoid, 0.0, -np.inf),
    "softsign": (cr.nn.softsign, np.nan, np.nan),
    "elu": (cr.nn.elu, np.inf, -1.0),
    "selu": (cr.nn.selu, np.inf, -1.7580993408473766),
    "hard_tanh": (cr.nn.hard_tanh, 1.0, -1.0),
    "relu6": (cr.nn.relu6, 6.0, 0.0),
    "hard_sigmoid": (cr.nn.hard_sigmoid, 1.0, 0.0),
    "hard_shrink": (cr.nn.hard_shrink, np.inf, -np.inf),
    "soft_shrink": (cr.nn.soft_shrink, np.inf, -np.inf),
    "relu": (cr.nn.relu, np.inf, 0.0),
    "leaky_relu": (cr.nn.leaky_relu, np.inf, -np.inf),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LIMITS)
def test_limits_at_infinity_and_nan_stays_nan(name, dtype, mode):
    function, above, below = LIMITS[name]
    found = mode(lambda x: function(cr.asarray(x)))(np.array([np.inf, -np.inf, np.nan], dtype))
    np.testing.assert_allclose(found.value, [above, below, np.nan], rtol=1e-6)


SHRINKS = {
    "hard_shrink": (cr.nn.hard_shrink, [0, 0, 0.75, -0.75, 0.25], [0, 0, 1, 1, 0]),
    "soft_shrink": (cr.nn.soft_shrink, [0, 0, 0.25, -0.25, 0.0], [0, 0, 1, 1, 0]),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SHRINKS)
def test_shrinking_passes_no_gradient_up_to_its_limit(name, mode):
    function, values, slopes = SHRINKS[name]
    x = np.array([0.5, -0.5, 0.75, -0.75, 0.25])
    given = cr.input("x", value=x) if mode is not cr.compile else x
    found, slope = mode(lambda x: derivatives(function, x, 1))(given)
    values[4] = 0
    np.testing.assert_array_equal(found.value, values)
    np.testing.assert_array_equal(slope.value, slopes)
