"""Distributions of random numbers: their distribution functions, tails, gradients and errors.

Keys are fixed, so that a test passes always or never. The thresholds are those of 0.1 %.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.ops.distributions.quantiles import normal_quantile

KEY = cr.random.Stream(11).key()
N = 50_000
KOLMOGOROV = 1.95 / math.sqrt(N)
ERFC = np.vectorize(math.erfc)


def below(x):
    """Return the probability that a standard normal number is below x."""
    return ERFC(-x / math.sqrt(2)) / 2


@dataclass
class Law:
    """A distribution: how to draw from it, and its distribution function."""

    name: str
    cdf: Any
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def draw(self, shape, dtype="float32", key=KEY):
        return getattr(cr.random, self.name)(key, *self.arguments, shape, dtype, **self.options)


LAWS = [
    Law("uniform", lambda x: x),
    Law("uniform", lambda x: (x + 3) / 5, options={"low": -3.0, "high": 2.0}),
    Law("normal", below),
    Law("normal", lambda x: below((x - 2) / 3), options={"loc": 2.0, "scale": 3.0}),
    Law("truncated_normal", lambda x: (below(x) - below(-1)) / (below(2) - below(-1)), (-1, 2)),
    Law("truncated_normal", lambda x: 1 - below(-x) / below(-3.0), (3.0, math.inf)),
    Law("truncated_normal", lambda x: below(x), (-math.inf, math.inf)),
    Law("exponential", lambda x: -np.expm1(-x)),
    Law("exponential", lambda x: -np.expm1(-x / 4), options={"scale": 4.0}),
    Law("gumbel", lambda x: np.exp(-np.exp(-x))),
    Law("logistic", lambda x: 1 / (1 + np.exp(-x))),
    Law("laplace", lambda x: np.where(x < 0, np.exp(-abs(x)) / 2, 1 - np.exp(-abs(x)) / 2)),
    Law("cauchy", lambda x: 0.5 + np.arctan(x) / np.pi),
    Law("cauchy", lambda x: 0.5 + np.arctan(x - 1) / np.pi, options={"loc": 1.0}),
]
IDS = [f"{i}-{each.name}" for i, each in enumerate(LAWS)]
STANDARD = [law for law in LAWS if not law.options]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


@DTYPES
@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_numbers_follow_their_distribution_function(law, dtype):
    drawn = law.draw((N,), dtype)
    assert (drawn.dtype, drawn.shape) == (np.dtype(dtype), (N,))
    reached = law.cdf(np.sort(drawn.value.astype("float64")))
    places = np.arange(N) / N
    assert max((reached - places).max(), (places + 1 / N - reached).max()) < KOLMOGOROV


@pytest.mark.native
@DTYPES
@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_compiled_numbers_are_the_eager_ones_at_every_place(law, dtype):
    """A longer draw begins with a shorter one, whatever the number of threads."""
    compiled = cr.compile(lambda key: law.draw((40_000,), dtype, key))(KEY).value
    eager = law.draw((40_000,), dtype).value
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(compiled, eager, tolerance, tolerance)
    np.testing.assert_array_equal(law.draw((3, 5), dtype).value.ravel(), eager[:15])


@DTYPES
@pytest.mark.parametrize("shape", [(), (0, 2), (2, 1, 3)])
@pytest.mark.parametrize("law", STANDARD, ids=lambda law: law.name)
def test_shapes(law, shape, dtype):
    drawn = law.draw(shape, dtype)
    assert drawn.shape == drawn.value.shape == shape
    assert drawn.dtype == np.dtype(dtype)


EXTREME = [0, -1, 2**31 - 1, -(2**31)]


@DTYPES
@pytest.mark.parametrize("law", LAWS, ids=IDS)
def test_the_extreme_words_give_finite_numbers(law, dtype, monkeypatch):
    """The words next to 0 and to the ends are drawn once in 2^32 numbers."""
    rare = cr.asarray(np.repeat(np.array(EXTREME, np.int32), 4))
    other = cr.asarray(np.tile(np.array(EXTREME, np.int32), 4))
    monkeypatch.setattr("chainrule.ops.distributions.tails.random_bits", lambda *_: rare)
    monkeypatch.setattr("chainrule.ops.distributions.tails.second_bits", lambda *_: other)
    assert np.isfinite(law.draw((16,), dtype).value).all()


@pytest.mark.parametrize(
    ("dtype", "least", "rtol"), [("float32", -33, 2e-5), ("float64", -990, 2e-12)]
)
def test_normal_quantiles_are_right_far_into_the_tail(dtype, least, rtol):
    tail = np.exp2(np.linspace(least, -1, 999)).astype(dtype)
    size = normal_quantile(cr.asarray(tail)).value.astype("float64")
    np.testing.assert_allclose(below(-size), tail, rtol)


@pytest.mark.native
def test_far_normal_numbers_are_as_frequent_as_they_should_be():
    n = 4_000_000
    drawn = cr.compile(lambda key: cr.random.normal(key, (n,)))(KEY).value
    for distance in (3, 4, 4.5):
        for side in (-1, 1):
            expected = n * below(-distance)
            assert abs(np.sum(side * drawn > distance) - expected) < 3.3 * math.sqrt(expected)


def test_moments_of_normal_numbers():
    drawn = cr.random.normal(KEY, (N,), "float64").value
    for power, moment, spread in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(drawn**power) - moment) < 3.3 * math.sqrt(spread / N)


@pytest.mark.parametrize(
    "bounds", [(-2, 1), (1.5, 1.6), (-31, -30), (20, math.inf), (-math.inf, -5)]
)
@DTYPES
def test_truncated_numbers_lie_between_the_bounds(bounds, dtype):
    drawn = cr.random.truncated_normal(KEY, *bounds, (1000,), dtype).value
    assert drawn.min() >= np.dtype(dtype).type(bounds[0])
    assert drawn.max() <= np.dtype(dtype).type(bounds[1])
    assert len(np.unique(drawn)) > 500


@pytest.mark.parametrize("bounds", [(1, 1), (2, 1), (40, 50), (math.nan, 1), (-math.inf, -39)])
def test_bounds_without_probability_are_refused(bounds):
    with pytest.raises(ValueError, match=r"bounds .*Give lower < upper, at most 37"):
        cr.random.truncated_normal(KEY, *bounds, (2,))


LOCATED = ["normal", "gumbel", "logistic", "laplace", "cauchy"]


@pytest.mark.parametrize("name", LOCATED)
def test_gradients_pass_to_location_and_scale(name):
    draw = getattr(cr.random, name)
    loc, scale = cr.parameter([1.0, -2.0], "loc"), cr.parameter(3.0, "scale")
    standard = draw(KEY, (4, 2), "float64").value
    to_loc, to_scale = cr.gradients(draw(KEY, (4, 2), "float64", loc, scale).sum(), [loc, scale])
    np.testing.assert_allclose(to_loc.value, [4.0, 4.0])
    np.testing.assert_allclose(to_scale.value, standard.sum())


def test_gradients_pass_to_bounds_of_uniform_and_scale_of_exponential():
    low, high = cr.parameter(-1.0, "low"), cr.parameter(2.0, "high")
    u = cr.random.uniform(KEY, (5,), "float64").value
    drawn = cr.random.uniform(KEY, (5,), "float64", low, high)
    found = [each.item() for each in cr.gradients(drawn.sum(), [low, high])]
    np.testing.assert_allclose(found, [(1 - u).sum(), u.sum()])
    waiting = cr.random.exponential(KEY, (5,), "float64", high)
    standard = cr.random.exponential(KEY, (5,), "float64").value
    (found,) = cr.gradients(waiting.sum(), [high])
    np.testing.assert_allclose(found.item(), standard.sum())


@pytest.mark.parametrize("name", [*LOCATED, "exponential", "uniform"])
def test_one_number_is_not_used_for_two_elements(name):
    option = {"high": np.ones((2, 3))} if name == "uniform" else {"scale": np.ones((2, 3))}
    with pytest.raises(cr.ShapeError, match=rf"{name} was asked .* Give the shape \(2, 3\)"):
        getattr(cr.random, name)(KEY, (3,), **option)


@pytest.mark.parametrize("name", [*LOCATED, "exponential", "uniform"])
def test_numbers_are_floats(name):
    with pytest.raises(cr.DTypeError, match="draws floating-point numbers, not int64"):
        getattr(cr.random, name)(KEY, (3,), "int64")


def chi_square(counts, probabilities):
    expected = np.asarray(probabilities) * np.sum(counts)
    return np.sum((counts - expected) ** 2 / expected)


CRITICAL = {2: 13.8, 9: 27.9, 23: 49.7}


@pytest.mark.parametrize("draws", [(), (3,)], ids=["per row", "several"])
@pytest.mark.parametrize("axis", [-1, 0])
def test_classes_are_drawn_with_their_probabilities(axis, draws):
    shares = np.array([[0.7, 0.299, 0.001], [0.2, 0.3, 0.5]])
    logits = np.log(np.repeat(shares, 20_000, 0))
    one_each = (*draws, len(logits))
    drawn = cr.random.categorical(KEY, logits if axis else logits.T, axis, one_each)
    assert (drawn.shape, drawn.dtype) == (one_each, cr.int64)
    halves = np.split(drawn.value, 2, -1)
    for found, wanted in zip(halves, shares, strict=True):
        assert chi_square(np.bincount(found.ravel(), minlength=3), wanted) < CRITICAL[2]


def test_a_class_of_probability_zero_is_never_drawn():
    drawn = cr.random.categorical(KEY, [0.0, -np.inf, 0.0], shape=(10_000,)).value
    assert set(drawn) == {0, 2}


def test_logits_of_integers_are_scores():
    assert cr.random.categorical(KEY, [[0, 90], [90, 0]]).value.tolist() == [1, 0]


def test_rare_classes_keep_their_probability_in_float32():
    logits = np.array([0, np.log(1e-5)], "float32")
    rare = cr.random.categorical(KEY, logits, shape=(1_000_000,)).value.sum()
    assert abs(rare - 10) < 10


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 1)])
def test_classes_of_another_shape_are_refused(shape):
    with pytest.raises(cr.ShapeError, match=r"asked for classes of shape .* Shapes end alike"):
        cr.random.categorical(KEY, np.zeros((2, 4)), shape=shape)


def test_a_scalar_has_no_classes():
    with pytest.raises(cr.ShapeError, match="an axis of classes"):
        cr.random.categorical(KEY, 1.0)


@pytest.mark.parametrize("low", [0, -7])
def test_integers_are_equally_likely(low):
    drawn = cr.random.randint(KEY, low, low + 10, (N,))
    assert drawn.dtype == cr.int64
    counts = np.bincount(drawn.value - low, minlength=10)
    assert chi_square(counts, [0.1] * 10) < CRITICAL[9]


@pytest.mark.parametrize("span", [1, 2, 2**31, 2**31 + 1, 2**40, 2**62])
def test_integers_stay_in_their_range_and_fill_it(span):
    drawn = cr.random.randint(KEY, -5, span - 5, (10_000,)).value
    assert -5 <= drawn.min() <= drawn.max() < span - 5
    if span > 2:
        assert abs(((drawn + 5) / span).mean() - 0.5) < 3.3 * math.sqrt(1 / 12 / 10_000)


@pytest.mark.native
@pytest.mark.parametrize("span", [10, 2**40])
def test_compiled_integers_are_the_eager_ones(span):
    compiled = cr.compile(lambda key: cr.random.randint(key, 3, 3 + span, (999,)))(KEY)
    np.testing.assert_array_equal(compiled.value, cr.random.randint(KEY, 3, 3 + span, (999,)).value)


@pytest.mark.parametrize(
    ("range_", "dtype", "error", "message"),
    [
        ((3, 3), "int64", ValueError, "Give low < high"),
        ((0, 2**63), "int64", ValueError, "at most 2\\^62 apart"),
        ((0, 2**31 + 1), "int32", cr.DTypeError, "too wide for int32"),
        ((0, 9), "float32", cr.DTypeError, "randint draws integers, not float32"),
    ],
)
def test_ranges_that_do_not_fit_are_refused(range_, dtype, error, message):
    with pytest.raises(error, match=message):
        cr.random.randint(KEY, *range_, (2,), dtype)


def test_every_order_is_equally_likely():
    permutation = cr.compile(lambda key: cr.random.permutation(key, 4))
    orders = [permutation(key).value for key in cr.random.split(KEY, 6000).value]
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 24
    assert chi_square(counts, [1 / 24] * 24) < CRITICAL[23]


@pytest.mark.parametrize("count", [0, 1, 2, 10_000])
def test_a_permutation_has_every_position_once(count):
    order = cr.random.permutation(KEY, count).value
    np.testing.assert_array_equal(np.sort(order), np.arange(count))


def in_order_of_the_steps(words):
    """Return the order that Durstenfeld's algorithm leaves, step by step."""
    order = []
    for i, word in enumerate(words):
        order.append(i)
        j = int(word) % (i + 1)
        order[i], order[j] = order[j], i
    return order


WORDS = np.random.default_rng(4).integers(0, 2**62, 3000)


@pytest.mark.parametrize(
    "words",
    [*(WORDS[:n] for n in range(8)), WORDS, WORDS % 3, np.zeros(50, int), np.arange(50)],
    ids=lambda words: f"{len(words)} words up to {max(words, default=0)}",
)
def test_the_order_is_that_of_the_steps(words):
    found = cr.apply(cr.PRIMITIVES["shuffled"], words).value
    np.testing.assert_array_equal(found, in_order_of_the_steps(words))


@pytest.mark.native
def test_compiled_permutations_are_the_eager_ones():
    compiled = cr.compile(lambda key: cr.random.permutation(key, 5000))
    np.testing.assert_array_equal(compiled(KEY).value, cr.random.permutation(KEY, 5000).value)
    assert "reference evaluator: nothing" in str(compiled.report())


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_rows_of_an_array_move_and_take_their_gradient_along(axis):
    x = cr.parameter(np.arange(12.0).reshape(3, 4), "x")
    moved = cr.random.permutation(KEY, x, axis)
    order = cr.random.permutation(KEY, x.shape[axis]).value
    np.testing.assert_array_equal(moved.value, np.take(x.value, order, axis))
    weights = np.arange(12.0).reshape(3, 4) ** 2
    (gradient,) = cr.gradients((moved * weights).sum(), [x])
    np.testing.assert_array_equal(gradient.value, np.take(weights, np.argsort(order), axis))


def test_permutations_of_what_has_no_positions_are_refused():
    with pytest.raises(ValueError, match="-1 positions; give 0 or more"):
        cr.random.permutation(KEY, -1)
    with pytest.raises(cr.DTypeError, match=r"Give int\(n\)"):
        cr.random.permutation(KEY, 3.0)


def test_events_happen_with_probabilities_of_their_own():
    chance = np.linspace(0, 1, 11)
    drawn = cr.random.bernoulli(KEY, chance, (N // 10, 11)).value
    away = drawn.mean(0) - chance
    assert (abs(away) <= 3.3 * np.sqrt(chance * (1 - chance) / (N // 10))).all()
    assert cr.random.bernoulli(KEY, chance).shape == (11,)


def test_probabilities_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"the probability 1\.5; give one from 0 to 1"):
        cr.random.bernoulli(KEY, [0.5, 1.5])
    with pytest.raises(cr.ShapeError, match=r"Give the shape \(2, 3\)"):
        cr.random.bernoulli(KEY, np.full((2, 1), 0.5), (3,))


DISCRETE = {
    "bernoulli": lambda key, x: cr.random.bernoulli(key, x),
    "categorical": lambda key, x: cr.random.categorical(key, x, shape=(3,)),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_draws_pass_no_gradient(name):
    x = cr.parameter([0.2, 0.5, 0.9], "x")
    drawn = DISCRETE[name](KEY, x).astype("float64")
    (gradient,) = cr.gradients((drawn * x).sum(), [x])
    np.testing.assert_array_equal(gradient.value, drawn.value)


def test_split_keys_are_independent_of_each_other_and_of_later_splits():
    keys = cr.random.split(KEY, 20)
    np.testing.assert_array_equal(keys.value[:2], cr.random.split(KEY).value)
    nested = cr.random.split(keys[0], 20)
    everything = np.concatenate([keys.value, nested.value, [KEY.value]])
    assert len(np.unique(everything, axis=0)) == 41
    drawn = np.stack([cr.random.normal(key, (5000,)).value for key in everything])
    correlations = np.corrcoef(drawn)[np.triu_indices(41, 1)] * math.sqrt(5000)
    assert abs(correlations).max() < 4.3
    assert abs(correlations.std() - 1) < 0.1


def test_the_first_numbers_of_split_keys_are_random_too():
    drawn = [cr.random.uniform(key, ()).item() for key in cr.random.split(KEY, 500).value]
    reached, places = np.sort(drawn), np.arange(500) / 500
    assert abs(reached - places).max() < 1.95 / math.sqrt(500)
