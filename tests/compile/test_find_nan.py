"""`find_nan` names the first value that is not finite and reaches a result, with its line."""

import numpy as np
import pytest

import chainrule as cr


def line_of(found):
    return found.origin.source


def test_the_first_gate_is_named_with_its_line_and_its_inputs():
    def loss(x):
        shifted = x - 2.0
        logarithm = cr.log(shifted)
        return (logarithm * 3.0).sum()

    found = cr.find_nan(loss, np.array([5.0, 1.0, 2.0, 4.0]))
    assert not found.ok
    assert found.gate.kind == "log"
    assert line_of(found) == "logarithm = cr.log(shifted)"
    text = str(found)
    assert "logarithm = cr.log(shifted)" in text
    assert "not finite in 2 of 4: nan at [1], -inf at [2]" in text
    assert "input subtract" in text
    assert "float64[4] from -1 to 3, all finite" in text
    assert "which makes these not finite too: output 0" in text


def test_if_all_is_finite_it_says_so():
    found = cr.find_nan(lambda x: cr.exp(x), np.zeros(2))
    assert found.ok
    assert found
    assert (found.gate, found.origin) == (None, None)
    assert str(found) == "every output and update is finite"


def step_of(weight):
    optimizer = cr.optim.Adam([weight], 0.5)

    @cr.compile
    def step(x):
        loss = cr.sqrt(x * weight).sum()
        optimizer.minimize(loss)
        return loss

    return step, optimizer


def test_a_gradient_is_found_in_the_update_and_nothing_is_updated():
    weight = cr.parameter([0.0, 1.0], "weight")
    step, optimizer = step_of(weight)
    found = cr.find_nan(step, np.ones(2))
    assert "the update of 'weight'" in found.spoiled
    assert "output 0" not in found.spoiled
    assert "cr.sqrt" in line_of(found)
    np.testing.assert_array_equal(weight.value, [0.0, 1.0])
    assert optimizer.steps.item() == 0


def test_after_a_run_the_same_graph_is_replayed_on_the_parameters_of_now():
    weight = cr.parameter([1.0, 1.0], "weight")
    step, _ = step_of(weight)
    step(np.ones(2))
    assert cr.find_nan(step, np.ones(2)).ok
    weight.assign([np.nan, 1.0])
    found = cr.find_nan(step, np.ones(2))
    assert found.gate is weight
    assert "before the call is that of 'weight'" in str(found)


def test_an_argument_that_is_not_finite_is_named():
    found = cr.find_nan(lambda x, y: (x * y).sum(), np.ones(3), np.array([1.0, np.inf, 2.0]))
    assert found.gate.name == "y"
    assert "before the call is that of 'y'" in str(found)
    assert "inf at [1]" in str(found)


def test_where_hides_what_it_does_not_take():
    found = cr.find_nan(lambda x: cr.where(x > 0, cr.log(x), 0.0).sum(), np.array([0.0, 1.0]))
    assert found.ok
    assert [each.kind for each in found.harmless] == ["log"]
    assert "harmless" in str(found)
    assert "cr.log(x)" in str(found)


def test_the_wrong_gate_is_named_and_not_an_earlier_harmless_one():
    def loss(x):
        hidden = cr.where(x > 0, cr.log(x), 0.0)
        late = cr.reciprocal(x - 1.0)
        return (cr.where(x > 0, hidden, 1.0) + late).sum()

    found = cr.find_nan(loss, np.array([0.0, 1.0]))
    assert found.gate.kind == "reciprocal"
    assert found.harmless == ()


def test_where_does_not_hide_what_it_takes():
    found = cr.find_nan(lambda x: cr.where(x >= 0, cr.log(x), 0.0).sum(), np.array([0.0, 1.0]))
    assert found.gate.kind == "log"


def test_gates_that_reach_no_output_are_ignored():
    def loss(x):
        cr.log(x)
        return x.sum()

    found = cr.find_nan(loss, np.array([0.0, 1.0]))
    assert found.ok
    assert found.harmless == ()


def test_an_argument_that_no_output_needs_is_harmless():
    found = cr.find_nan(lambda x, unused: x.sum(), np.ones(2), np.array([np.nan]))
    assert found.ok
    assert [each.name for each in found.harmless] == ["unused"]


def test_it_says_where_infinity_becomes_nan():
    found = cr.find_nan(lambda x: (cr.exp(x) - cr.exp(x)).sum(), np.array([1000.0]))
    assert (found.gate.kind, found.turned.kind) == ("exp", "subtract")
    assert "it becomes NaN in subtract" in str(found)


def test_the_infinities_of_a_mask_are_not_blamed_themselves():
    mask = np.array([-np.inf, -np.inf])
    found = cr.find_nan(lambda x: cr.softmax(x + mask), np.zeros(2))
    assert found.gate.kind == "add"


@pytest.mark.parametrize("count", [2, 6])
def test_long_lists_are_cut(count):
    def loss(x):
        hidden = [cr.where(x > 0, cr.log(x * float(i + 1)), 0.0) for i in range(count)]
        return sum(hidden[1:], hidden[0]).sum()

    text = str(cr.find_nan(loss, np.array([0.0, 1.0])))
    assert ("and 3 more" in text) == (count == 6)


def test_in_a_loop_the_gate_inside_and_the_step_are_named():
    weight = cr.parameter(np.full((3, 3), 5.0), "weight")

    def cell(state, x):
        entering = state @ weight + x
        state = cr.exp(entering)
        return state, state

    @cr.compile
    def step(x):
        _, outputs = cr.scan(cell, np.zeros((2, 3)), x)
        return (outputs * outputs).sum()

    found = cr.find_nan(step, np.full((10, 2, 3), 0.5))
    assert found.gate.kind == "exp"
    assert found.origin.source == "state = cr.exp(entering)"
    assert "in step 3 of 10 of a scan" in str(found)
    assert np.isinf(found.value).all()


def test_in_the_backward_of_a_loop_the_gate_inside_is_named():
    weight = cr.parameter(np.zeros((2, 3)), "weight")
    optimizer = cr.optim.SGD([weight], 0.1)

    @cr.compile
    def step(x):
        _, outputs = cr.scan(lambda h, x: (cr.sqrt(cr.abs(h * x)),) * 2, weight, x)
        loss = (outputs * outputs).sum()
        optimizer.minimize(loss)
        return loss

    found = cr.find_nan(step, np.zeros((4, 2, 3)))
    assert found.gate.kind == "divide"
    assert "in step 1 of 4 of a scan" in str(found)
    assert found.spoiled == ("the update of 'weight'",)
