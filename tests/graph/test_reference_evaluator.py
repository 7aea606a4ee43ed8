"""Running a graph, and building it again on other leaves."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import evaluate, in_double_precision, rebuild, topological_order
from chainrule.ops import cross_entropy


def test_a_graph_runs_on_bound_inputs():
    x, w = cr.input("x", (2,)), cr.parameter([3.0, 4.0], "w")
    y = (x * w).sum()
    values = evaluate([y], {x: np.array([1.0, 2.0])})
    assert values[y] == 11.0
    np.testing.assert_array_equal(values[w], [3.0, 4.0])
    assert y.value is None


def test_a_bound_value_wins_over_the_one_the_node_carries():
    x = cr.input("x", value=1.0)
    w = cr.parameter(2.0, "w")
    y = x * w
    assert evaluate([y], {})[y] == 2.0
    assert evaluate([y], {x: np.array(5.0)})[y] == 10.0
    assert evaluate([y], {w: np.array(5.0)})[y] == 5.0
    assert y.item() == 2.0


def test_any_node_may_be_bound_and_what_lies_above_it_is_not_needed():
    x = cr.input("x", (2,))
    hidden = x * 2
    y = hidden + 1
    np.testing.assert_array_equal(evaluate([y], {hidden: np.ones(2)})[y], [2.0, 2.0])
    assert evaluate([hidden], {hidden: np.ones(2)}).keys() == {hidden}


def test_an_unbound_input_is_named():
    x, other = cr.input("x", (2,), "float32"), cr.input("other", (2,), "float32")
    with pytest.raises(cr.UnboundInputError) as caught:
        evaluate([x + other], {x: np.zeros(2)})
    assert str(caught.value) == (
        "The graph was run without a value for its input 'other' (float32[2]). "
        "Bind it by name: forward(other=...)."
    )


def test_values_are_computed_without_warnings():
    x = cr.input("x", ())
    assert evaluate([cr.log(x)], {x: np.array(-1.0)})[x] == -1.0


def test_a_deferred_gate_is_evaluated_like_any_other():
    x = cr.input("x", value=np.ones((2, 3)))
    y = cr.add_rows(x, [1, 1], 3)
    assert y._value is None
    np.testing.assert_array_equal(evaluate([y], {})[y], [[0, 0, 0], [2, 2, 2], [0, 0, 0]])


def test_a_rebuilt_graph_computes_the_same_on_other_leaves():
    x, w = cr.input("x", value=[1.0, 2.0]), cr.parameter([3.0, 4.0], "w")
    y = cr.softmax(x * w)
    y.name = "p"
    other = cr.input("x", (2,))
    made = rebuild([y], {x: other})
    assert made[x] is other
    assert made[w] is w
    new = made[y]
    assert (new.name, new.origin, new.shape, new.value) == ("p", y.origin, (2,), None)
    assert [n.kind for n in topological_order([new])] == [n.kind for n in topological_order([y])]
    np.testing.assert_array_equal(evaluate([new], {other: x.value})[new], y.value)


@pytest.mark.parametrize("shape", [(3, 2), (3,), ()])
def test_a_leaf_of_another_shape_is_refused(shape):
    """Counts and axes are fixed in the gates, so that another shape would give wrong values."""
    x = cr.input("x", (2,))
    with pytest.raises(cr.ShapeError):
        rebuild([x.mean()], {x: cr.input("x", shape)})


def test_what_does_not_change_is_kept():
    x, w = cr.input("x", ()), cr.input("w", ())
    kept, changed = cr.exp(w), cr.exp(x)
    y = kept + changed
    made = rebuild([y], {x: cr.input("z", ())})
    assert made[kept] is kept
    assert made[changed] is not changed
    assert rebuild([y], {})[y] is y


def test_an_inner_node_may_be_replaced():
    x = cr.input("x", value=2.0)
    hidden = cr.exp(x)
    y = hidden * 3
    assert rebuild([y], {hidden: cr.asarray(5.0)})[y].item() == 15.0


def test_double_precision_reaches_leaves_conversions_and_losses():
    w = cr.parameter(np.array([[0.1, -0.2], [0.3, 0.4]], np.float32), "w")
    x = cr.input("x", value=np.ones((3, 2), np.float32))
    ids = cr.input("ids", value=np.array([0, 1, 1]))
    scores = cr.tanh(x @ w) * 0.5 + cr.one_hot(ids, 2)
    loss = cross_entropy(scores, ids)
    made = in_double_precision([loss])
    double = made[loss]
    assert double.dtype == cr.float64
    floats = {n.dtype for n in topological_order([double]) if n.dtype.kind == "f"}
    assert floats == {cr.float64}
    assert made[ids] is ids
    assert made[w].origin == w.origin
    assert made[w].kind == "input"
    assert double.item() == pytest.approx(loss.item(), rel=1e-6)
    assert loss.dtype == cr.float32
    (gradient,) = cr.gradients(double, [made[w]])
    assert gradient.dtype == cr.float64


def test_double_precision_of_unbound_inputs_and_nameless_leaves():
    x = cr.input("x", (2,), "float32")
    y = x * cr.asarray(np.ones(2, np.float32))
    double = in_double_precision([y])[y]
    assert double.dtype == cr.float64
    assert double.value is None
    already = cr.input("x", (2,)) * 2
    assert in_double_precision([already])[already] is already


def test_gates_with_their_own_backward_are_rebuilt_with_it():
    x = cr.input("x", value=np.array([0.5], np.float32))
    y = cr.sigmoid(x)
    made = in_double_precision([y])
    (gradient,) = cr.gradients(made[y].sum(), [made[x]])
    p = 1 / (1 + np.exp(-0.5))
    np.testing.assert_allclose(gradient.value, [p * (1 - p)], rtol=1e-12)
