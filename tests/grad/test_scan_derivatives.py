"""Further derivatives of scans, forward mode, and random cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from numerical import inputs
from recurrent import (
    BATCH,
    ENTERING,
    STATE,
    STEPS,
    WHICH,
    assert_same,
    elman,
    operands,
    unrolled,
    weighed,
)


@pytest.fixture
def random():
    return np.random.default_rng(7)


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
