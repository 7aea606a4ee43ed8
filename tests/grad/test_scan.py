"""A scan is its steps unrolled, in value and every derivative, at the cost of one loop."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.graph import Body, Replace, apply_together, topological_order
from numerical import assert_gradients, inputs

BATCH, STATE, ENTERING, STEPS = 3, 4, 5, 6


@pytest.fixture
def random():
    return np.random.default_rng(7)


def unrolled(cell, state, xs, *, length=None, reverse=False):
    """The meaning of `cr.scan`: a Python loop."""
    many = xs if isinstance(xs, tuple) else (xs,)
    steps = length if xs is None else many[0].shape[0]
    outputs = [None] * steps
    for t in reversed(range(steps)) if reverse else range(steps):
        x = None if xs is None else tuple(each[t] for each in many)
        state, outputs[t] = cell(state, x if xs is None or isinstance(xs, tuple) else x[0])
    if outputs[0] is None:
        return state, None
    if isinstance(outputs[0], tuple):
        return state, tuple(cr.stack(each) for each in zip(*outputs, strict=True))
    return state, cr.stack(outputs)


def weighed(results, random):
    """A scalar that depends on all results, and not linearly."""
    results = results if isinstance(results, tuple) else (results,)
    flat = [x for each in results for x in (each if isinstance(each, tuple) else (each,))]
    terms = [(each * each * random.normal(size=each.shape)).sum() for each in flat if each.size]
    return sum(terms)


def read(gradient, x):
    return np.zeros(x.shape) if gradient is None else gradient.value


def assert_same(build, xs, rtol=1e-10, atol=1e-12, seed=3):
    """Compare values and gradients of `build(scan)`, which returns the results to look at."""
    found, wanted = build(cr.scan), build(unrolled)
    losses = [weighed(each, np.random.default_rng(seed)) for each in (found, wanted)]
    np.testing.assert_allclose(losses[0].value, losses[1].value, rtol=rtol, atol=atol)
    pairs = zip(*(cr.gradients(each, xs) for each in losses), strict=True)
    for x, (ours, theirs) in zip(xs, pairs, strict=True):
        np.testing.assert_allclose(read(ours, x), read(theirs, x), rtol=rtol, atol=atol)
        assert ours is None or (ours.shape, ours.dtype) == (x.shape, x.dtype)


def scans_of(*tensors):
    return [each for each in topological_order(tensors) if each.kind == "scan"]


def operands(random, dtype="float64", steps=STEPS):
    shapes = [(steps, BATCH, ENTERING), (BATCH, STATE), (ENTERING, STATE), (STATE, STATE), (STATE,)]
    return inputs([random.normal(size=shape, scale=0.7).astype(dtype) for shape in shapes])


def elman(w, u, b):
    def cell(h, x):
        h = cr.tanh(x @ w + h @ u.T + b)
        return h, h * 2.0

    return cell


WHICH = {
    "both": lambda last, all_: (last, all_),
    "final state only": lambda last, all_: last,
    "outputs only": lambda last, all_: all_,
    "one output": lambda last, all_: all_[0],
    "some outputs": lambda last, all_: all_[len(all_) // 2 :],
}


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


def lstm(layer, n):
    def cell(state, x):
        h, c = state
        gates = x + layer(h)
        opened, kept = cr.sigmoid(gates[:, :n]), cr.sigmoid(gates[:, n : 2 * n])
        candidate, shown = cr.tanh(gates[:, 2 * n : 3 * n]), cr.sigmoid(gates[:, 3 * n :])
        c = kept * c + opened * candidate
        h = shown * cr.tanh(c)
        return (h, c), h

    return cell


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


def gru(layer, candidate_layer, n):
    def cell(h, x):
        both = cr.sigmoid(x[:, : 2 * n] + layer(h))
        reset, update = both[:, :n], both[:, n:]
        candidate = cr.tanh(x[:, 2 * n :] + candidate_layer(reset * h))
        h = (1 - update) * candidate + update * h
        return h, None

    return cell


def layers(random):
    return [
        cr.nn.Linear(STATE, width, random=random, dtype="float64") for width in (2 * STATE, STATE)
    ]


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


# -- what the backward carries and keeps -----------------------------------------------------------


def backward_bodies(loss, wrt):
    forward = set(scans_of(loss))
    gradients = [each for each in cr.gradients(loss, wrt) if each is not None]
    return [each.attributes["body"] for each in scans_of(*gradients) if each not in forward]


def test_linear_cells_carry_no_accumulators(random):
    layer = cr.nn.Linear(STATE, 4 * STATE, random=random, dtype="float64")
    x, h, c = inputs(
        [random.normal(size=(STEPS, BATCH, 4 * STATE)), *random.normal(size=(2, BATCH, STATE))]
    )
    (last, _), _ = cr.scan(lstm(layer, STATE), (h, c), x)
    (body,) = backward_bodies((last * last).sum(), [layer.weight, layer.bias])
    assert [each.shape for each in body.states] == [(BATCH, STATE)] * 2
    assert [each.shape for each in body.outputs] == [(BATCH, 4 * STATE)]

    x, h, w, u, b = operands(random)
    last, _ = cr.scan(elman(w, u, b), h, x)
    (body,) = backward_bodies((last * last).sum(), [w, u, b, x])
    assert len(body.states) == 1
    assert {each.shape for each in body.outputs} == {(BATCH, STATE), (BATCH, ENTERING)}

    first, second = layers(random)
    x = cr.input("x", value=random.normal(size=(STEPS, BATCH, 3 * STATE)))
    last, _ = cr.scan(gru(first, second, STATE), h, x)
    (body,) = backward_bodies((last * last).sum(), [first.weight, second.weight, second.bias])
    assert len(body.states) == 1


@pytest.mark.parametrize("column", [False, True])
def test_matrices_times_vectors_and_columns_are_hoisted_too(column, random):
    shape = (STATE, BATCH) if column else (STATE,)
    u, h, x = inputs(
        [random.normal(size=each) for each in ((STATE, STATE), shape, (STEPS, *shape))]
    )

    def build(scan):
        return scan(lambda h, x: (cr.tanh(u @ h + x), None), h, x)[0]

    assert_same(build, [u, h, x])
    (body,) = backward_bodies(weighed(build(cr.scan), random), [u])
    assert len(body.states) == 1


def test_a_row_times_a_matrix_and_stacked_rows_are_hoisted_too(random):
    for shape in ((STATE,), (2, BATCH, STATE)):
        u, h, x = inputs(
            [random.normal(size=each) for each in ((STATE, STATE), shape, (STEPS, *shape))]
        )

        def build(scan, u=u, h=h, x=x):
            return scan(lambda h, x: (cr.tanh(h @ u + x), None), h, x)[0]

        assert_same(build, [u, h, x])
        (body,) = backward_bodies(weighed(build(cr.scan), random), [u])
        assert len(body.states) == 1


def test_attention_to_what_stands_still_is_hoisted_batch_by_batch(random):
    keys, h, x = inputs(
        [
            random.normal(size=each)
            for each in ((BATCH, 7, STATE), (BATCH, STATE), (2, BATCH, STATE))
        ]
    )

    def cell(h, x):
        scores = keys @ h.reshape(BATCH, STATE, 1)
        weights = cr.softmax(scores, axis=1)
        return cr.tanh((keys.mT @ weights).reshape(BATCH, STATE) + x), None

    assert_same(lambda scan: scan(cell, h, x)[0], [keys, h, x])
    (body,) = backward_bodies(weighed(cr.scan(cell, h, x)[0], random), [keys])
    assert len(body.states) == 1


def test_what_cannot_be_hoisted_is_accumulated(random):
    u, h, x = inputs([random.normal(size=each) for each in ((2, 3), (2, 3), (STEPS, 2, 3))])

    def build(scan):
        return scan(lambda h, x: (cr.tanh(u * h * x), None), h, x)[0]

    assert_same(build, [u, h, x])
    (body,) = backward_bodies(weighed(build(cr.scan), random), [u])
    assert len(body.states) == 2


def test_a_tensor_used_in_both_ways_adds_up(random):
    u, h, x = inputs([random.normal(size=each) for each in ((3, 3), (3, 3), (STEPS, 3, 3))])
    assert_same(lambda scan: scan(lambda h, x: (cr.tanh(h @ u + u * x), None), h, x)[0], [u, h, x])


def test_only_what_reaches_the_loss_enters_the_backward(random):
    x, h, w, u, b = operands(random)
    last, every = cr.scan(elman(w, u, b), h, x)
    (final,) = backward_bodies((last * last).sum(), [u])
    (both,) = backward_bodies((last * last).sum() + (every * every).sum(), [u])
    assert len(both.inputs) == len(final.inputs) + 1
    (without,) = backward_bodies((every * every).sum(), [w])
    assert [each.shape for each in without.outputs] == [(BATCH, STATE)]


def test_only_what_the_backward_reads_is_kept(random):
    layer = cr.nn.Linear(STATE, 4 * STATE, random=random, dtype="float64")
    x, h, c = inputs(
        [random.normal(size=(STEPS, BATCH, 4 * STATE)), *random.normal(size=(2, BATCH, STATE))]
    )
    (last, _), _ = cr.scan(lstm(layer, STATE), (h, c), x)
    (loop,) = scans_of(last)
    kept = [each.kind for each in loop.attributes["body"].outputs[1:]]
    assert sorted(kept) == ["sigmoid"] * 3 + ["tanh"] * 2
    constant = cr.scan(lambda s, x: (cr.tanh(s + cr.exp(x)), s), np.zeros(2), np.zeros((3, 2)))
    assert not constant[0].tracked


def test_views_of_what_is_kept_are_taken_again(random):
    h, x = inputs([random.normal(size=(2, 3)), random.normal(size=(STEPS, 2, 6))])

    def cell(h, x):
        return h * x[:, :3] * x[:, 3:].T.reshape(2, 3), None

    (loop,) = scans_of(cr.scan(cell, h, x)[0])
    assert [each.kind for each in loop.attributes["body"].outputs] == ["multiply"]
    assert_same(lambda scan: scan(cell, h, x)[0], [h, x])


def test_what_does_not_depend_on_the_step_is_computed_once_outside(random):
    x, h, w, u, b = operands(random)

    def cell(h, x):
        return cr.tanh(x @ cr.exp(w) + h @ u.T + (b * 2.0 + 1.0)), None

    last, _ = cr.scan(cell, h, x)
    (loop,) = scans_of(last)
    assert [each.kind for each in loop.inputs[2:]] == ["exp", "permute_dims", "add"]
    kinds = [each.kind for each in loop.attributes["body"].gates]
    assert sorted(kinds) == ["add", "add", "matmul", "matmul", "tanh"]
    assert_same(lambda scan: scan(cell, h, x)[0], [x, h, w, u, b])


# -- kinds of cells --------------------------------------------------------------------------------


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


# -- further derivatives ---------------------------------------------------------------------------


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("which", ["both", "final state only", "outputs only"])
def test_second_derivatives(which, reverse, random):
    x, h, w, u, b = xs = operands(random, steps=3)

    def build(scan):
        results = WHICH[which](*scan(elman(w, u, b), h, x, reverse=reverse))
        loss = weighed(results, np.random.default_rng(5))
        return tuple(cr.gradients(loss, [w, h, x, u, b]))

    assert_same(build, xs, rtol=1e-9, atol=1e-10)


def test_second_derivatives_with_accumulators_and_lookups(random):
    u, h, table = inputs([random.normal(size=each) for each in ((2, 3), (2, 3), (4, 3))])
    ids = cr.asarray(random.integers(0, 4, (3, 2)))

    def build(scan):
        last = scan(lambda h, i: (cr.tanh(u * h + cr.take(table, i)), None), h, ids)[0]
        return tuple(cr.gradients(weighed(last, np.random.default_rng(5)), [u, h, table]))

    assert_same(build, [u, h, table], rtol=1e-9, atol=1e-10)


def test_third_derivative():
    def f(x):
        return cr.scan(lambda s, _: (cr.sin(s * x), None), x, length=3)[0]

    def g(x):
        for_each = x
        for _ in range(3):
            for_each = cr.sin(for_each * x)
        return for_each

    third = [cr.grad(cr.grad(cr.grad(each)))(0.7).item() for each in (f, g)]
    np.testing.assert_allclose(third[0], third[1], rtol=1e-10)


@pytest.mark.parametrize("reverse", [False, True])
def test_forward_mode(reverse, random):
    shapes = [(STEPS, BATCH, ENTERING), (BATCH, STATE), (ENTERING, STATE), (STATE, STATE), (STATE,)]
    primals = [random.normal(size=each) for each in shapes]
    directions = [random.normal(size=each) for each in shapes]

    def function(scan):
        def result(x, h, w, u, b):
            last, every = scan(elman(w, u, b), h, x, reverse=reverse)
            return last.sum() + (every * every).sum()

        return result

    found, wanted = (cr.jvp(function(each), primals, directions) for each in (cr.scan, unrolled))
    np.testing.assert_allclose(found[1].value, wanted[1].value, rtol=1e-10)


def test_hessian_and_forward_over_reverse(random):
    x = random.normal(size=(3, 2))

    def loss(scan):
        return lambda w: weighed(
            scan(lambda s, x: (cr.tanh(s * w + x), s), cr.asarray(np.ones(2)), cr.asarray(x)),
            np.random.default_rng(1),
        )

    w, v = random.normal(size=2), random.normal(size=2)
    for of in (cr.hessian, lambda f: lambda w: cr.hessian_vector_product(f, w, v)):
        found, wanted = (of(loss(each))(w) for each in (cr.scan, unrolled))
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=1e-9, atol=1e-12)


UNARY = [cr.tanh, cr.sin, cr.sigmoid, lambda x: x * 0.5, lambda x: cr.maximum(x, -0.2), cr.softplus]
BINARY = [lambda a, b: a + b, lambda a, b: a * b * 0.5, lambda a, b: a - b, cr.maximum]
choices = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 7), st.integers(0, 7)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(choices, st.integers(0, 10**6), st.integers(1, 4), st.booleans())
def test_random_cells_are_their_unrolled_steps(steps, seed, length, reverse):
    random = np.random.default_rng(seed)
    x, a, b, w, u = inputs(
        [random.normal(size=each) for each in ((length, 2, 3), (2, 3), (2, 3), (3,), (3, 3))]
    )

    def cell(state, x):
        pool = [*state, x, w, state[0] @ u]
        for unary, binary, first, second in steps:
            pair = pool[first % len(pool)], pool[second % len(pool)]
            pool.append(UNARY[unary](BINARY[binary](*pair)))
        full = np.zeros((2, 3))
        return (pool[-1] + full, pool[-2] + full), pool[-1]

    assert_same(
        lambda scan: scan(cell, (a, b), x, reverse=reverse), [x, a, b, w, u], rtol=1e-8, atol=1e-10
    )


# -- everything around -----------------------------------------------------------------------------


def test_a_long_sequence_is_neither_deep_nor_quadratic(random):
    x, w = inputs([random.normal(size=(2000, 2)), np.array([0.5, -0.5])])
    last, every = cr.scan(lambda s, x: (cr.tanh(s * w + x), s), np.zeros(2), x)
    loss = (last * last).sum() + (every * every).sum()
    assert len(topological_order([loss])) < 40
    found = cr.gradients(loss, [x, w])
    assert len(topological_order(found)) < 120
    assert all(np.isfinite(each.value).all() for each in found)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_compiled_step_with_a_scan_trains_like_an_eager_one(dtype, random):
    x = random.normal(size=(STEPS, BATCH, ENTERING)).astype(dtype)

    def trained(compiled):
        source = np.random.default_rng(5)
        entering = cr.nn.Linear(ENTERING, 4 * STATE, random=source, dtype=dtype)
        layer = cr.nn.Linear(STATE, 4 * STATE, random=source, dtype=dtype)
        model = cr.nn.Sequential(entering, layer)
        optimizer = cr.optim.Adam(model, learning_rate=0.01)
        zeros = np.zeros((BATCH, STATE), dtype)

        def step(x):
            (last, _), every = cr.scan(lstm(layer, STATE), (zeros, zeros), entering(x))
            loss = (last * last).sum() + every.mean()
            optimizer.minimize(loss)
            return loss

        step = cr.compile(step) if compiled else step
        return [float(step(x)) for _ in range(4)]

    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(trained(True), trained(False), rtol=tolerance)


def test_the_explorer_shows_a_scan(random):
    x, h, w, u, b = operands(random, steps=2)
    loss = (cr.scan(elman(w, u, b), h, x)[0] ** 2).sum()
    graph = cr.Graph(loss)
    graph.forward()
    graph.backward()
    assert "tanh cell of 6 gates" in graph.text()
    assert "runs a tanh cell of 6 gates over 2 steps" in graph.explain()
    assert graph.derivation().ok
    assert graph.check().ok
    assert "scan" in graph.dot()


def test_the_local_gradient_of_a_scan_is_its_jacobian():
    s, x = cr.input("s", value=2.0), cr.input("x", value=np.array([3.0, 5.0]))
    graph = cr.Graph(cr.scan(lambda s, x: (s * x, None), s, x)[0])
    graph.forward()
    graph.backward()
    gate = next(each for each in graph.gates if each.kind == "scan")
    local = gate.local[0].dense()
    np.testing.assert_allclose(local[:3], [1.0, 3.0, 15.0])


def test_parameters_are_found_stale_through_a_scan():
    w = cr.parameter(np.ones(2))
    last, _ = cr.scan(lambda s, x: (s * w, None), np.ones(2), length=2)
    w.assign(np.zeros(2))
    with pytest.raises(cr.GradientError, match="before the parameter"):
        cr.gradients(last.sum(), [w])


ONES = np.ones((3, 2))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: cr.scan(lambda s, x: (s, s), 1.0, 2.0), cr.ShapeError, "scalar"),
        (lambda: cr.scan(lambda s, x: (s, s), 1.0), cr.ShapeError, "length="),
        (lambda: cr.scan(lambda s, x: (s, s), 1.0, length=-1), cr.ShapeError, "how many steps"),
        (lambda: cr.scan(lambda s, x: (s, s), 1.0, ONES, length=4), cr.ShapeError, "how many"),
        (lambda: cr.scan(lambda s, x: (s, s), 1.0, (ONES, ONES[:2])), cr.ShapeError, "how many"),
        (lambda: cr.scan(lambda s, x: s, 1.0, ONES), cr.PrimitiveError, "one Input"),
        (lambda: cr.scan(lambda s, x: (s, s, s), 1.0, ONES), cr.PrimitiveError, "3 things"),
        (lambda: cr.scan(lambda s, x: ((s, s), s), 1.0, ONES), cr.PrimitiveError, "2 parts"),
        (lambda: cr.scan(lambda s, x: (s + x, s), 1.0, ONES), cr.ShapeError, "keeps its shape"),
        (lambda: cr.scan(lambda s, x: (s > 0, s), ONES, ONES), cr.DTypeError, "new state 0"),
        (lambda: cr.scan(lambda s, x: (s, s > 0), ONES, ONES), cr.DTypeError, "the output"),
        (lambda: cr.scan(lambda s, x: (s, s), np.arange(3), ONES), cr.DTypeError, "the state"),
        (
            lambda: cr.scan(lambda s, x: (s, None), (ONES, ONES.astype("float32")), ONES),
            cr.DTypeError,
            "of one dtype, here float64",
        ),
        (
            lambda: cr.scan(lambda s, x: (s * x, s), ONES[0].astype("float32"), ONES),
            cr.DTypeError,
            r"astype\('float32'\)",
        ),
        (lambda: cr.scan(lambda s, x: ((), None), (), ONES), cr.PrimitiveError, "nothing to"),
        (
            lambda: cr.scan(lambda s, x: (s if x.sum() > 0 else -s, s), 1.0, ONES),
            cr.UnboundInputError,
            "A branch depends",
        ),
    ],
)
def test_misfits_are_refused_in_a_sentence(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_an_update_inside_a_cell_is_refused():
    w = cr.parameter(np.ones(2))

    def cell(s, x):
        apply_together([Replace(w, s * w)])
        return s * w, None

    with pytest.raises(cr.UnboundInputError):
        cr.scan(cell, np.ones(2), length=2)
    with pytest.raises(cr.ImmutableError, match="called once"):
        cr.compile(lambda x: cr.scan(cell, x, length=2)[0])(np.ones(2))


def test_a_loop_refuses_operands_that_do_not_fit_its_body():
    scan = cr.PRIMITIVES["scan"]
    attributes = scan.examples[0].attributes
    assert isinstance(attributes["body"], Body)
    good = [np.ones(2), np.ones((3, 2)), np.ones(2)]
    with pytest.raises(cr.PrimitiveError, match="2 operands"):
        cr.apply(scan, *good[:2], **attributes)
    with pytest.raises(cr.ShapeError, match="takes"):
        cr.apply(scan, good[0], np.ones((2, 2)), good[2], **attributes)
    with pytest.raises(cr.DTypeError, match="traced for float64"):
        cr.apply(scan, good[0], good[1], np.ones(2, "float32"), **attributes)


# -- slices sent back ------------------------------------------------------------------------------


def test_slices_of_one_tensor_send_their_gradients_back_joined():
    def joined(x):
        return (x[0] * x[1] * x[3]).sum() + (x[4] * x[4]).sum()

    x = np.random.default_rng(2).normal(size=(6, 3))
    assert_gradients(joined, x)
    moving = cr.input("x", value=x)
    (gradient,) = cr.gradients(joined(moving), [moving])
    assert gradient.kind == "concat"
    assert [each.shape[0] for each in gradient.inputs] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x[1:4] * x[2:5]).sum(),
        lambda x: (x[::2] * x[1::2]).sum(),
        lambda x: (x[0, 1:] * x[1, :2]).sum() + (x[4] * x[5]).sum(),
        lambda x: (x[:, 0] * x[:, 2]).sum(),
        lambda x: (x[:3] * x[3:]).sum() + (x[2:2] * 2.0).sum(),
        lambda x: (x[:3] * x[3:]).sum() * x.sum(),
    ],
)
def test_other_slices_add_up_as_before(function):
    assert_gradients(function, np.random.default_rng(2).normal(size=(6, 3)))
