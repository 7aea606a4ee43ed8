"""Compiled functions of small and unsigned integers, with many gates in a kernel."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"]


def drawn(dtype, shape, seed):
    edges = np.iinfo(dtype)
    random = np.random.default_rng(seed)
    return random.integers(edges.min, edges.max, shape, dtype, endpoint=True)


def compare(function, *arrays):
    """Compare with the eager call, integers exactly, and require native code for every gate."""
    step = cr.compile(function)
    found, wanted = step(*arrays), function(*map(cr.asarray, arrays))
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        rounding = {"f4": 1e-6, "f8": 1e-14}.get(ours.dtype.str[1:], 0)
        np.testing.assert_allclose(ours.value, theirs.value, rounding)
    assert "on the reference evaluator: nothing" in step.report()


def chain(x, y):
    """Return integers of many gates, among them literals that use the highest bit of 8."""
    largest = int(np.iinfo(x.dtype).max)
    mixed = cr.where(x > largest // 2, x * 3 + y, cr.maximum(x, y) - largest)
    bits = ((mixed & y) | (x ^ largest)) << 1
    halves = (bits >> 2) + ~y // 7 + abs(x) % 5
    return halves, cr.sign(x) * halves, (halves != largest) & (x <= y), cr.minimum(-x, y) ** 3


@pytest.mark.parametrize("dtype", INTEGERS)
def test_many_gates_in_one_kernel_wrap_around_as_in_numpy(dtype):
    compare(chain, drawn(dtype, (7, 33), 0), drawn(dtype, (7, 33), 1))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_reductions_of_what_a_kernel_computes(dtype):
    def reduced(x):
        y = x * 3 - 1
        floats = (y / 7).sum(-1), (x.astype("float32") * 0.5).max(0)
        return y.sum(0), cr.prod(x % 5, 1), y.max(1), cr.argmin(y, 0), *floats

    compare(reduced, drawn(dtype, (5, 21), 2))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_elements_are_moved(dtype):
    x = drawn(dtype, (40, 36), 3)
    ids = np.array([3, 0, 39, 3], "uint8")

    def moved(x, ids):
        rows = cr.take(x, ids)
        joined = cr.concat([x.T, x.T[:, ::-1]], 1)
        return rows, joined, cr.pad(x, ((1, 0), (0, 2))), cr.stack([x, x + 1], 2), x[5:, ::3]

    compare(moved, x, ids)


def test_an_image_of_bytes_is_standardised_in_one_kernel():
    image = drawn("uint8", (2, 3, 8, 8), 4)

    def standardised(x, mean, deviation):
        return (x.astype("float32") / 255 - mean) / deviation

    step = cr.compile(standardised)
    mean, deviation = np.float32([[[0.4]], [[0.5]], [[0.6]]]), np.float32([[[0.2]]])
    found = step(image, mean, deviation)
    wanted = (image.astype("float32") / np.float32(255) - mean) / deviation
    np.testing.assert_allclose(found.value, wanted, rtol=1e-6)
    assert "4 gates fused" in step.report()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32"])
def test_a_state_of_small_integers_is_updated_in_a_step(dtype):
    counts = cr.parameter(np.array([250, 1], dtype), "counts", trainable=False)

    @cr.compile
    def step(more):
        counts.assign(counts + more)
        return counts.sum()

    for _ in range(2):
        step(np.array([3, 1], dtype))
    np.testing.assert_array_equal(counts.value, np.array([256, 3]).astype(dtype))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "uint32"])
@pytest.mark.parametrize("other", ["float32", "float64", "int64"])
def test_a_loop_carries_small_integers_beside_other_states_exactly(dtype, other):
    largest = np.iinfo(dtype).max

    def loop(count, x):
        def step(state, _):
            count, x = state
            return (count + 1, x * 2), None

        return cr.scan(step, (count, x), length=3)[0]

    compare(loop, np.array([largest - 1, 5], dtype), np.array([1, 2], other))


def test_python_integers_meet_small_integers_as_in_eager_code():
    x = np.array([200, 3], "uint8")
    step = cr.compile(lambda x, n: x + n)
    for n in (1, 55, 255):
        np.testing.assert_array_equal(step(x, n).value, x + np.uint8(n))
        assert step(x, n).dtype == cr.uint8
    for n in (300, -1):
        for call in (step, lambda x, n: cr.asarray(x) + n):
            with pytest.raises(cr.DTypeError, match="out of bounds for uint8"):
                call(x, n)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_floats_are_cut_off_and_wrap_around_as_in_numpy(dtype):
    edges = np.iinfo(dtype)
    inside = [float(edges.max // 2), -0.9 if edges.min == 0 else -7.9, 3.99, 0.0]
    compare(lambda x: (x.astype(dtype), x.astype("float32").astype(dtype)), np.array(inside))


def test_rows_of_a_table_are_learned_at_small_ids():
    for dtype in ("uint8", "int8", "uint16"):
        losses, last = [], 100 if dtype == "int8" else 200
        for ids in (np.array([[1, last], [last, 0]], dtype), np.array([[1, last], [last, 0]])):
            table = cr.nn.Embedding(300, 4, padding=0, random=0)
            optimizer = cr.optim.Adam(table.parameters(), 0.1)
            step = cr.compile(lambda i, t=table, o=optimizer: o.minimize((t(i) ** 2).sum()))
            losses.append([step(ids) and table.weight.value.sum() for _ in range(3)])
        np.testing.assert_array_equal(*losses)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "int16"])
def test_rows_are_assigned_at_small_ids(dtype):
    """An id with the highest bit set is no negative one."""
    table = cr.parameter(np.zeros((300, 2)), "table", table=True)
    step = cr.compile(lambda ids, rows: table.assign_rows(ids, rows * 2))
    ids = np.array([200, 3, 129], dtype)
    step(ids, np.ones((3, 2)))
    np.testing.assert_array_equal(np.flatnonzero(table.value[:, 0]), [3, 129, 200])
    table.assign_rows(ids[:1], np.full((1, 2), 5.0))
    assert table.value[200, 0] == 5
