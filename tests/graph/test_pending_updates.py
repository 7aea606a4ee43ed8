"""Updates of a compiled function wait for its end; what would not see them is refused."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import AddRows, ReplaceRows, apply_together, evaluate, latest, tracing

pytestmark = pytest.mark.native
X = np.linspace(-1.0, 2.0, 12).reshape(4, 3)


class Twins:
    """Two parameters, each with its optimizer."""

    def __init__(self):
        self.w = cr.parameter(np.ones(3), "w")
        self.v = cr.parameter(np.full(3, 2.0), "v")
        self.of_w, self.of_v = cr.optim.SGD([self.w], 0.1), cr.optim.Adam([self.v], 0.1)
        self.again = cr.optim.SGD([self.w], 0.2)
        self.average = cr.optim.Average([self.w], 0.5)

    @property
    def values(self):
        return [each.value for each in (self.w, self.v, *self.average.averages.values())]


def updates_twice(t, x):
    t.of_w.minimize((t.w * x).sum())
    t.again.minimize((t.w * x * 2).sum())


def reads_afterwards(t, x):
    t.of_w.minimize((t.w * x).sum())
    return (t.w * x).sum()


def reads_in_a_gradient(t, x):
    loss = (t.w * t.w * x).sum()
    t.of_w.minimize(loss)
    t.again.minimize(loss)
    return loss


def returns_it(t, x):
    t.of_w.minimize((t.w * x).sum())
    return t.w


def averages_twice(t, x):
    loss = (t.w * x).sum()
    t.of_w.minimize(loss)
    t.average.update()
    t.average.update()
    return loss


LINE = r"test_pending_updates.py:\d+"
REFUSED = {
    updates_twice: f"parameter 'w' is updated at {LINE}, and again at {LINE}. .*second compiled",
    reads_in_a_gradient: "multiply .* was computed before the parameter 'w' last changed",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda each: each.__name__)
def test_what_would_lose_an_update_or_not_see_it_is_refused_and_changes_nothing(function):
    twins = Twins()
    before = twins.values
    with pytest.raises(cr.ChainruleError, match=REFUSED[function]):
        cr.compile(lambda x: function(twins, x))(X)
    np.testing.assert_array_equal(twins.values, before)


def test_both_updates_are_named_by_their_lines():
    twins = Twins()
    with pytest.raises(cr.ChainruleError) as caught:
        cr.compile(lambda x: updates_twice(twins, x))(X)
    first, second = map(int, re.findall(rf"{LINE[:-3]}(\d+)", str(caught.value)))
    assert second == first + 1


def players(t, x):
    """One step of each of two that play against each other, both losses computed first."""
    made = x * t.v
    judged, fooled = (cr.stop_gradient(made) * t.w).sum(), -cr.tanh(made * t.w).sum()
    t.of_v.minimize(fooled)
    t.of_w.minimize(judged)
    t.average.update()
    return judged


def reads_before(t, x):
    kept = t.w * 1.0
    t.of_w.minimize((t.w * x).sum())
    return (kept * x).sum()


def follows(t, x):
    """A target that moves towards the updated weights, and is read as it has moved."""
    t.of_w.minimize((t.w * x).sum())
    t.v.assign(0.9 * t.v + 0.1 * t.w)
    t.v.assign(t.v * 2)
    return (t.v * x).sum()


def asks_after_an_assignment(t, x):
    """A gradient with respect to the value that was assigned, not through its history."""
    t.v.assign(t.w * 3.0)
    (found,) = cr.gradients((t.v * t.v * x).sum(), [t.v])
    return found


SEEN = (
    players,
    reads_before,
    reads_afterwards,
    returns_it,
    averages_twice,
    follows,
    asks_after_an_assignment,
)


@pytest.mark.parametrize("function", SEEN, ids=lambda each: each.__name__)
def test_what_sees_the_same_values_as_eagerly_is_compiled(function):
    eager, compiled = Twins(), Twins()
    step = cr.compile(lambda x: function(compiled, x))
    for _ in range(3):
        found, wanted = step(X).value, function(eager, cr.asarray(X)).value
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    np.testing.assert_allclose(compiled.values, eager.values, rtol=1e-12)


def resets(t, x):
    t.v.assign(np.array([3.0, 4.0, 5.0]))
    return (t.v * t.w * x).sum()


def reads_between(t, x):
    t.v.assign(t.v * 2.0)
    between = (t.v * x).sum()
    t.v.assign(t.v + 1.0)
    return between


def within_another(t, x):
    cr.compile(lambda x: t.v.assign(t.v * x.sum()))(x)
    return (t.v * t.v * x).sum()


AFTERWARDS = (reads_afterwards, returns_it, follows, resets, within_another)


@pytest.mark.parametrize("function", AFTERWARDS, ids=lambda each: each.__name__)
def test_gradients_asked_after_the_call_are_of_the_values_that_it_leaves(function):
    eager, compiled = Twins(), Twins()
    step = cr.compile(lambda x: function(compiled, x))
    for _ in range(2):
        x, y = cr.input("x", value=X), cr.input("x", value=X)
        found = cr.gradients(step(x).sum(), [x, compiled.w, compiled.v])
        wanted = cr.gradients(function(eager, y).sum(), [y, eager.w, eager.v])
        for ours, theirs in zip(found, wanted, strict=True):
            assert (ours is None) is (theirs is None)
            if ours is not None:
                np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-12)


def test_a_value_that_the_call_has_replaced_has_no_gradient_afterwards():
    for compile in (cr.compile, lambda function: function):
        twins = Twins()
        result = compile(lambda x: reads_between(twins, x))(cr.input("x", value=X))  # noqa: B023
        with pytest.raises(cr.GradientError, match="'v' last changed"):
            cr.gradients(result, [twins.v])
    twins = Twins()
    result = cr.compile(lambda x: reads_afterwards(twins, x))(X)
    twins.w.assign(np.ones(3))
    with pytest.raises(cr.GradientError, match="'w' last changed"):
        cr.gradients(result, [twins.w])


def test_a_layer_with_state_that_is_called_twice_continues_from_its_own_update():
    def run(compiled):
        model = cr.nn.Sequential(cr.nn.BatchNorm(3, dtype="float64"), cr.nn.Dropout(random=0))
        twice = lambda x: model(x) + model(x * 3.0)  # noqa: E731
        out = (cr.compile(twice) if compiled else twice)(X).value
        return [out, *model.state().values()]

    for found, wanted in zip(run(True), run(False), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_the_latest_value_of_a_table_has_the_rows_that_are_written_and_the_others():
    table = cr.parameter(np.arange(8.0).reshape(4, 2), "table", table=True)
    ids, keep = np.array([2, 0, 2]), np.array([True, True, False])
    rows = cr.input("rows", value=-np.ones((3, 2)))
    with tracing():
        apply_together([ReplaceRows(table, cr.asarray(ids), rows, cr.asarray(keep))])
        after, looked_up = latest(table), cr.take(table, [2, 1])
    found = evaluate([after, looked_up], {})
    np.testing.assert_array_equal(found[after], [[-1, -1], [2, 3], [-1, -1], [6, 7]])
    np.testing.assert_array_equal(found[looked_up], [[-1, -1], [2, 3]])
    assert latest(table) is table


def test_the_latest_value_of_a_table_has_the_rows_that_are_added():
    table = cr.parameter(np.arange(8.0).reshape(4, 2), "table", table=True)
    rows = cr.input("rows", value=-np.ones((3, 2)))
    with tracing():
        apply_together([AddRows(table, cr.asarray([2, 0, 2]), rows, cr.asarray(0.5))])
        after = latest(table)
    found = evaluate([after], {})[after]
    np.testing.assert_array_equal(found, [[-0.5, 0.5], [2, 3], [3, 4], [6, 7]])


def test_rows_are_added_times_one_number():
    table = cr.parameter(np.ones((4, 2)), "table", table=True)
    update = AddRows(table, cr.asarray([2, 0]), cr.asarray(np.ones((2, 2))), cr.asarray([1.0, 2.0]))
    with pytest.raises(cr.ShapeError, match="factor of shape"):
        apply_together([update])


def test_rows_that_are_assigned_inside_a_compiled_function_are_written_and_read():
    codes = cr.parameter(np.zeros((4, 2)), "codes", trainable=False)

    @cr.compile
    def step(ids, rows):
        codes.assign_rows(ids, rows)
        return codes * 10.0

    found = step(np.array([3, 1]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_array_equal(codes.value, [[0, 0], [3, 4], [0, 0], [1, 2]])
    np.testing.assert_array_equal(found.value, codes.value * 10)
    with pytest.raises(cr.RangeError, match="4"):
        step(np.array([0, 4]), np.ones((2, 2)))
    np.testing.assert_array_equal(codes.value, [[0, 0], [3, 4], [0, 0], [1, 2]])


def test_an_assignment_inside_a_compiled_function_keeps_shape_and_kind():
    count = cr.parameter(0, "count", trainable=False)

    @cr.compile
    def step(x, new):
        count.assign(new(count, x))
        return x

    step(np.ones(3), lambda count, x: count + 2)
    step(np.ones(3), lambda count, x: count + 2)
    assert count.value == 4
    with pytest.raises(cr.DTypeError, match="'count' is int64 but was assigned float64"):
        step(np.ones(3), lambda count, x: count + 0.5)
    with pytest.raises(cr.ShapeError, match="'count' has shape"):
        step(np.ones(3), lambda count, x: x.astype("int64"))
    assert count.value == 4
