"""Random numbers: the published generator, uniform, reproducible, independent of each other."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.ops import philox

KEY = cr.random.Stream(5).key()

# Known answers of Random123 (Salmon et al. 2011), kat_vectors, philox4x32 10:
# counter, key, words.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "wanted"), KNOWN)
def test_philox_gives_the_published_words(counter, key, wanted):
    found = philox([np.uint64(word) for word in words(counter)], tuple(words(key)))
    assert [int(word) for word in found] == words(wanted)


def test_random_bits_are_the_words_of_philox_block_by_block():
    """Seed and draw are the key and the upper counter words; the block number is the lowest."""
    seed, draw = 0x0123_4567_89AB_CDEF, 0x0FED_CBA9_8765_4321
    bits = cr.random.bits([seed, draw], (7,)).value.view(np.uint32)
    wanted = []
    for block in range(2):
        counter = [np.uint64(each) for each in (block, 0, draw & 0xFFFFFFFF, draw >> 32)]
        wanted += [int(word) for word in philox(counter, (seed & 0xFFFFFFFF, seed >> 32))]
    assert bits.tolist() == wanted[:7]


def test_a_negative_seed_is_a_seed():
    negative, zero = cr.random.bits([-1, 0], (4,)), cr.random.bits([0, 0], (4,))
    assert not np.array_equal(negative.value, zero.value)


@pytest.mark.parametrize("shape", [(), (3,), (2, 5), (0, 2), (4, 1, 3)])
def test_shapes(shape):
    assert cr.random.bits(KEY, shape).shape == cr.random.bits(KEY, shape).value.shape == shape
    for dtype in ("float32", "float64"):
        drawn = cr.random.uniform(KEY, shape, dtype)
        assert (drawn.value.shape, drawn.dtype) == (shape, np.dtype(dtype))
    assert cr.random.bernoulli(KEY, 0.5, shape).dtype == cr.bool


@pytest.mark.parametrize(("dtype", "step"), [("float32", 2.0**-24), ("float64", 2.0**-52)])
def test_uniform_numbers_are_uniform(dtype, step):
    n = 100_000
    drawn = cr.random.uniform(KEY, (n,), dtype).value.astype("float64")
    assert drawn.min() >= 0
    assert drawn.max() <= 1 - step
    np.testing.assert_array_equal(drawn / step, np.round(drawn / step))
    assert abs(drawn.mean() - 1 / 2) < 4 * np.sqrt(1 / 12 / n)
    assert abs(drawn.var() - 1 / 12) < 4 * np.sqrt(1 / 180 / n)
    away = np.abs(np.sort(drawn) - (np.arange(n) + 0.5) / n).max()
    assert away < 1.63 / np.sqrt(n), "Kolmogorov-Smirnov at 1 %"
    counts = np.histogram(drawn, 100, (0, 1))[0]
    assert np.sum((counts - n / 100) ** 2 / (n / 100)) < 148, "chi-square, 99 degrees, 0.1 %"


def test_every_bit_is_set_half_of_the_time():
    bits = cr.random.bits(KEY, (20_000,)).value
    shares = [np.mean(bits >> place & 1) for place in range(32)]
    assert np.abs(np.array(shares) - 0.5).max() < 4.5 * 0.5 / np.sqrt(20_000)


def test_the_same_key_gives_the_same_numbers_and_a_longer_draw_begins_with_them():
    first = cr.random.uniform(KEY, (10,)).value
    np.testing.assert_array_equal(first, cr.random.uniform(KEY, (10,)).value)
    np.testing.assert_array_equal(first, cr.random.uniform(KEY, (1000,)).value[:10])


def test_keys_are_independent_of_each_other():
    n = 20_000
    stream, other = cr.random.Stream(1), cr.random.Stream(2)
    keys = [stream.key(), stream.key(), other.key(), other.key()]
    drawn = np.stack([cr.random.uniform(key, (n,)).value for key in keys])
    correlations = np.corrcoef(drawn)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(n)


def test_a_stream_deals_the_same_keys_in_order_and_continues_from_its_state():
    stream, again = cr.random.Stream(7), cr.random.Stream(7)
    dealt = [stream.key().value.tolist() for _ in range(3)]
    assert dealt == [again.key().value.tolist() for _ in range(3)] == [[7, 0], [7, 1], [7, 2]]
    resumed = cr.random.Stream(7, stream.draws)
    np.testing.assert_array_equal(resumed.key().value, stream.key().value)


@pytest.mark.parametrize("probability", [0, 0.0, 1, 1.0])
def test_certain_events(probability):
    drawn = cr.random.bernoulli(KEY, probability, (10_000,)).value
    assert (drawn == bool(probability)).all()


@pytest.mark.parametrize("probability", [0.001, 0.3, 0.5, 0.9])
def test_events_happen_with_their_probability(probability):
    n = 100_000
    share = cr.random.bernoulli(KEY, probability, (n,)).value.mean()
    assert abs(share - probability) < 4 * np.sqrt(probability * (1 - probability) / n)


@pytest.mark.parametrize("probability", [-0.1, 1.5, float("nan")])
def test_a_probability_outside_is_an_error(probability):
    with pytest.raises(ValueError, match=r"probability .*; give one from 0 to 1"):
        cr.random.bernoulli(KEY, probability, (2,))


def test_uniform_integers_are_refused():
    with pytest.raises(cr.DTypeError, match="uniform draws floating-point numbers, not int64"):
        cr.random.uniform(KEY, (2,), "int64")


@pytest.mark.parametrize("key", [[1], np.array([1, 2], np.int32), [[1, 2]]])
def test_a_key_is_two_words(key):
    with pytest.raises(cr.ShapeError, match=r"key of two int64 words.*Take one from"):
        cr.random.bits(key, (2,))


def test_a_graph_draws_new_numbers_for_a_new_key():
    """The key may be an input, so that one graph draws other numbers in every step."""
    unbound = cr.random.uniform(cr.input("key", (2,), "int64"), (3,))
    assert unbound.value is None
    assert unbound.shape == (3,)
