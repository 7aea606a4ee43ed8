"""Derivations of models: layers as named functions, every line checked, none too long."""

import re

import numpy as np
import pytest

import chainrule as cr
from explained_models import MODELS, convolving, recurrent, tagging


@pytest.mark.parametrize("open", [False, True], ids=["folded", "opened"])
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_line_is_right_and_fits_a_page(model, open):
    derivation = model().derivation(open=open)
    assert derivation.ok
    assert max(map(len, str(derivation).splitlines())) <= 110


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_no_gradient_is_explained_by_itself(model):
    for line in model().derivation().backward:
        assert line.left != line.right


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_name_in_a_derivation_is_defined_in_it(model):
    graph = model()
    derivation = graph.derivation()
    defined = {line.left for line in (*derivation.forward, *derivation.backward)}
    for line in derivation.backward:
        for symbol in re.findall(r"δ_\w*[^\Wᵀ]", line.right):
            assert symbol in defined, line


def lines(derivation):
    return {line.left: line.right for line in (*derivation.forward, *derivation.backward)}


def test_layers_stand_as_functions_and_a_long_backward_as_jacobian_times_upstream():
    found = lines(convolving().derivation())
    assert found["a"] == "Conv2d '0'(images)"
    assert found["h"] == "Linear '7'(g)"
    assert found["δ_g"] == "δ_h 7.weight"
    assert found["∂loss/∂7.weight"] == "δ_hᵀ g"
    assert found["δ_c"] == "(∂d/∂c)ᵀ δ_d"
    assert found["∂loss/∂3.weight"] == "(∂d/∂3.weight)ᵀ δ_d"


def test_log_softmax_is_derived_as_in_textbooks():
    found = lines(tagging().derivation())
    assert found["δ_f"] == "(p - y) / 32"
    x = cr.input("x", value=[[0.5, -1.0, 2.0], [0.0, 1.0, 0.0]])
    assert "upstream - exp(a) ∘ (Σ₁ upstream)" in str(cr.Graph(cr.log_softmax(x).sum()).explain())


def test_the_deviation_that_layer_norm_keeps_is_called_sigma():
    x = cr.input("x", value=np.arange(6.0).reshape(2, 3) ** 2)
    z = cr.layer_norm(x)
    derivation = cr.Graph((z * z * z).sum()).derivation()
    assert derivation.ok
    assert lines(derivation)["∂c/∂x"].endswith("∘ (1/σ_x)")


def test_an_opened_layer_is_written_out():
    found = lines(convolving().derivation(open="7"))
    assert "g 7.weightᵀ + 7.bias" in found.values()
    assert "Conv2d '0'(images)" in found.values()


def test_small_models_are_written_out():
    x = cr.input("x", value=np.ones((4, 2), np.float32))
    model = cr.nn.Sequential(cr.nn.Linear(2, 3, random=0), cr.tanh)
    assert "x 0.weightᵀ + 0.bias" in str(cr.Graph(model(x).sum()).derivation())


def test_a_wrong_layer_is_found_when_it_is_folded():
    @cr.gate
    def double(x):
        return x * 2

    @double.backward
    def double_backward(upstream, output, x):
        return upstream * 3

    model = cr.nn.Sequential(*[double, cr.nn.Linear(2, 2, random=0), cr.tanh] * 3)
    x = cr.input("x", value=np.ones((1, 2), np.float32))
    derivation = cr.Graph(model(x).sum()).derivation()
    assert "double '0'(x)" in str(derivation)
    assert not derivation.ok


def test_a_loop_is_a_function_with_a_jacobian():
    found = lines(recurrent().derivation())
    assert found["b"] == "LSTM 'recurrent'(a)"
    assert found["δ_a"] == "(∂b/∂a)ᵀ δ_b"
