"""Where a node came from: the user's line, the module that made it."""

import inspect

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import topological_order


def line():
    return inspect.currentframe().f_back.f_lineno


def test_a_gate_names_the_users_line():
    here = line()
    x = cr.input("x", (2,))
    y = cr.softmax(x * 2)
    assert (x.origin.line, str(x.origin)) == (here + 1, f"test_origins.py:{here + 1}")
    assert x.origin.file == __file__
    assert x.origin.source.startswith('x = cr.input("x", (2,))')
    assert {node.origin.line for node in topological_order([y])} == {here + 1, here + 2}
    assert y.label == f"softmax (test_origins.py:{here + 2})"


def test_numpys_functions_and_operators_name_the_users_line():
    x = cr.input("x", value=[1.0])
    here = line()
    made = np.exp(x), x * 2, 2 * x, x.sum(), x[0], -x, np.ones(1) - x
    assert {each.origin.line for each in made} == {here + 1}


def test_a_named_tensor_is_called_by_its_name():
    assert cr.input("x", ()).label == "'x'"
    y = cr.exp(cr.input("x", ()))
    y.name = "growth"
    assert y.label == "'growth'"


def test_scopes_are_nested_and_numbered_by_call():
    with cr.scope("encoder", "encodes"):
        with cr.scope("layer"):
            first = cr.input("x", ())
        with cr.scope("layer"):
            second = cr.input("x", ())
    outside = cr.input("x", ())
    assert first.origin.path == second.origin.path == "encoder.layer"
    assert first.origin.scope[0] == second.origin.scope[0]
    assert first.origin.scope[1] != second.origin.scope[1]
    assert first.origin.scope[0].says == "encodes"
    assert outside.origin.path == ""


def test_a_scope_ends_with_an_error():
    with pytest.raises(KeyError), cr.scope("broken"):
        raise KeyError
    assert cr.input("x", ()).origin.path == ""


def test_the_operations_inside_a_gate_carry_its_name():
    y = cr.sigmoid(cr.input("x", value=1.0))
    inside = [each for each in topological_order([y]) if each.origin.path == "sigmoid"]
    kinds = [each.kind for each in inside]
    assert kinds == ["negative", "exp", "constant", "add", "reciprocal", "sigmoid"]
    assert "at most a quarter" in inside[0].origin.scope[0].says


def test_a_gradient_has_the_origin_of_the_gate_it_belongs_to():
    x = cr.input("x", value=[1.0, 2.0])
    with cr.scope("model"):
        y = cr.tanh(x)
    (gradient,) = cr.gradients(y.sum(), [x])
    made = [node for node in topological_order([gradient]) if node.kind == "multiply"]
    assert {node.origin for node in made} == {y.origin}


def test_a_message_names_the_line_of_an_unnamed_operand():
    x = cr.exp(cr.input("x", (2,)))
    here = line() - 1
    with pytest.raises(cr.ShapeError, match=rf"exp \(test_origins.py:{here}\) \[2\]"):
        x + cr.input("y", (3,))
