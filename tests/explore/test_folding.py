"""Several operations as one gate, closed or opened: the same gradients either way."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.explore.structure.fold import fold
from chainrule.explore.structure.opening import closed_unless


@cr.gate(says="squares and adds")
def sum_of_squares(x, y):
    return x * x + y * y


def units(graph, open=False):
    record = graph.record()
    return record, fold(record.gates, closed_unless(open, record.gates))


def sent_to(graph, open):
    """Return what all units together send to each input of the graph."""
    record, parts = units(graph, open)
    found = {}
    for unit in parts:
        for node, edges in unit.wires:
            share = record.sent(edges)
            if share is not None and node.primitive is None:
                found[record.names[node]] = found.get(record.names[node], 0) + share
    return found


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: sum_of_squares(x, y) * x,
        lambda x, y: cr.sigmoid(x) * cr.relu(y),
        lambda x, y: cr.softmax(cr.stack([x, y]))[0],
        lambda x, y: cr.softplus(x * y),
    ],
)
def test_closed_and_opened_send_the_same_gradients(function):
    x, y = cr.input("x", value=0.7), cr.input("y", value=1.3)
    graph = cr.Graph(function(x, y))
    gradients = graph.backward()
    closed, opened = sent_to(graph, False), sent_to(graph, True)
    assert closed.keys() == opened.keys() == gradients.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(closed[name], gradient)
        np.testing.assert_allclose(opened[name], gradient)


def test_a_closed_gate_is_one_unit_with_its_operands_as_inputs():
    x, y = cr.input("x", value=3.0), cr.input("y", value=4.0)
    record, (unit,) = units(cr.Graph(sum_of_squares(x, y)))
    assert unit.label == "sum_of_squares"
    assert [record.names[each] for each in unit.inputs] == ["x", "y"]


def test_constants_made_inside_a_gate_stay_inside():
    _, (unit,) = units(cr.Graph(cr.sigmoid(cr.input("x", value=3.0))))
    assert len(unit.inputs) == 1


def test_every_call_is_a_unit_of_its_own():
    x = cr.input("x", value=3.0)
    _, parts = units(cr.Graph(cr.sigmoid(cr.sigmoid(x))))
    assert [unit.label for unit in parts] == ["sigmoid", "sigmoid"]


def test_some_gates_can_be_opened_by_label():
    x = cr.input("x", value=3.0)
    graph = cr.Graph(sum_of_squares(cr.sigmoid(x), x))
    _, parts = units(graph, open=["sum_of_squares"])
    assert [unit.label for unit in parts] == ["sigmoid", "multiply", "multiply", "add"]


def test_a_model_around_all_gates_shows_its_parts():
    class Network(nn.Module):
        def __init__(self):
            self.first = nn.Linear(2, 3, random=0)
            self.second = nn.Linear(3, 1, random=0)

        def forward(self, x):
            return self.second(cr.tanh(self.first(x)))

    x = cr.input("x", value=np.ones((4, 2), np.float32))
    _, parts = units(cr.Graph(Network()(x)))
    assert [unit.label for unit in parts] == ["first", "tanh", "second"]
    assert [unit.title for unit in parts] == ["Linear 'first'", "tanh", "Linear 'second'"]


def test_the_backward_of_a_closed_gate_is_a_unit_after_it():
    x = cr.input("x", value=0.3)
    y = cr.sigmoid(x)
    graph = cr.Graph(cr.gradients(y * y, [x])[0])
    _, parts = units(graph)
    assert parts[0].label == "sigmoid"
    assert parts[-1].label == "sigmoid backward"
