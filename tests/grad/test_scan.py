"""A scan is its steps unrolled, in value and gradient."""

from collections import namedtuple

import numpy as np
import pytest

import chainrule as cr
from numerical import inputs
from recurrent import (
    BATCH,
    STATE,
    STEPS,
    WHICH,
    assert_same,
    backward_bodies,
    elman,
    gru,
    layers,
    lstm,
    operands,
)


@pytest.fixture
def random():
    return np.random.default_rng(7)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("steps", [1, STEPS])
def test_a_recurrent_net_is_its_unrolled_steps(which, reverse, steps, random):
    x, h, w, u, b = xs = operands(random, steps=steps)

    def build(scan):
        return WHICH[which](*scan(elman(w, u, b), h, x, reverse=reverse))

    assert_same(build, xs)


@pytest.mark.parametrize("reverse", [False, True])
def test_float32_stays_float32(reverse, random):
    x, h, w, u, b = xs = operands(random, "float32")

    def build(scan):
        return scan(elman(w, u, b), h, x, reverse=reverse)

    last, every = build(cr.scan)
    assert (last.dtype, every.dtype, every.shape) == (cr.float32, cr.float32, (STEPS, BATCH, STATE))
    assert_same(build, xs, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("reverse", [False, True])
def test_an_lstm_with_a_tuple_of_states_is_its_unrolled_steps(reverse, random):
    layer = cr.nn.Linear(STATE, 4 * STATE, random=random, dtype="float64")
    x, h, c = inputs(
        [random.normal(size=(STEPS, BATCH, 4 * STATE)), *random.normal(size=(2, BATCH, STATE))]
    )
    assert_same(
        lambda scan: scan(lstm(layer, STATE), (h, c), x, reverse=reverse),
        [x, h, c, layer.weight, layer.bias],
    )


def test_a_gru_is_its_unrolled_steps_and_passes_the_gradient_check(random):
    first, second = layers(random)
    x, h = inputs(
        [random.normal(size=(STEPS, BATCH, 3 * STATE)), random.normal(size=(BATCH, STATE))]
    )
    cell = gru(first, second, STATE)
    assert_same(lambda scan: scan(cell, h, x)[0], [x, h, first.weight, second.weight, second.bias])
    assert cr.scan(cell, h, x)[1] is None
    assert cr.check_gradients(lambda x, h: cr.scan(cell, h, x)[0], x, h).ok


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rnn_and_lstm_pass_the_gradient_check_in_either_precision(dtype, random):
    layer = cr.nn.Linear(STATE, 4 * STATE, random=random, dtype=dtype)
    x = cr.input("x", value=random.normal(size=(STEPS, BATCH, 4 * STATE)).astype(dtype))
    zeros = np.zeros((BATCH, STATE), dtype)
    cell = lstm(layer, STATE)
    assert cr.check_gradients(lambda x: cr.scan(cell, (zeros, zeros), x)[1], x).ok
    x, h, w, u, b = operands(random, dtype)
    rnn = elman(w, u, b)
    assert cr.check_gradients(lambda x, h: cr.scan(rnn, h, x, reverse=True)[1], x, h).ok


def test_a_conversion_in_a_cell_follows_the_gradient_check_to_double_precision(random):
    x = cr.input("x", value=random.normal(size=(STEPS, 3)).astype("float32"))
    zeros = np.zeros(3, "float32")

    def cell(h, x):
        mask = (x > 0).astype("float32")
        return cr.tanh(h * 0.7 + mask * x), mask * h

    assert cr.check_gradients(lambda x: cr.scan(cell, zeros, x)[1], x).ok


def test_the_gradient_check_tells_a_kink_inside_a_cell_apart(random):
    x = np.zeros((3, 2))
    report = cr.check_gradients(
        lambda x: cr.scan(lambda s, x: (s + cr.relu(x), None), 0.0 * x[0], x)[0], x
    )
    assert report.ok


def test_masks_stop_short_sequences(random):
    x, h, w, u, b = xs = operands(random)
    lengths = np.array([2, 6, 4])
    mask = (np.arange(STEPS)[:, None] < lengths)[:, :, None]

    def cell(h, step):
        x, going = step
        new = cr.where(going, cr.tanh(x @ w + h @ u + b), h)
        return new, new

    assert_same(lambda scan: scan(cell, h, (x, cr.asarray(mask))), xs)
    last, every = cr.scan(cell, h, (x, mask))
    for i, n in enumerate(lengths):
        np.testing.assert_array_equal(last.value[i], every.value[n - 1, i])


def test_a_bidirectional_net(random):
    x, h, w, u, b = xs = operands(random)

    def build(scan):
        ahead = scan(elman(w, u, b), h, x)[1]
        back = scan(elman(w, u.T, b), h, x, reverse=True)[1]
        return cr.concat([ahead, back], axis=-1)

    assert_same(build, xs)


def test_layers_of_scans(random):
    x, h, w, u, b = xs = operands(random)

    def build(scan):
        first = scan(elman(w, u, b), h, x)[1]
        return scan(elman(u, u.T, b), h, first, reverse=True)

    assert_same(build, xs)


def test_ids_are_looked_up_inside_the_cell_and_their_gradient_stays_rows(random):
    table, h, u = inputs(
        [random.normal(size=each) for each in ((9, STATE), (BATCH, STATE), (STATE, STATE))]
    )
    ids = cr.asarray(random.integers(0, 9, (STEPS, BATCH)))

    def cell(h, ids):
        return cr.tanh(cr.take(table, ids) + h @ u), None

    assert_same(lambda scan: scan(cell, h, ids)[0], [table, h, u])
    last, _ = cr.scan(cell, h, ids)
    (body,) = backward_bodies((last * last).sum(), [table])
    assert len(body.states) == 1
    assert cr.gradients((last * last).sum(), [table])[0].kind == "add_rows"


def test_no_inputs(random):
    h, u = inputs([random.normal(size=(BATCH, STATE)), random.normal(size=(STATE, STATE))])

    def build(scan):
        return scan(lambda h, _: (cr.tanh(h @ u), h), h, None, length=4)

    assert_same(build, [h, u])


def test_no_state_is_a_map(random):
    x, w = inputs([random.normal(size=(STEPS, 2, 3)), random.normal(size=(3, 2))])
    state, y = cr.scan(lambda s, x: ((), cr.tanh(x @ w)), (), x)
    assert state == ()
    np.testing.assert_allclose(y.value, np.tanh(x.value @ w.value))
    found = cr.gradients((y * y).sum(), [x, w])
    wanted = cr.gradients((cr.tanh(x @ w) * cr.tanh(x @ w)).sum(), [x, w])
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours.value, theirs.value)


def test_a_gradient_that_needs_no_loop_is_a_sum(random):
    x, w = inputs([random.normal(size=(STEPS, 2, 3)), random.normal(size=(2, 1))])
    _, y = cr.scan(lambda s, x: ((), x + w), (), x)
    loss = (y * y).sum()
    assert backward_bodies(loss, [x, w]) == []
    found = cr.gradients(loss, [x, w])
    np.testing.assert_allclose(found[0].value, 2 * (x.value + w.value))
    np.testing.assert_allclose(found[1].value, found[0].value.sum((0, 2))[:, None])


def test_shares_of_several_shapes_add_up(random):
    x, h, b = inputs([random.normal(size=each) for each in ((STEPS, 3, 3), (3, 3), (3, 1))])

    def cell(h, x):
        return cr.tanh(h @ b * x + b + b.reshape(1, 3) + b[0, 0]), None

    assert_same(lambda scan: scan(cell, h, x)[0], [x, h, b])


def test_no_steps_leave_the_first_state(random):
    x, h, w, u, b = operands(random, steps=0)
    last, every = cr.scan(elman(w, u, b), h, x)
    np.testing.assert_array_equal(last.value, h.value)
    assert every.shape == (0, BATCH, STATE)
    found = cr.gradients((last * last).sum() + every.sum(), [x, h, w, u, b])
    np.testing.assert_allclose(found[1].value, 2 * h.value)
    assert [float(np.abs(each.value).sum()) for each in (found[0], *found[2:])] == [0.0] * 4


def test_an_empty_batch(random):
    w, b = inputs([random.normal(size=(STATE, STATE)), random.normal(size=STATE)])
    x, h = np.zeros((STEPS, 0, STATE)), np.zeros((0, STATE))
    last, every = cr.scan(elman(w, w, b), h, x)
    assert (last.shape, every.shape) == ((0, STATE), (STEPS, 0, STATE))
    for each in cr.gradients(last.sum() + every.sum(), [w, b]):
        assert not each.value.any()


def test_a_scan_inside_a_cell(random):
    x, h, w, u, b = xs = operands(random)

    def build(scan):
        def outer(h, x):
            inner = scan(lambda s, row: (cr.tanh(s + row @ w), s), h[0], x)[1]
            return cr.tanh(h @ u + inner + b), inner

        return scan(outer, h, x)

    assert_same(build, xs)


def test_a_state_that_stands_still_and_one_that_is_passed_on(random):
    x, h = inputs([random.normal(size=(STEPS, 2)), random.normal(size=2)])

    def cell(state, x):
        before, fixed, count = state
        return (x, fixed, count + 1.0), (before * fixed, count * x)

    assert_same(lambda scan: scan(cell, (h, h * 2.0, cr.asarray(0.0)), x), [x, h])


def test_constants_and_the_bare_input_as_results(random):
    x, w = inputs([random.normal(size=(STEPS, 2)), random.normal(size=2)])

    def cell(state, x):
        return (w, x), (x, w, cr.asarray(np.ones(2)), state[0])

    assert_same(lambda scan: scan(cell, (cr.asarray(np.zeros(2)), x[0]), x), [x, w])


def test_python_numbers_take_the_dtype_of_the_others():
    x = cr.input("x", value=np.arange(3, dtype="float32"))
    total, seen = cr.scan(lambda s, x: (s + x, 1), 0, x)
    assert (total.item(), total.dtype, seen.dtype) == (3.0, cr.float32, cr.float32)
    assert cr.scan(lambda s, _: (s * 2, None), 1.0, length=3)[0].dtype == cr.float64


def test_named_tuples_keep_their_form(random):
    Pair = namedtuple("Pair", "h c")
    last, out = cr.scan(
        lambda s, x: (Pair(s.h + x, s.c * 2), Pair(x, s.h)),
        Pair(np.zeros(2), np.ones(2)),
        np.ones((3, 2)),
    )
    np.testing.assert_array_equal(last.c.value, [8, 8])
    np.testing.assert_array_equal(out.h.value, np.ones((3, 2)))


def test_gates_with_their_own_backward_inside_a_cell(random):
    @cr.gate
    def halved(x):
        return x * 0.5

    @halved.backward
    def halved_backward(upstream, output, x):
        return upstream * 3.0 * output

    h, x = inputs([random.normal(size=2), random.normal(size=(STEPS, 2))])
    assert_same(lambda scan: scan(lambda h, x: (halved(h) + x, None), h, x)[0], [h, x])


def test_a_stop_gradient_in_a_cell_gives_no_path(random):
    h, x = inputs([random.normal(size=2), random.normal(size=(STEPS, 2))])
    last, _ = cr.scan(lambda s, x: (cr.stop_gradient(s) * 2.0 + x, s), h, x)
    through, along = cr.gradients((last * last).sum(), [h, x])
    assert through is None
    np.testing.assert_array_equal(along.value[:-1], np.zeros((STEPS - 1, 2)))


def test_unused_operands_have_no_path(random):
    h, c, x, z = inputs([random.normal(size=each) for each in (2, 2, (STEPS, 2), (STEPS, 2))])
    (last, _), _ = cr.scan(lambda s, xz: ((s[0] + xz[0], s[1] + xz[1]), None), (h, c), (x, z))
    found = cr.gradients((last * last).sum(), [h, c, x, z])
    assert [each is None for each in found] == [False, True, False, True]


def test_numbers_drawn_in_a_cell_are_the_same_at_every_step():
    stream = cr.random.Stream(3)
    drawn = cr.scan(
        lambda s, _: (s, cr.random.uniform(stream.key(), (2,), "float64")), 0.0, length=3
    )[1]
    np.testing.assert_array_equal(drawn.value[0], drawn.value[2])
    assert stream.draws == 1
