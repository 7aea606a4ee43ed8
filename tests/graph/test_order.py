"""The order of the gates: inputs first, any depth, and a clear error for a cycle."""

import gc

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import depending_on, evaluate, topological_order


def test_every_node_comes_once_and_after_its_inputs():
    x, w = cr.input("x", ()), cr.parameter(1.0, "w")
    shared = x * w
    y = cr.exp(shared) + shared * shared
    order = topological_order([y, shared])
    assert len(order) == len(set(order)) == 6
    place = {node: i for i, node in enumerate(order)}
    assert all(place[each] < place[node] for node in order for each in node.inputs)
    assert order[:3] == [x, w, shared]


def test_inputs_are_visited_from_left_to_right():
    a, b, c = (cr.input(name, ()) for name in "abc")
    leaves = [node for node in topological_order([(a + b) * (c + a)]) if node.primitive is None]
    assert leaves == [a, b, c]


def test_a_cycle_is_an_error_that_names_its_gates():
    x = cr.input("x", ())
    inner = cr.exp(x)
    outer = cr.sin(inner)
    inner.inputs = (outer,)
    for ask in (lambda: topological_order([outer]), lambda: evaluate([outer], {})):
        with pytest.raises(cr.CycleError) as caught:
            ask()
        message = str(caught.value)
        assert message.startswith("The graph has a cycle: sin (test_order.py:")
        assert message.index("sin (") < message.index("-> exp (") < message.rindex("-> sin (")
        assert "build a new tensor instead of changing the inputs of an old one" in message
    with pytest.raises(cr.CycleError):
        cr.gradients(outer, [x])


def test_a_gate_that_is_its_own_input():
    y = cr.exp(cr.input("x", ()))
    y.inputs = (y,)
    with pytest.raises(cr.CycleError, match=r"cycle: exp \(.*\) -> exp \("):
        topological_order([y])


def test_depth_is_no_limit():
    x = cr.input("x", value=1.0)
    y = x
    for _ in range(20_000):
        y = y + 0.5
    assert y.item() == 10_001.0
    assert len(topological_order([y])) == 40_001
    (gradient,) = cr.gradients(y, [x])
    assert gradient.item() == 1.0
    assert evaluate([y], {x: np.array(2.0)})[y] == 10_002.0
    assert cr.jvp(lambda x: _chain(x, 5_000), (1.0,), (3.0,))[1].item() == 3.0
    del y, gradient
    gc.collect()


def _chain(x, depth):
    for _ in range(depth):
        x = -x
    return x


def test_a_tensor_used_very_often_is_summed_up():
    x = cr.input("x", value=1.0)
    total = x
    for _ in range(2_000):
        total = total + x
    assert cr.gradients(total, [x])[0].item() == 2_001.0


def test_what_depends_on_a_source():
    a, b = cr.input("a", ()), cr.input("b", ())
    left, right = cr.exp(a), cr.exp(b)
    both = left + right
    order = topological_order([both])
    assert depending_on(order, [a]) == {a, left, both}
    assert depending_on(order, []) == set()
