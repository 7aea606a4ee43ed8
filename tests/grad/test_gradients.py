"""cr.gradients: one sweep over a graph, what it returns, and what it refuses."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad import sweep
from chainrule.graph import evaluate, topological_order


def test_the_lectures_first_example():
    """f = (x + y) z at (-2, 5, -4): f = -12, gradients (-4, -4, 3)."""
    x, y, z = (cr.input(n, value=v) for n, v in zip("xyz", (-2.0, 5.0, -4.0), strict=True))
    f = (x + y) * z
    assert f.item() == -12
    assert [g.item() for g in cr.gradients(f, [x, y, z])] == [-4, -4, 3]


def test_the_lectures_second_example():
    """f = (x + y) max(y, z) at (1, 2, 0): f = 6, gradients (2, 5, 0)."""
    x, y, z = (cr.input(n, value=v) for n, v in zip("xyz", (1.0, 2.0, 0.0), strict=True))
    f = (x + y) * cr.maximum(y, z)
    assert f.item() == 6
    assert [g.item() for g in cr.gradients(f, [x, y, z])] == [2, 5, 0]


def test_the_lectures_sigmoid_neuron():
    w, x = cr.input("w", value=[2.0, -3.0, -3.0]), cr.input("x", value=[-1.0, -2.0])
    f = cr.sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
    dw, dx = cr.gradients(f, [w, x])
    assert round(f.item(), 2) == 0.73
    np.testing.assert_array_equal(np.round(dw.value, 2), [-0.2, -0.39, 0.2])
    np.testing.assert_array_equal(np.round(dx.value, 2), [0.39, -0.59])


def test_the_lectures_vector_example():
    w, x = cr.input("W", value=[[0.1, 0.5], [-0.3, 0.8]]), cr.input("x", value=[0.2, 0.4])
    f = ((w @ x) ** 2).sum()
    dw, dx = cr.gradients(f, [w, x])
    np.testing.assert_allclose(f.value, 0.116)
    np.testing.assert_allclose(dw.value, [[0.088, 0.176], [0.104, 0.208]])
    np.testing.assert_allclose(dx.value, [-0.112, 0.636])


def test_no_path_is_none_and_a_path_of_slope_zero_is_zero():
    x, y, z = cr.input("x", value=2.0), cr.input("y", value=3.0), cr.input("z", value=4.0)
    f = x * 0.0 + cr.stop_gradient(z)
    dx, dy, dz = cr.gradients(f, [x, y, z])
    assert dx.item() == 0.0
    assert dy is None
    assert dz is None


def test_branches_are_summed_and_intermediates_have_gradients():
    x = cr.input("x", value=3.0)
    square = x * x
    f = square * x + square
    dsquare, dx, df = cr.gradients(f, [square, x, f])
    assert (dsquare.item(), dx.item(), df.item()) == (4.0, 33.0, 1.0)


def test_the_same_tensor_may_be_asked_for_twice():
    x = cr.input("x", value=3.0)
    first, second = cr.gradients(x * x, [x, x])
    assert first is second
    assert cr.gradients(x * x, []) == []


def test_a_gradient_is_a_part_of_a_graph():
    x = cr.input("x", ())
    (gradient,) = cr.gradients(cr.sin(x), [x])
    assert gradient.value is None
    assert any(node is x for node in topological_order([gradient]))
    assert evaluate([gradient], {x: np.array(0.0)})[gradient] == 1.0
    (second,) = cr.gradients(gradient, [x])
    assert evaluate([second], {x: np.array(np.pi / 2)})[second] == -1.0


def test_broadcasting_is_undone_and_dtypes_are_those_of_the_tensors():
    x, row = cr.input("x", value=np.ones((2, 3))), cr.input("r", value=np.ones(3, np.float32))
    column, one = cr.input("c", value=np.ones((2, 1))), cr.input("s", value=np.float32(2))
    found = cr.gradients((x * row * column * one).sum(), [x, row, column, one])
    assert [(g.shape, g.dtype.name) for g in found] == [
        ((2, 3), "float64"),
        ((3,), "float32"),
        ((2, 1), "float64"),
        ((), "float32"),
    ]
    assert [np.ravel(g.value)[0] for g in found] == [2.0, 4.0, 6.0, 6.0]


def test_upstream_weights_the_elements():
    x = cr.input("x", value=np.array([1.0, 2.0], np.float32))
    (gradient,) = cr.gradients(x * x, [x], upstream=[10, 1])
    np.testing.assert_array_equal(gradient.value, [20.0, 4.0])
    assert gradient.dtype == cr.float32


def test_one_element_is_not_a_scalar():
    x = cr.input("x", value=[1.0])
    with pytest.raises(cr.GradientError) as caught:
        cr.gradients(x * 2, [x])
    message = str(caught.value)
    assert "multiply (test_gradients.py:" in message
    assert "with shape (1,) was requested, but only a scalar has one" in message
    assert "pass upstream=" in message
    assert "cr.jacobian" in message


def refusals():
    x = cr.input("x", value=[1.0, 2.0])
    f = (x * x).sum()
    ids = cr.input("ids", value=[0, 1])
    constant = cr.asarray(1.0)
    return {
        "upstream of another shape": (
            lambda: cr.gradients(x * x, [x], upstream=1.0),
            r"upstream has shape \(\) but multiply .* has shape \(2,\)",
        ),
        "integer": (
            lambda: cr.gradients(f + ids.sum(), [ids]),
            r"with respect to 'ids' was requested, but it is int64.*astype\('float64'\)",
        ),
        "constant": (
            lambda: cr.gradients(f, [constant]),
            r"constant float64\[\]: 1.* is not a tensor.*cr.input\(name, value=...\)",
        ),
        "array": (lambda: cr.gradients(f, [np.ones(2)]), "is not a tensor of the graph"),
        "integer output": (
            lambda: cr.gradients(cr.argmax(x), [x]),
            r"gradient of argmax \(.*\) was requested, but it is int64, and only floating-point",
        ),
        "number as output": (
            lambda: cr.gradients(1.0, [x]),
            "of type float was requested",
        ),
    }


@pytest.mark.parametrize("name", refusals())
def test_what_has_no_gradient_is_refused(name):
    ask, message = refusals()[name]
    with pytest.raises(cr.GradientError, match=message):
        ask()


@pytest.mark.parametrize("change", ["assign", "assign_rows"])
def test_a_parameter_that_changed_since_is_refused(change):
    w = cr.parameter([1.0, 2.0], "w")
    loss = (w * w).sum()
    (before,) = cr.gradients(loss, [w])
    if change == "assign":
        w.assign([5.0, 6.0])
    else:
        w.assign_rows(np.array([0]), np.array([5.0]))
    with pytest.raises(cr.GradientError) as caught:
        cr.gradients(loss, [w])
    assert "was computed before the parameter 'w' last changed" in str(caught.value)
    assert "Compute the loss again after every update" in str(caught.value)
    np.testing.assert_array_equal(before.value, [2.0, 4.0])
    (after,) = cr.gradients((w * w).sum(), [w])
    assert after.value[0] == 10.0


def test_a_symbolic_graph_does_not_grow_stale():
    w, x = cr.parameter(2.0, "w"), cr.input("x", ())
    y = w * x
    w.assign(3.0)
    (gradient,) = cr.gradients(y, [x])
    assert gradient.item() == 3.0


def test_a_sweep_shows_upstream_and_downstream_at_every_edge():
    x, y = cr.input("x", value=3.0), cr.input("y", value=4.0)
    product = x * y
    f = product + x
    found = sweep(f, [x, y])
    assert {node.kind: g.item() for node, g in found.upstream.items() if node not in (x, y)} == {
        "add": 1.0,
        "multiply": 1.0,
    }
    assert found.upstream[x].item() == 5.0
    assert found.downstream[product, 0].item() == 4.0
    assert found.downstream[product, 1].item() == 3.0
    assert found.downstream[f, 1].item() == 1.0


def test_the_sweep_goes_only_where_a_gradient_is_wanted():
    x, y = cr.input("x", value=3.0), cr.input("y", value=4.0)
    heavy = cr.exp(y)
    found = sweep(cr.exp(x) * heavy, [x])
    assert heavy not in found.upstream
    assert y not in found.upstream


def test_the_gradient_of_a_weight_shared_by_a_batch_is_not_built_once_per_example():
    x, w = cr.input("x", value=np.ones((50, 2, 8))), cr.input("w", value=np.ones((8, 8)))
    loss = (cr.tanh(x @ w) ** 2).sum()
    (gradient,) = cr.gradients(loss, [w])
    largest = max(node.size for node in topological_order([loss]))
    assert max(node.size for node in topological_order([gradient])) <= largest


def test_the_error_signal_is_computed_once_and_shared():
    """One sweep: dW, db and dx of a layer all use the same node delta."""
    w, b, x = (cr.input(n, value=np.ones(s)) for n, s in zip("Wbx", ((2, 3), 2, 3), strict=True))
    f = cr.tanh(w @ x + b).sum()
    dw, db, dx = cr.gradients(f, [w, b, x])
    nodes = topological_order([dw, db, dx])
    deltas = {node for node in nodes if node.kind == "multiply" and node.shape == (2,)}
    assert db in deltas
    assert sum(node.kind == "sech²" for node in nodes) == 1
