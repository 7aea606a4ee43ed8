"""A scan in long sequences, compiled, explored, and misused."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import Body, Replace, apply_together, topological_order
from numerical import inputs
from recurrent import (
    BATCH,
    ENTERING,
    STATE,
    STEPS,
    elman,
    lstm,
    operands,
)


@pytest.fixture
def random():
    return np.random.default_rng(7)


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
    assert "runs its cell of 6 gates over 2 steps" in str(graph.explain())
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
        (lambda: cr.scan(lambda s, x: (s, s), 1.0, length=-1), cr.ShapeError, "number of st"),
        (
            lambda: cr.scan(lambda s, x: (s, s), 1.0, ONES, length=4),
            cr.ShapeError,
            "number of steps",
        ),
        (
            lambda: cr.scan(lambda s, x: (s, s), 1.0, (ONES, ONES[:2])),
            cr.ShapeError,
            "number of steps",
        ),
        (lambda: cr.scan(lambda s, x: s, 1.0, ONES), cr.PrimitiveError, "one Argument"),
        (lambda: cr.scan(lambda s, x: (s, s, s), 1.0, ONES), cr.PrimitiveError, "3 things"),
        (lambda: cr.scan(lambda s, x: ((s, s), s), 1.0, ONES), cr.PrimitiveError, "2 parts"),
        (lambda: cr.scan(lambda s, x: (s + x, s), 1.0, ONES), cr.ShapeError, "keeps its shape"),
        (lambda: cr.scan(lambda s, x: (s > 0, s), ONES, ONES), cr.DTypeError, "new state 0"),
        (
            lambda: cr.scan(lambda s, x: (s, s.astype("float32")), ONES, ONES),
            cr.DTypeError,
            "the output",
        ),
        (lambda: cr.scan(lambda s, x: (s * x, s), np.arange(2), ONES), cr.DTypeError, "begin with"),
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
            "The branch at .* depends",
        ),
    ],
)
def test_misfits_are_refused_with_a_readable_message(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_an_update_inside_a_cell_is_refused():
    w = cr.parameter(np.ones(2))

    def cell(s, x):
        apply_together([Replace(w, s * w)])
        return s * w, None

    with pytest.raises(cr.ImmutableError, match="called once"):
        cr.scan(cell, np.ones(2), length=2)


@pytest.mark.native
def test_an_update_inside_a_cell_is_refused_where_it_would_be_compiled():
    w = cr.parameter(np.ones(2))

    def cell(s, x):
        new = s * w
        apply_together([Replace(w, new)])
        return new, None

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
