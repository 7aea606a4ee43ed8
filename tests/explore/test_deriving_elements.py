"""graph.derivation(elements=True): sums over indices, local gradients, the chain rule, matrices."""

import re

import numpy as np
import pytest

import chainrule as cr
from explained_models import MODELS


def notes(words=3, hidden=2):
    """Return the network of the notes, s = u · h, h = f(z), z = W x + b."""
    random = np.random.default_rng(0)
    weights = cr.parameter(random.normal(size=(hidden, words)), "W")
    b = cr.parameter(random.normal(size=hidden), "b")
    u = cr.parameter(random.normal(size=hidden), "u")
    x = cr.input("x", value=random.normal(size=words))
    z = weights @ x + b
    h = cr.tanh(z)
    s = u @ h
    return cr.Graph(s)


def groups(derivation):
    """Return the equations of every group, with what stands beside them."""
    return {
        group.title + group.suffix: [
            (line.equation, line.shape or line.note) for line in group.lines
        ]
        for group in derivation.elements
    }


def test_the_network_of_the_notes_is_derived_element_by_element():
    derivation = notes(words=5, hidden=4).derivation(elements=True)
    assert derivation.ok
    found = groups(derivation)
    assert found["s = u · h"] == [
        ("s = Σᵢ uᵢ hᵢ", ""),
        ("∂s/∂uᵢ = hᵢ", "(4,)"),
        ("δ_hᵢ = ∂s/∂hᵢ = uᵢ", "(4,)"),
    ]
    assert found["h = tanh(z)"] == [
        ("hᵢ = tanh(zᵢ)", ""),
        ("∂hᵢ/∂zᵢ = 1 - hᵢ²", ""),
        ("∂hₖ/∂zᵢ = 0", "for k ≠ i"),
        ("δ_zᵢ = Σₖ δ_hₖ ∂hₖ/∂zᵢ = δ_hᵢ (1 - hᵢ²)", "(4,) = (4,) (4, 4)"),
    ]
    assert found["z = W x + b"] == [
        ("zᵢ = Σₖ Wᵢₖ xₖ + bᵢ", ""),
        ("∂zᵢ/∂Wᵢⱼ = xⱼ", ""),
        ("∂zₖ/∂Wᵢⱼ = 0", "for k ≠ i"),
        ("∂s/∂Wᵢⱼ = Σₖ δ_zₖ ∂zₖ/∂Wᵢⱼ = δ_zᵢ xⱼ", "(4, 5) = (4,) (4, 4, 5)"),
        ("∂s/∂W = δ_z xᵀ", "(4, 5) = (4, 1) (1, 5)"),
        ("∂zₖ/∂xⱼ = Wₖⱼ", ""),
        ("∂s/∂xⱼ = Σₖ δ_zₖ ∂zₖ/∂xⱼ = Σₖ δ_zₖ Wₖⱼ", "(5,) = (4,) (4, 5)"),
        ("∂s/∂x = Wᵀ δ_z", "(5,) = (5, 4) (4,)"),
        ("∂zᵢ/∂bᵢ = 1", ""),
        ("∂zₖ/∂bᵢ = 0", "for k ≠ i"),
        ("∂s/∂bᵢ = Σₖ δ_zₖ ∂zₖ/∂bᵢ = δ_zᵢ", "(4,) = (4,) (4, 4)"),
    ]


def test_three_words_and_two_hidden_units_are_written_out_whole():
    found = groups(notes().derivation(elements=True))["z = W x + b, written out"]
    assert [equation for equation, _ in found] == [
        "z₁ = W₁₁ x₁ + W₁₂ x₂ + W₁₃ x₃ + b₁",
        "z₂ = W₂₁ x₁ + W₂₂ x₂ + W₂₃ x₃ + b₂",
        *(f"∂s/∂W{i}{j} = δ_z{i} x{j}" for i in "₁₂" for j in "₁₂₃"),
        *(f"∂s/∂x{j} = δ_z₁ W₁{j} + δ_z₂ W₂{j}" for j in "₁₂₃"),
        *(f"∂s/∂b{i} = δ_z{i}" for i in "₁₂"),
    ]


def test_it_says_why_each_transpose_stands_where_it_does():
    x = cr.input("x", value=np.random.default_rng(0).normal(size=(4, 3)))
    weights, b = cr.parameter(np.ones((2, 3)), "W"), cr.parameter(np.ones(2), "b")
    z = x @ weights.T + b
    s = cr.sum(cr.exp(z / 9))
    derivation = cr.Graph(s).derivation(elements=True)
    assert derivation.ok
    lines = {line.left: line for group in derivation.elements for line in group.lines}
    assert lines["∂s/∂W"].shape == "(2, 3) = (2, 4) (4, 3)"
    assert "first index of δ_z" in lines["∂s/∂W"].note
    assert "δ_z is transposed" in lines["∂s/∂W"].note
    assert "nothing is transposed" in lines["∂s/∂x"].note
    assert lines["∂s/∂b"].shape == "(2,) = Σ (4, 2)"
    outer = notes().derivation(elements=True)
    notes_of = {line.left: line.note for group in outer.elements for line in group.lines}
    assert notes_of["∂s/∂W"].endswith("a column times a row, so x is transposed")
    assert notes_of["∂s/∂x"].endswith("W is transposed")


def test_a_wrong_gradient_is_found_in_the_lines_for_elements():
    @cr.gate
    def double(x):
        return x * 2

    @double.backward
    def double_backward(upstream, output, x):
        return upstream * 3

    x = cr.input("x", value=[1.0, 2.0])
    derivation = cr.Graph(cr.exp(double(x)).sum()).derivation(elements=True)
    assert not all(line.check.ok for group in derivation.elements for line in group.lines)


def test_a_value_that_two_lines_read_has_a_part_for_each():
    x = cr.input("x", value=[0.5, 1.0])
    s = (cr.exp(x) * x).sum()
    derivation = cr.Graph(s).derivation(elements=True)
    assert derivation.ok
    lefts = [line.left for group in derivation.elements for line in group.lines]
    assert len([left for left in lefts if left.startswith("∂s/∂xᵢ (through ")]) == 2


@pytest.mark.parametrize("model", ["convolutions", "RNN", "Transformer"])
def test_models_are_derived_element_by_element(model):
    derivation = MODELS[model]().derivation(elements=True)
    assert derivation.ok
    assert max(map(len, str(derivation).splitlines())) <= 110


def test_every_kind_of_document_shows_the_lines_for_elements():
    derivation = notes().derivation(elements=True)
    assert "    ∂s/∂Wᵢⱼ = Σₖ δ_zₖ ∂zₖ/∂Wᵢⱼ = δ_zᵢ xⱼ" in str(derivation)
    assert "| `∂zᵢ/∂Wᵢⱼ = xⱼ` |" in derivation.markdown()
    assert r"\frac{\partial z_{i}}{\partial W_{ij}} &= x_{j}" in derivation.latex()
    assert r"\delta_{z,i}\, x_{j}" in derivation.latex()
    whole = [each for each in derivation.to_dict()["elements"] if each["whole"]]
    assert whole[-1]["title"] == "z = W x + b"
    assert whole[-1]["lines"][0]["left"] == "z₁"


def test_latex_of_every_line_can_be_typeset():
    parser = pytest.importorskip("matplotlib.mathtext").MathTextParser("path")
    latex = notes().derivation(elements=True).latex()
    rows = re.findall(r"^  (.*?)(?: \\\\)?$", latex, re.MULTILINE)
    assert len(rows) > 40
    for row in rows:
        parser.parse(f"${row.replace('&', '').replace('{}^', '^')}$")


def test_plain_derivations_have_no_lines_for_elements():
    assert notes().derivation().elements == ()
