"""What can be read at every gate: its name, its numbers, its three gradients."""

import numpy as np
import pytest

import chainrule as cr


def circuit():
    x, y = cr.input("x", value=-2.0), cr.input("y", value=5.0)
    total = x + y
    f = total * x
    return f


def test_gates_come_in_topological_order_with_names_and_lines():
    graph = cr.Graph(circuit())
    assert [gate.name for gate in graph.gates] == ["total", "f"]
    assert [gate.kind for gate in graph.gates] == ["add", "multiply"]
    assert graph.gates[0].origin.source == "total = x + y"
    assert graph.gates[1].names == ("total", "x")


def test_downstream_is_local_times_upstream_at_every_edge():
    graph = cr.Graph(circuit())
    graph.backward()
    for gate in graph.gates:
        for local, downstream in zip(gate.local, gate.downstream, strict=True):
            assert downstream == local * gate.upstream


def test_where_a_value_is_used_twice_the_branches_are_summed():
    graph = cr.Graph(circuit())
    graph.backward()
    total, f = graph.gates
    assert graph["x"].upstream == total.downstream[0] + f.downstream[1] == -2.0 + 3.0


def test_gradients_are_none_before_backward():
    gate = cr.Graph(circuit()).gates[0]
    assert gate.upstream is None
    assert gate.downstream == (None, None)


def test_inputs_of_a_gate_can_be_walked():
    graph = cr.Graph(circuit())
    graph.forward()
    assert [each.kind for each in graph["f"].inputs] == ["add", "input"]
    assert graph["f"].inputs[0].value == 3.0
    assert repr(graph["total"]) == "<add total float64[] = 3>"


def test_elementwise_local_gradients_are_arrays_even_when_broadcast():
    x, b = cr.input("x", value=np.ones((2, 3))), cr.input("b", value=np.full(3, 4.0))
    gate = cr.Graph((x * b).sum()).gates[0]
    np.testing.assert_array_equal(gate.local[0], np.full((2, 3), 4.0))
    np.testing.assert_array_equal(gate.local[1], np.ones((2, 3)))


def test_other_local_gradients_are_jacobians_built_on_request_only():
    weights = cr.input("W", value=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    x = cr.input("x", value=[1.0, -1.0])
    gate = cr.Graph((weights @ x).sum()).gates[0]
    assert repr(gate.local[1]) == "<Jacobian block (3, 2), not built>"
    np.testing.assert_array_equal(gate.local[1].dense(), weights.value)
    assert gate.local[0].dense().shape == gate.local[0].shape == (3, 3, 2)


def test_no_local_gradient_towards_integers():
    rows = cr.input("rows", value=np.array([1]))
    gate = cr.Graph(cr.parameter([1.0, 2.0], "w")[rows].sum()).gates[0]
    assert gate.local[1] is None
    assert gate.local[0].structure == "routing"


def test_an_unknown_gate_gets_the_closest_name():
    with pytest.raises(cr.ChainruleError, match=r"nothing named 'totl'. Did you mean 'total'"):
        cr.Graph(circuit())["totl"]


def test_views_keep_the_numbers_of_their_run():
    graph = cr.Graph(circuit())
    graph.forward()
    old = graph["f"]
    graph.forward(x=0.0)
    assert old.value == -6.0
    assert graph["f"].value == 0.0
