"""What no gradient passes goes on as a value: without history, never stale, and free to forget."""

import gc
import weakref

import numpy as np
import pytest

import chainrule as cr

X = np.arange(6.0).reshape(2, 3)


def weight():
    return cr.parameter(np.array([1.0, -2.0, 0.5]), "w")


# Functions of w whose results lead to no gradient.
ENDS = {
    "stop_gradient": lambda w: cr.stop_gradient((w * X).sum()),
    "inside": lambda w: cr.stop_gradient(w * X).sum(),
    "counted": lambda w: (cr.argmax(w * X, -1) == 2).sum(),
    "share": lambda w: (cr.argmax(w * X, -1) == 2).mean(),
    "all": lambda w: cr.all(cr.isfinite(w * X)),
    "any": lambda w: cr.any(w * X > 3),
    "floor": lambda w: cr.floor(w * X).sum(),
    "round": lambda w: cr.round(w * X).astype("int64").max(),
    "sign": lambda w: cr.sign(w * X) * 2.0,
    "one_hot": lambda w: cr.one_hot(cr.argmax(w * X, -1), 3).sum(0),
    "quotient": lambda w: (w * X // 2.0).mean(),
}


@pytest.mark.parametrize("name", ENDS)
def test_it_has_no_history(name):
    w = weight()
    scores = w * X
    seen = weakref.ref(scores)
    end = ENDS[name](scores + 0.0)
    del scores
    gc.collect()
    assert seen() is None
    assert end.known
    assert not end.tracked


@pytest.mark.parametrize("name", ENDS)
def test_it_may_be_used_after_an_update(name):
    w = weight()
    end = ENDS[name](w).astype("float64")
    before = end.value.copy()
    w.assign(w.value * 2)
    loss = (w * X).sum() * end.sum()
    (gradient,) = cr.gradients(loss, [w])
    np.testing.assert_array_equal(gradient.value, X.sum(0) * before.sum())


@pytest.mark.parametrize("name", ENDS)
def test_totals_over_many_steps_hold_no_graph(name):
    w, total = weight(), 0.0
    for step in range(50):
        w.assign(w.value * 1.01)
        total = total + ENDS[name](w).astype("float64").sum()
        if step == 9:
            early = weakref.ref(total)
    gc.collect()
    assert early() is None
    assert total.inputs == ()


@pytest.mark.parametrize(
    "function",
    [cr.floor, cr.sign, cr.round, lambda x: x > 0, cr.argmax, cr.stop_gradient],
    ids=["floor", "sign", "round", "comparison", "argmax", "stop_gradient"],
)
def test_one_made_before_an_update_is_not_stale(function):
    w = weight()
    made = function(w * X).astype("float64")
    w.assign(w.value + 1)
    (gradient,) = cr.gradients((made.sum() * w).sum(), [w])
    np.testing.assert_array_equal(gradient.value, np.full(3, made.value.sum()))


def test_what_gradient_passes_is_stale_as_before():
    w = weight()
    loss = (w * cr.stop_gradient(w) * X).sum()
    w.assign(w.value + 1)
    with pytest.raises(cr.GradientError, match="before the parameter 'w' last changed"):
        cr.gradients(loss, [w])


def test_a_graph_with_inputs_still_runs_on_other_values():
    x = cr.input("x", value=2.0)
    graph = cr.Graph(x * cr.stop_gradient(x * x) + (cr.floor(x) > 2).sum())
    assert graph.forward() == 8.0
    assert graph.forward(x=3.5) == 3.5**3 + 1
    assert graph.backward() == {"x": 3.5**2}


def test_a_graph_of_parameters_reads_their_values_where_it_branches():
    w = cr.parameter(np.array(2.0), "w")
    graph = cr.Graph(cr.where(w > 0, w, w * 0.1) + cr.abs(w))
    assert graph.forward() == 4.0
    w.assign(np.array(-2.0))
    assert graph.forward() == pytest.approx(1.8)
    assert graph.backward()["w"] == pytest.approx(-0.9)


def test_a_graph_with_a_mask_without_history_does_not_run_on_new_parameters():
    w = cr.parameter(np.array(0.5), "w")
    inside = cr.logical_and(w > 0, w < 1).astype("float64")
    graph = cr.Graph(w * inside)
    assert graph.forward() == 0.5
    w.assign(np.array(2.0))
    with pytest.raises(cr.ChainruleError, match=r"at test_detached\.py.*'w' has changed"):
        graph.forward()
    stopped = cr.Graph(w * cr.stop_gradient(w))
    w.assign(np.array(3.0))
    assert stopped.forward() == 6.0


@pytest.mark.native
def test_in_a_compiled_function_it_is_a_gate_and_its_gradient_is_zero():
    def slopes(x, y):
        stopped = cr.stop_gradient(x * y)
        return tuple(cr.gradients((stopped * x + cr.floor(y) * x).sum(), [x])), stopped

    found = cr.compile(slopes)
    for x, y in ((X, X + 0.5), (X + 1, X * 2.5)):
        ((slope,), stopped) = found(x, y)
        np.testing.assert_array_equal(slope.value, x * y + np.floor(y))
        np.testing.assert_array_equal(stopped.value, x * y)
    assert (cr.grad(lambda x: cr.stop_gradient(x * x).sum())(X).value == 0).all()
    assert (cr.compile(cr.grad(lambda x: cr.stop_gradient(x * x).sum()))(X).value == 0).all()


@pytest.mark.native
@pytest.mark.parametrize("name", ENDS)
def test_the_result_of_a_compiled_function_is_forgotten_too(name):
    w = weight()
    scores = cr.compile(lambda: w * X + 0.0)
    before = ENDS[name](scores())
    assert not before.tracked
    w.assign(w.value * 2)
    (gradient,) = cr.gradients((scores() * before.astype("float64").sum()).sum(), [w])
    np.testing.assert_array_equal(gradient.value, X.sum(0) * before.value.sum())


def test_targets_of_a_moving_average_hold_no_graph():
    w, average = weight(), cr.asarray(np.zeros(3))
    for _ in range(20):
        average = cr.stop_gradient(average * 0.9 + w * 0.1)
        w.assign(w.value + 1)
    assert average.inputs == ()
    (gradient,) = cr.gradients(((w - average) ** 2).sum(), [w])
    np.testing.assert_allclose(gradient.value, 2 * (w.value - average.value))


def test_a_loop_over_gradients_of_a_function_keeps_no_history():
    w = np.ones(3)
    for _ in range(3):
        value, slope = cr.value_and_grad(lambda v: (v * v).sum())(w)
        w = w - 0.1 * slope
    assert w.inputs == value.inputs == slope.inputs == ()
    np.testing.assert_allclose(w.value, np.full(3, 0.8**3))


def test_a_derivative_that_can_be_taken_again_stays_a_graph():
    w, x = weight(), cr.input("x", value=np.ones(3))
    (slope,) = cr.gradients(cr.grad(lambda v: (v * v * w).sum())(np.ones(3)).sum(), [w])
    np.testing.assert_array_equal(slope.value, np.full(3, 2.0))
    (slope,) = cr.gradients(cr.grad(lambda v: (v**3).sum())(x).sum(), [x])
    np.testing.assert_array_equal(slope.value, np.full(3, 6.0))
    assert cr.grad(cr.grad(lambda v: v**3))(2.0).item() == 12.0
