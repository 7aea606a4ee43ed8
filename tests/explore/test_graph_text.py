"""print(graph): typed let-bindings, one line per gate, beside it the user's line."""

import re

import numpy as np

import chainrule as cr


def without_line_numbers(text):
    return re.sub(r"\w+\.py:\d+", "here", text)


def test_the_lecture_circuit():
    x, y, z = cr.input("x", value=-2.0), cr.input("y", value=5.0), cr.input("z", value=-4.0)
    f = (x + y) * z
    assert (
        without_line_numbers(str(cr.Graph(f)))
        == """\
{ input x: float64[]
  input y: float64[]
  input z: float64[]
  let
    a: float64[] = add x y       # here: f = (x + y) * z
    f: float64[] = multiply a z  # here: f = (x + y) * z
  in f }"""
    )


def test_types_shapes_attributes_and_closed_gates():
    weight = cr.parameter(np.ones((3, 2), np.float32), "W")
    x = cr.input("x", (2,), "float32")
    h = cr.sigmoid(weight @ x)
    loss = h.sum()
    text = without_line_numbers(str(cr.Graph(loss)))
    assert "parameter W: float32[3,2]" in text
    assert "h: float32[3] = sigmoid a " in text
    assert "loss: float32[] = sum[axis=(0,), keepdims=False] h  # here: loss = h.sum()" in text
    assert "exp" not in text


def test_an_opened_gate_shows_its_operations():
    text = cr.Graph(cr.sigmoid(cr.input("x", ()))).text(open=True)
    assert [word for word in ("negative", "exp", "add", "reciprocal") if word in text] == [
        "negative",
        "exp",
        "add",
        "reciprocal",
    ]
