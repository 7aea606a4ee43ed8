"""States and outputs of a scan that are integers and bools, alone and beside floats."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import evaluate, in_double_precision
from numerical import central

MODES = pytest.mark.parametrize("mode", [lambda f: f, cr.compile], ids=["eager", "compiled"])
LENGTHS = pytest.mark.parametrize("length", [0, 1, 4])
INTEGERS = np.array([0, 1, -1, 2**22, -(2**22), 2**44 + 5, 2**62 + 3, -(2**63), 2**63 - 1])


def flat(tree):
    return [leaf for each in tree for leaf in flat(each)] if isinstance(tree, tuple) else [tree]


def arrays(function, mode, *arguments):
    """Return all that a function gives, in one list."""
    found = mode(lambda *a: tuple(flat(function(*a))))(*map(cr.asarray, arguments))
    return [each.read() for each in found]


def assert_same(found, wanted):
    for each, value in zip(found, wanted, strict=True):
        assert (each.dtype, each.shape) == (value.dtype, value.shape)
        np.testing.assert_array_equal(each, value)


@MODES
@LENGTHS
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float32"])
def test_states_of_one_dtype(dtype, reverse, length, mode):
    x = (np.arange(2 * length).reshape(length, 2) % 3).astype(dtype)
    first = np.array([1, 0], dtype)

    def cell(s, x):
        new = s | x if dtype == "bool" else s * 2 + x
        return new, s

    def run(s, x):
        return cr.scan(cell, s, x, reverse=reverse)

    last, outputs = arrays(run, mode, first, x)
    state, wanted = first, np.zeros((length, 2), dtype)
    for t in reversed(range(length)) if reverse else range(length):
        wanted[t] = state
        state = state | x[t] if dtype == "bool" else (state * 2 + x[t]).astype(dtype)
    assert_same((last, outputs), (state, wanted))


@MODES
@LENGTHS
@pytest.mark.parametrize(
    "dtypes",
    [
        each
        for count in (2, 3)
        for each in itertools.permutations(["bool", "int32", "int64", "float32"], count)
    ]
    + [("float64", "int64"), ("int32", "float64", "bool"), ("bool", "float64")],
    ids="-".join,
)
def test_states_of_several_dtypes_keep_their_own(dtypes, length, mode):
    first = tuple(np.ones((2, 3), each) for each in dtypes)

    def cell(states, _):
        new = tuple(~s if s.dtype == np.bool_ else s * 3 - 1 for s in states)
        return new, states

    found = arrays(lambda *s: cr.scan(cell, s, length=length), mode, *first)
    state, wanted = first, []
    for _ in range(length):
        wanted.append(state)
        state = tuple(~s if s.dtype == bool else (s * 3 - 1).astype(s.dtype) for s in state)
    assert_same(found[: len(first)], state)
    if length:
        assert_same(found[len(first) :], tuple(map(np.stack, zip(*wanted, strict=True))))


@MODES
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("integer", ["int32", "int64"])
def test_integers_beside_floats_are_exact(integer, dtype, mode):
    info = np.iinfo(integer)
    values = np.unique(np.clip(INTEGERS, info.min, info.max)).astype(integer)

    def cell(state, x):
        return (state[0] + 1, state[1] * 0.5), (state[0], -state[0])

    def run(i, f):
        return cr.scan(cell, (i, f), length=3)

    last, _, outputs, negated = arrays(run, mode, values, np.ones(2, dtype))
    with np.errstate(over="ignore"):
        steps = [(values + np.array(k, integer)).astype(integer) for k in range(4)]
    assert_same((last, outputs, negated), (steps[3], np.stack(steps[:3]), -np.stack(steps[:3])))


@MODES
def test_a_counter_reads_a_table(mode):
    table, x = np.arange(12.0, dtype="float32").reshape(4, 3), np.ones((4, 3), "float32")

    def run(x, table):
        def cell(state, x):
            i, total = state
            return (i + 1, total + table[i] * x), total.sum()

        return cr.scan(cell, (0, np.zeros(3, "float32")), x)

    count, total, sums = arrays(run, mode, x, table)
    assert (count.dtype, count.item(), total.dtype) == (np.int64, 4, np.float32)
    np.testing.assert_array_equal(total, table.sum(0))
    np.testing.assert_array_equal(sums, [0, 3, 15, 36])
    gradient = mode(cr.grad(lambda t: (run(x, t)[0][1] ** 2).sum()))(cr.asarray(table))
    np.testing.assert_allclose(gradient.read(), 2 * np.tile(table.sum(0), (4, 1)))


def smooth(w, x, mode=lambda f: f):
    """A loop whose steps depend on a counter, a flag and a float."""

    def cell(state, x):
        count, done, s = state
        new = cr.where(done, s, cr.tanh(s @ w + x * (count.astype(w.dtype) + 1)))
        return (count + 1, done | (new.sum() > 0.8), new), (new, count % 2 == 0, done)

    return cr.scan(cell, (0, False, np.full(2, 0.1)), x)


@MODES
def test_gradients_flow_through_the_floats_beside(mode):
    random = np.random.default_rng(0)
    w, x = random.normal(size=(2, 2)), 0.2 * random.normal(size=(5, 2))

    def loss(w, x):
        (_, _, last), (outputs, _, _) = smooth(w, x)
        return (last**2).sum() + cr.sin(outputs).sum()

    def measured(w, x):
        return loss(cr.asarray(w), cr.asarray(x)).item()

    for position, which in enumerate((w, x)):
        gradient = mode(lambda *a, p=position: cr.grad(loss, p)(*a))(cr.asarray(w), cr.asarray(x))
        rest = [lambda each: measured(each, x), lambda each: measured(w, each)][position]
        np.testing.assert_allclose(gradient.read(), central(rest, which), atol=1e-7)


@MODES
def test_second_derivatives(mode):
    random = np.random.default_rng(1)
    w, x = random.normal(size=(2, 2)), 0.1 * random.normal(size=(3, 2))

    def slope(w):
        return (cr.grad(lambda w: cr.sin(smooth(w, x)[1][0]).sum())(w) * 0.7).sum()

    found = mode(cr.grad(slope))(cr.asarray(w))
    wanted = central(lambda w: slope(cr.asarray(w)).item(), w)
    np.testing.assert_allclose(found.read(), wanted, atol=1e-6)


def test_forward_mode_and_the_check():
    random = np.random.default_rng(2)
    w, x = random.normal(size=(2, 2)), 0.1 * random.normal(size=(3, 2))
    assert cr.check_gradients(lambda w: smooth(w, x)[1][0], w).ok
    _, tangent = cr.jvp(lambda w: smooth(w, x)[1][0].sum(), [w], [np.ones((2, 2))])
    gradient = cr.grad(lambda w: smooth(w, x)[1][0].sum())(w)
    assert tangent.item() == pytest.approx(gradient.value.sum())


@MODES
@pytest.mark.parametrize(
    ("first", "cell", "dtype"),
    [
        (0, lambda s, x: (s + 1, s), "int64"),
        (False, lambda s, x: (s | (x > 1), s), "bool"),
        (0, lambda s, x: (s + x, s), "float32"),
        (0.0, lambda s, x: (s + x, s), "float32"),
        (0, lambda s, x: (s * 0.5 + 1, s), "float32"),
        (True, lambda s, x: (s + 1, s), "int64"),
        (False, lambda s, x: (s + x, s), "float32"),
        (1, lambda s, x: (s * 2, 1), "int64"),
    ],
)
def test_python_numbers_take_the_dtype_that_the_cell_makes_of_them(first, cell, dtype, mode):
    x = np.arange(3, dtype="float32")
    last, outputs = mode(lambda x: cr.scan(cell, first, x))(cr.asarray(x))
    assert last.dtype == outputs.dtype == np.dtype(dtype)
    state = np.array(first, dtype)
    for each in x:
        state = np.asarray(cell(state, each)[0]).astype(dtype)
    np.testing.assert_array_equal(last.read(), state)


def test_without_inputs_integers_stay_integers():
    last, outputs = cr.scan(lambda i, _: (i + 2, i * i), 1, length=4)
    assert (last.item(), last.dtype) == (9, np.int64)
    assert outputs.value.tolist() == [1, 9, 25, 49]


@MODES
def test_outputs_of_other_dtypes_than_the_state(mode):
    x = np.array([[1.0, -2.0], [3.0, 4.0]], "float32")

    def cell(s, x):
        return s + x, (s > 0, cr.argmax(x), s)

    found = arrays(lambda x: cr.scan(cell, np.zeros(2, "float32"), x), mode, x)
    states = np.array([[0, 0], [1, -2]], "float32")
    assert_same(found, (x.sum(0), states > 0, np.array([0, 1]), states))


@MODES
def test_an_integer_loop_inside_a_loop(mode):
    def inner(n):
        return cr.scan(lambda i, _: (i + n, i > n), n * 0, length=3)[0]

    def run(x):
        return cr.scan(lambda s, x: ((s[0] + inner(s[0]), s[1] * x), s[0]), (1, 1.0), x)

    count, product, counts = arrays(run, mode, np.array([2.0, 3.0]))
    assert (count.item(), product.item(), counts.tolist()) == (16, 6, [1, 4])


def test_a_state_that_changes_its_dtype_raises_an_error():
    with pytest.raises(cr.DTypeError, match=r"new state 1, .* is float64, but .* is int32.*int32"):
        cr.scan(lambda s, x: ((s[0], s[1] * 0.5), None), (1.0, np.int32(1)), length=2)
    with pytest.raises(cr.DTypeError, match="is int64, but the state 'state' is bool"):
        cr.scan(lambda s, x: (s + 1, None), np.zeros(2, bool), length=2)


def test_a_graph_in_double_precision_keeps_the_integers():
    x = cr.parameter(np.array([0.5, 1.5, 2.0], "float32"), "x")
    first = (2**40 + 1, np.float32(1))
    (count, product), _ = cr.scan(lambda s, x: ((s[0] + 1, s[1] * x), None), first, x)
    made = in_double_precision([count, product])
    wide, exact = made[count], made[product]
    values = evaluate([wide, exact], {})
    assert (wide.dtype, values[wide].item()) == (np.int64, 2**40 + 4)
    assert (exact.dtype, values[exact].item()) == (np.float64, 1.5)
