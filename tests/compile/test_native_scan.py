"""A compiled scan has the values and gradients of the eager scan."""

import numpy as np
import pytest

import chainrule as cr
from native import compare, flat
from recurrent import BATCH, ENTERING, STATE, STEPS, gru, lstm

pytestmark = pytest.mark.native

DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


class Cells:
    """Cells with parameters of their own; the states and the inputs of a step are rows."""

    def __init__(self, dtype):
        random = np.random.default_rng(5)

        def linear(inputs, outputs):
            return cr.nn.Linear(inputs, outputs, random=random, dtype=dtype)

        self.entering = {n: linear(ENTERING, n * STATE) for n in (1, 3, 4)}
        self.inner = {n: linear(STATE, n * STATE) for n in (1, 2, 3, 4)}

    def parameters(self, *used):
        return [p for layer in used for p in layer.parameters()]

    def rnn(self, x, state, **how):
        def cell(h, x):
            h = cr.tanh(self.entering[1](x) + self.inner[1](h))
            return h, h

        return cr.scan(cell, state, x, **how), self.parameters(self.entering[1], self.inner[1])

    def lstm(self, x, state, **how):
        run = cr.scan(lstm(self.inner[4], STATE), (state, state * 0.5), self.entering[4](x), **how)
        return run, self.parameters(self.entering[4], self.inner[4])

    def gru(self, x, state, **how):
        cell = gru(self.inner[2], self.inner[1], STATE)
        run = cr.scan(cell, state, self.entering[3](x), **how)
        return run, self.parameters(self.entering[3], self.inner[2], self.inner[1])

    def bidirectional(self, x, state, **how):
        ahead, first = self.rnn(x, state)
        back, second = self.lstm(x, state, reverse=True)
        return cr.concat([ahead[1], back[1]], axis=-1), first + second


def sequence(dtype, steps=STEPS, batch=BATCH):
    random = np.random.default_rng(7)
    x, state = random.normal(size=(steps, batch, ENTERING)), random.normal(size=(batch, STATE))
    return x.astype(dtype), state.astype(dtype)


@DTYPES
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "bidirectional"])
def test_recurrent_nets_are_the_eager_ones(kind, reverse, dtype):
    run = getattr(Cells(dtype), kind)
    for steps, batch in ((STEPS, BATCH), (1, 1), (2, BATCH), (40, 1)):
        x, state = sequence(dtype, steps, batch)
        parameters = run(x, state, reverse=reverse)[1]
        compare(
            lambda x, s: run(x, s, reverse=reverse)[0],
            x,
            state,
            parameters=parameters,
            tolerance=1e-4 if dtype == "float32" else 1e-10,
        )


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "bidirectional"])
def test_no_steps_at_all_leave_the_first_state(kind):
    run = getattr(Cells("float64"), kind)
    x, state = sequence("float64", 0)
    found = cr.compile(lambda x, s: flat(run(x, s)[0]))(x, state)
    for ours, theirs in zip(found, flat(run(x, state)[0]), strict=True):
        np.testing.assert_array_equal(ours.value, theirs.value)


# -- what a cell may return ------------------------------------------------------------------------

W = cr.parameter(np.linspace(-1.0, 1.0, 12).reshape(3, 4), "w")
ONE = cr.asarray(np.ones((3, 4)))

RETURNED = {
    "its state, unchanged": lambda s, x: (s, x * s),
    "its input": lambda s, x: (x, s),
    "its input twice": lambda s, x: (x, (x, x)),
    "its state twice": lambda s, x: (s * x, (s, s)),
    "a constant": lambda s, x: (ONE, s * x),
    "a number": lambda s, x: (s * x, 2.0 * cr.asarray(1.0)),
    "a parameter": lambda s, x: (W, (s * x, W)),
    "one tensor twice": lambda s, x: ((new := cr.tanh(s + x)), (new, new)),
    "a sum and what it is of": lambda s, x: ((new := s + x) * 0.5, (new, new.sum(), new.sum(0))),
    "a reshaped state": lambda s, x: (cr.tanh(s * x), (s.reshape(4, 3), s.reshape(12)[2:9])),
    "a reshaped result": lambda s, x: ((n := cr.tanh(s * x)), (n.reshape(4, 3), n.reshape(12))),
    "a view of a view": lambda s, x: (cr.exp(x).reshape(12)[0:12].reshape(3, 4) * s, s[1:][:1]),
    "a slice of its input": lambda s, x: (s + x, (x[1:], x[1], x[:, 1:3], x[1, 2])),
    "a slice of what it computes": lambda s, x: ((n := cr.exp(x - s)) * 0.1, (n[2:], n[:, 0])),
    "only slices of what it computes": lambda s, x: (cr.exp(cr.concat([s, x]))[1:4] * 0.1, x[0]),
    "its input, transposed": lambda s, x: (s * x, (x.mT, s.mT)),
    "its new state, transposed": lambda s, x: ((n := s * 0.5 + x), n.mT),
    "a transposed product": lambda s, x: (s * 0.5 + (s @ s.mT @ x), (x @ s.mT, x.mT @ s)),
    "a product of its own result": lambda s, x: ((n := cr.tanh(x @ W.mT @ s)), n @ n.mT),
    "nothing but its state": lambda s, x: (cr.tanh(s + x), None),
    "a running total": lambda s, x: (cr.cumulative_sum(s * 0.5 + x, 1), cr.max(x, axis=-1)),
    "a softmax": lambda s, x: (cr.softmax(s * x, axis=-1), cr.logsumexp(x + s, axis=0)),
    "joined rows": lambda s, x: (cr.concat([x[1:], s[:1]]), cr.stack([s, x], axis=1)),
    "ends of its axes": lambda s, x: (cr.flip(s, 0) + x, cr.pad(x, [(1, 0), (0, 2)])),
    "a value that stands still": lambda s, x: (s * 0.5 + cr.tanh(W @ W.mT) @ x, cr.exp(W)),
}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", RETURNED.values(), ids=RETURNED)
def test_a_cell_may_return(cell, reverse):
    random = np.random.default_rng(1)
    state, x = random.normal(size=(3, 4)), random.normal(size=(5, 3, 4))
    compare(lambda s, x: cr.scan(cell, s, x, reverse=reverse), state, x, parameters=[W])
    compare(lambda x: cr.scan(cell, W, x, reverse=reverse), x, parameters=[W])


@DTYPES
def test_states_may_change_places_and_stand_still(dtype):
    random = np.random.default_rng(1)
    a, b, x = (random.normal(size=s).astype(dtype) for s in ((2, 3), (2, 3), (4, 2, 3)))
    for cell in (
        lambda s, x: ((s[1], s[0]), s[0] * x),
        lambda s, x: ((s[1], s[1] * x), s),
        lambda s, x: ((s[1] + x, s[0]), (s[1], s[1] + x)),
        lambda s, x: ((s[0], s[0]), None),
        lambda s, x: ((n := s[0] * s[1] + x, n), (n, s[1])),
    ):
        compare(lambda a, b, x, cell=cell: cr.scan(cell, (a, b), x), a, b, x)


@DTYPES
def test_a_state_may_be_a_number_and_there_may_be_no_state(dtype):
    x = np.linspace(-1, 1, 7).astype(dtype)
    compare(lambda x: cr.scan(lambda s, x: (cr.tanh(s * x + 0.3), s), cr.sin(x[0]), x), x)
    compare(lambda x: cr.scan(lambda s, x: ((), cr.exp(x) * x), (), x), x)
    compare(lambda x: cr.scan(lambda s, _: (cr.sin(s), None), x, length=9), x)
    compare(lambda x: cr.scan(lambda s, _: (s * s.sum(), s), x, length=1), x)


# -- what it may run along -------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("reverse", [False, True])
def test_ids_masks_and_numbers_may_enter_together(reverse, dtype):
    random = np.random.default_rng(1)
    table = cr.nn.Embedding(9, ENTERING, dtype=dtype, random=random)
    net = Cells(dtype)
    ids = random.integers(0, 9, (STEPS, BATCH))
    going = (np.arange(STEPS)[:, None] < np.array([2, 6, 4]))[:, :, None]
    scale, state = (random.normal(size=(n, BATCH, STATE)).astype(dtype) for n in (STEPS, 1))

    def cell(h, step):
        ids, going, scale = step
        new = cr.tanh(net.entering[1](table(ids)) * scale + net.inner[1](h))
        new = cr.where(going, new, h)
        return new, (new, going.astype(dtype) * scale)

    def build(ids, going, scale, state):
        return cr.scan(cell, state[0], (ids, going, scale), reverse=reverse)

    used = net.parameters(table, net.entering[1], net.inner[1])
    for kind in (np.int64, np.int32):
        compare(build, ids.astype(kind), going, scale, state, parameters=used)


def test_each_step_may_draw_with_a_key_of_its_own():
    keys = np.arange(10).reshape(5, 2)

    def cell(s, key):
        drawn = cr.random.uniform(key, (7,), "float64")
        return s * 0.5 + drawn, (drawn, cr.random.uniform(key, (3,), "float64"))

    compare(lambda keys, s: cr.scan(cell, s, keys), keys, np.ones(7))


@pytest.mark.parametrize("reverse", [False, True])
def test_the_bits_of_a_step_may_be_its_output(reverse):
    """The kernel of random bits writes four words at a time, more than three elements need."""
    keys = np.arange(10).reshape(5, 2)

    def bits(keys):
        def cell(state, key):
            return state, cr.random.bits(key, (3,))

        return cr.scan(cell, (), keys, reverse=reverse)[1]

    np.testing.assert_array_equal(cr.compile(bits)(keys).value, bits(keys).value)


PARAMETER = cr.parameter(np.random.default_rng(2).normal(size=(4, 3, 2)), "sequence")
CONSTANT = cr.asarray(np.random.default_rng(3).normal(size=(4, 3, 2)))
SOURCES = {
    "an argument": lambda x: x,
    "a parameter": lambda x: PARAMETER,
    "a constant": lambda x: CONSTANT,
    "a computed value": lambda x: cr.exp(x * 0.5),
    "a slice of a computed value": lambda x: cr.exp(x * 0.5)[1:4],
    "a reshaped slice of a computed value": lambda x: cr.exp(x)[1:3].reshape(4, 3, 1)[1:],
    "a slice of an argument": lambda x: x[2:],
    "a transposed argument": lambda x: cr.permute_dims(x, (1, 0, 2)),
    "a product": lambda x: x @ x.mT,
    "part of another scan": lambda x: cr.scan(lambda s, x: (cr.sin(s + x), s), x[0], x)[1][1:],
}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_it_may_run_along(source, reverse):
    x = np.random.default_rng(4).normal(size=(4, 3, 2))

    def build(x):
        sequence = source(x)
        first = cr.tanh(sequence[0] + sequence[-1])
        return cr.scan(lambda s, x: (cr.tanh(s * x + s), x * s), first, sequence, reverse=reverse)

    compare(build, x, parameters=[PARAMETER])


# -- scans in scans --------------------------------------------------------------------------------


@DTYPES
@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_may_stand_in_a_scan_and_that_in_another(reverse, dtype):
    random = np.random.default_rng(1)
    x = random.normal(size=(3, 4, 2, 5)).astype(dtype)
    w = cr.parameter(random.normal(size=(5, 5)).astype(dtype) * 0.5, "w")

    def innermost(s, x):
        return cr.tanh(s @ w + x), s * x

    def middle(s, x):
        last, every = cr.scan(innermost, s[0], x, reverse=reverse)
        return cr.stack([last, s[0] * s[1]]), every

    def outer(s, x):
        last, every = cr.scan(middle, cr.stack([s, s]), x[:, :1, :] + x, reverse=not reverse)
        return last[0] + x[0, 0], (every, last[1])

    def build(x):
        return cr.scan(outer, x[0, 0, 0], x, reverse=reverse)

    tolerance = 1e-3 if dtype == "float32" else None
    compare(build, x, parameters=[w], tolerance=tolerance)


def test_an_inner_scan_may_return_all_that_the_outer_one_does():
    x = np.random.default_rng(1).normal(size=(3, 4, 2))
    ids = np.random.default_rng(1).integers(0, 4, (3, 4))

    def rows(s, x):
        return cr.scan(lambda s, x: (cr.sin(s + x), s), s, x)

    def looked_up(s, x):
        return cr.scan(lambda s, i: (cr.sin(s + cr.take(W, i)[:2]), s), s, x)[0], None

    compare(lambda x: cr.scan(rows, x[0, 0], x), x)
    compare(lambda ids, x: cr.scan(looked_up, x[0, 0], ids % 3), ids, x, parameters=[W])
    compare(lambda x: cr.scan(lambda s, x: cr.scan(rows, s, cr.stack([x, x])), x[0, 0], x), x)


# -- derivatives of derivatives --------------------------------------------------------------------


def test_second_derivatives_and_forward_mode_are_the_eager_ones():
    random = np.random.default_rng(1)
    net = Cells("float64")
    used = net.parameters(net.entering[4], net.inner[4])
    x, state = sequence("float64")
    direction = random.normal(size=x.shape)

    def loss(x):
        (last, _), every = net.lstm(x, state)[0]
        return (last * last).sum() + (every**3).mean()

    compare(lambda x: cr.grad(lambda v: (cr.grad(loss)(v) ** 2).sum())(x), x, parameters=used)
    compare(lambda x, d: cr.jvp(loss, (x,), (d,)), x, direction, parameters=used)
    product = cr.compile(lambda x, d: cr.jvp(cr.grad(loss), (x,), (d,))[1])
    wanted = cr.jvp(cr.grad(loss), (x,), (direction,))[1].value
    np.testing.assert_allclose(product(x, direction).value, wanted, rtol=1e-10, atol=1e-12)
