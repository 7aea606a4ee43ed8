"""graph.explain(): what every gate does to gradient, in words and numbers."""

import re

import numpy as np
import pytest

import chainrule as cr


def without_places(text):
    return re.sub(r" +\(\w+\.py:\d+\)", "", text)


def test_the_lecture_circuit():
    x, y, z = cr.input("x", value=-2.0), cr.input("y", value=5.0), cr.input("z", value=-4.0)
    f = (x + y) * z
    assert (
        without_places(str(cr.Graph(f).explain()))
        == """\
a = x + y = -2 + 5 = 3
    add distributes: every input receives the upstream gradient unchanged
    upstream -4
    x receives upstream = -4
    y receives upstream = -4
f = a · z = 3 · (-4) = -12
    multiply switches: each input receives the upstream gradient times the other input
    upstream 1
    a receives upstream · z = 1 × -4 = -4
    z receives upstream · a = 1 × 3 = 3
gradients
    ∂f/∂x = -4
    ∂f/∂y = -4
    ∂f/∂z = 3"""
    )


def test_a_maximum_routes_and_a_value_used_twice_adds_up():
    x, y, z = cr.input("x", value=1.0), cr.input("y", value=2.0), cr.input("z", value=0.0)
    text = str(cr.Graph((x + y) * cr.maximum(y, z)).explain())
    assert "maximum routes: the whole upstream gradient goes to y" in text
    assert "∂c/∂y = 2 + 3 = 5" in text


def test_a_closed_gate_is_one_paragraph_with_its_own_sentence():
    text = str(cr.Graph(cr.sigmoid(cr.input("x", value=0.0))).explain())
    assert "= sigmoid(x) = 0.5" in text
    assert "sigmoid scales by output · (1 - output), at most a quarter" in text
    assert "exp scales" not in text


def test_an_opened_gate_with_its_own_backward_says_that_gradient_goes_around():
    text = str(cr.Graph(cr.sigmoid(cr.input("x", value=0.0))).explain(open="sigmoid"))
    assert "exp scales by its own output" in text
    assert text.count("the backward of sigmoid bypasses its operations") == 4
    assert "passes to the inputs of sigmoid what its own backward computes" in text


def test_constants_are_numbers_not_inputs():
    text = str(cr.Graph(1 + cr.exp(cr.input("x", value=0.0))).explain())
    assert "b = 1 + a = 1 + 1 = 2" in text
    assert "1 receives" not in text


def test_big_arrays_are_shown_by_shape_and_norm():
    x = cr.input("x", value=np.ones((4, 4)))
    assert "x receives upstream = (4, 4) norm 4" in str(cr.Graph(x.sum()).explain())


def test_no_path_is_said():
    x, y = cr.input("x", value=1.0), cr.input("y", value=2.0)
    text = str(cr.Graph(x + cr.stop_gradient(y)).explain())
    assert "∂b/∂y: no path leads from y to b" in text


def test_a_gradient_that_bypasses_bools_is_said():
    x = cr.input("x", value=[1.0, -1.0])
    text = str(cr.Graph(cr.where(x > 0, x, 0).sum()).explain())
    assert "no gradient arrives: bool values have no gradient" in text


def test_opening_what_is_not_there_suggests_what_is():
    graph = cr.Graph(cr.sigmoid(cr.input("x", value=1.0)))
    with pytest.raises(cr.ChainruleError) as error:
        graph.explain(open="sigmod")
    assert str(error.value) == (
        "open='sigmod' was given, but the graph has no gate or module of that name. "
        "Did you mean 'sigmoid'? Those that can be opened are: 'sigmoid'."
    )
