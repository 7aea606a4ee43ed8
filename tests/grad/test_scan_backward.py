"""What the backward of a scan carries, and what the forward keeps for it."""

import numpy as np
import pytest

import chainrule as cr
from numerical import inputs
from recurrent import (
    BATCH,
    ENTERING,
    STATE,
    STEPS,
    assert_same,
    backward_bodies,
    elman,
    gru,
    layers,
    lstm,
    operands,
    scans_of,
    weighed,
)


@pytest.fixture
def random():
    return np.random.default_rng(7)


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
    assert sorted(kept) == ["exp"] * 3 + ["sigmoid"] * 3 + ["slice"] + ["tanh"] * 2
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
