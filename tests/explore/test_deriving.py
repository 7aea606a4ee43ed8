"""graph.derivation(): the textbook's lines, each held against central differences."""

import re

import numpy as np

import chainrule as cr


def without_errors(derivation):
    return re.sub(r"✓ \S+", "✓", str(derivation))


def test_the_lectures_layer_is_derived_as_in_the_notes():
    weights = cr.parameter(np.array([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]), "W")
    b = cr.parameter(np.array([0.1, 0.2, 0.3]), "b")
    u = cr.parameter(np.array([1.0, 2.0, 3.0]), "u")
    x = cr.input("x", value=[1.0, 2.0])
    z = weights @ x + b
    h = cr.tanh(z)
    s = u @ h
    derivation = cr.Graph(s).derivation()
    assert derivation.ok
    assert (
        without_errors(derivation)
        == """\
forward
    z = W x + b   (3,)
    h = tanh(z)   (3,)
    s = u · h     scalar
backward, δ_v = ∂s/∂v
    δ_s = 1                   scalar   ✓
    δ_h = u                   (3,)     ✓
    δ_z = δ_h ∘ (1 - h ∘ h)   (3,)     ✓
    ∂s/∂W = δ_z xᵀ            (3, 2)   ✓
    ∂s/∂b = δ_z               (3,)     ✓
    ∂s/∂u = h                 (3,)     ✓
    ∂s/∂x = Wᵀ δ_z            (2,)     ✓
every line agrees with central differences"""
    )


def test_a_batch_is_derived_with_transposes_and_sums_over_the_batch():
    weights = cr.parameter(np.ones((3, 2)), "W")
    b = cr.parameter(np.ones(3), "b")
    x = cr.input("x", value=np.ones((4, 2)))
    z = x @ weights.T + b
    s = cr.sum(cr.tanh(z))
    text = without_errors(cr.Graph(s).derivation())
    assert "z = x Wᵀ + b" in text
    assert "∂s/∂W = δ_zᵀ x" in text
    assert "∂s/∂b = Σ₀ δ_z" in text
    assert "∂s/∂x = δ_z W" in text


def test_a_gate_with_its_own_backward_stands_for_itself():
    x = cr.input("x", value=0.3)
    h = cr.sigmoid(x)
    text = without_errors(cr.Graph(h).derivation())
    assert "h = sigmoid(x)" in text
    assert "∂h/∂x = h · (1 - h)" in text


def test_a_wrong_backward_is_marked():
    @cr.gate
    def cube(x):
        return x * x * x

    @cube.backward
    def cube_backward(upstream, output, x):
        return upstream * 2 * x * x

    derivation = cr.Graph(cube(cr.input("x", value=2.0))).derivation()
    assert not derivation.ok
    assert "∂a/∂x = 2 · x · x   scalar   ✗ 3e-01" in str(derivation)
    assert str(derivation).endswith("a line is WRONG: it disagrees with central differences")


def test_a_kink_is_distinguished_from_a_mistake():
    derivation = cr.Graph(cr.relu(cr.input("x", value=0.0))).derivation()
    assert derivation.ok
    assert "~ on a kink" in str(derivation)


def test_a_stopped_gradient_counts_as_a_constant():
    x = cr.input("x", value=[1.0, -2.0])
    assert cr.Graph((cr.stop_gradient(x) * x).sum()).derivation().ok


def test_large_tensors_are_checked_along_one_direction_and_it_is_said():
    x = cr.input("x", value=np.linspace(0.1, 1.0, 50))
    assert "along a random direction" in str(cr.Graph((x * x).sum()).derivation())


def test_float32_graphs_are_checked_in_float64():
    x = cr.parameter(np.linspace(0.1, 1, 6, dtype=np.float32), "x")
    assert cr.Graph(cr.log(x * x + 1).sum()).derivation().ok


def test_a_weighted_output_is_derived_from_the_upstream_given():
    x = cr.input("x", value=[1.0, 2.0])
    y = cr.exp(x)
    graph = cr.Graph(y)
    graph.backward(upstream=[1.0, -1.0])
    text = without_errors(graph.derivation())
    assert "δ_y = upstream_y" in text
    assert "∂L/∂x = δ_y ∘ y" in text


def test_no_path_is_said():
    x, y = cr.input("x", value=1.0), cr.input("y", value=2.0)
    z = x * cr.stop_gradient(y)
    assert "no path leads from y to z" in str(cr.Graph(z).derivation())
