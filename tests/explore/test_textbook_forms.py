"""Derivations of every activation and loss: the textbook's form, each line checked."""

import numpy as np
import pytest

import chainrule as cr
import losses
from chainrule.explore.textbook.activations import ACTIVATIONS
from chainrule.explore.textbook.forms import COUPLED, ROW_LOSSES
from chainrule.explore.textbook.losses import ELEMENT_LOSSES
from chainrule.ops.exports import layers as layer_functions
from chainrule.ops.exports import losses as loss_functions

X = np.array([[0.4, -1.2, 2.0], [0.1, 1.7, -0.3]])
WEIGHTS = np.array([[1.0, 2.0, -1.0], [0.5, 1.0, 3.0]])
FAR = X * 4

SLOPES = {
    "sigmoid": "a ∘ (1 - a)",
    "tanh": "(1 - a ∘ a)",
    "relu": "where(x > 0, 1, 0)",
    "leaky_relu": "where(x > 0, 1, 0.01)",
    "elu": "where(x > 0, 1, a + 1)",
    "celu": "where(x > 0, 1, exp(x / 1))",
    "selu": "where(x > 0, 1.051, a + 1.758)",
    "gelu": "(Φ(x) + x ∘ φ(x))",
    "silu": "(σ(x) + a ∘ (1 - σ(x)))",
    "softplus": "σ(x)",
    "log_sigmoid": "(1 - σ(x))",
    "softsign": "(1 / (1 + |x|)^2)",
    "mish": "(τ(x) + x ∘ σ(x) ∘ (1 - τ(x) ∘ τ(x)))",
    "hard_tanh": "where(|x| < 1, 1, 0)",
    "relu6": "where(|x - 3| < 3, 1, 0)",
    "hard_sigmoid": "where(|x| < 3, 0.1667, 0)",
    "hard_swish": "where(|x| < 3, x / 3 + 0.5, where(x > 0, 1, 0))",
    "hard_shrink": "where(|x| > 0.5, 1, 0)",
    "soft_shrink": "where(|x| > 0.5, 1, 0)",
}
"""dy/dx of every activation, as textbooks write it."""

WRITTEN_OUT = {
    "prelu": "two operands; each has a line",
    "glu": "a product with a sigmoid, which has its own line",
    "maxout": "a maximum, which routes",
    "batch_norm": "moments are operands; with those of the batch every gate has a line",
    "local_response_norm": "a layer, not an activation",
    "convolve": "a layer, not an activation",
    "average_pool": "a layer, not an activation",
    "max_pool": "a layer, not an activation",
}


def public(module):
    return [name for name in vars(module) if not name.startswith("_")]


def test_every_activation_has_a_textbook_form_or_a_reason_for_none():
    known = {*ACTIVATIONS, *COUPLED, *WRITTEN_OUT}
    assert {*public(layer_functions)} == known - {"logsumexp"}
    assert {*SLOPES} == {*ACTIVATIONS}


def test_every_loss_has_a_textbook_form():
    assert {*public(loss_functions)} == {*ELEMENT_LOSSES, *ROW_LOSSES}


@pytest.mark.parametrize("name", SLOPES)
def test_the_slope_of_an_activation_is_that_of_textbooks(name):
    x = cr.input("x", value=X)
    a = getattr(cr, name)(x)
    derivation = cr.Graph((a * WEIGHTS).sum()).derivation()
    assert derivation.ok
    line = derivation.backward[-1]
    assert line.right == f"δ_a ∘ {SLOPES[name]}"


@pytest.mark.parametrize("name", SLOPES)
def test_an_activation_is_derived_element_by_element(name):
    x = cr.input("x", value=FAR)
    a = getattr(cr, name)(x)
    derivation = cr.Graph((a * WEIGHTS).sum()).derivation(elements=True)
    assert derivation.ok
    group = [each for each in derivation.elements if not each.whole][-1]
    assert [line.left for line in group.lines[:2]] == ["aᵢⱼ", "∂aᵢⱼ/∂xᵢⱼ"]


OPTIONS = {
    "leaky_relu(0.2)": lambda x: cr.leaky_relu(x, 0.2),
    "elu(0.5)": lambda x: cr.elu(x, 0.5),
    "celu(2)": lambda x: cr.celu(x, alpha=2.0),
    "hard_shrink(1)": lambda x: cr.hard_shrink(x, limit=1.0),
    "gelu(tanh)": lambda x: cr.gelu(x, "tanh"),
}


@pytest.mark.parametrize("function", OPTIONS.values(), ids=OPTIONS)
def test_options_of_an_activation_are_in_its_slope(function):
    x = cr.input("x", value=FAR)
    assert cr.Graph((function(x) * WEIGHTS).sum()).derivation(elements=True).ok


MODERATE = {name: loss for name, loss in losses.LOSSES.items() if np.abs(loss.x).max() < 1000}
"""Losses but those of large scores, whose central differences are all rounding."""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("loss", MODERATE.values(), ids=MODERATE)
def test_every_line_of_a_loss_is_right(loss, reduction, dtype):
    x = cr.input("x", value=loss.x.astype(dtype))
    value = loss.ours(x, reduction)
    weights = np.linspace(0.5, 2.0, max(value.size, 1)).reshape(value.shape)
    derivation = cr.Graph((value * weights).sum()).derivation()
    assert derivation.ok, str(derivation)


def element_lines(value):
    value.name = "loss"
    derivation = cr.Graph(value).derivation()
    assert derivation.ok
    lines = {line.equation: line.note for group in derivation.elements for line in group.lines}
    return lines, derivation.backward[-1].right


def test_softmax_and_cross_entropy_arrive_at_p_minus_y():
    z = cr.input("z", value=[0.5, -1.2, 2.0])
    lines, gradient = element_lines(cr.nn.cross_entropy(z, 1))
    assert lines == {
        "pᵢ = exp(zᵢ) / (Σⱼ exp(zⱼ))": "",
        "∂pᵢ/∂zᵢ = pᵢ (1 - pᵢ)": "",
        "∂pⱼ/∂zᵢ = -pᵢ pⱼ": "for j ≠ i",
        "loss = -log(pₖ)": "for the correct class k",
        "∂loss/∂pₖ = -1 / pₖ": "for the correct class k",
        "∂loss/∂zₖ = ∂loss/∂pₖ ∂pₖ/∂zₖ = (-1 / pₖ) pₖ (1 - pₖ) = pₖ - 1": "for the correct class k",
        "∂loss/∂zᵢ = ∂loss/∂pₖ ∂pₖ/∂zᵢ = (-1 / pₖ) (-pᵢ pₖ) = pᵢ": "for a wrong class i",
        "yₖ = 1": "for the correct class k",
        "yᵢ = 0": "for a wrong class i",
        "∂loss/∂zᵢ = pᵢ - yᵢ": "for any class i",
    }
    assert gradient == "p - y"


LOSS_GRADIENTS = {
    "cross_entropy": (lambda x: cr.nn.cross_entropy(x, [1, 2]), "(p - y) / 2"),
    "negative_log_likelihood": (lambda x: cr.nn.negative_log_likelihood(x, [1, 2]), "-y / 2"),
    "hinge": (lambda x: cr.nn.hinge(x, [1, 2]), "(m - y ∘ (Σ₁ m)) / 2"),
    "squared_error": (lambda x: cr.nn.squared_error(x, WEIGHTS), "2 · (x - targets) / 6"),
    "absolute_error": (lambda x: cr.nn.absolute_error(x, WEIGHTS), "sign(x - targets) / 6"),
    "huber": (
        lambda x: cr.nn.huber(x, WEIGHTS),
        "where(|x - targets| ≤ 1, x - targets, sign(x - targets)) / 6",
    ),
    "binary_cross_entropy": (
        lambda x: cr.nn.binary_cross_entropy(x, np.eye(2, 3)),
        "(σ(x) - targets) / 6",
    ),
    "max_margin": (
        lambda x: cr.nn.max_margin(x, cr.input("c", value=WEIGHTS)),
        "-where(1 - x + c > 0, 1, 0) / 6",
    ),
    "kl_divergence": (lambda x: cr.nn.kl_divergence(x, np.full((2, 3), 1 / 3)), "-targets / 2"),
}


@pytest.mark.parametrize("name", [*ELEMENT_LOSSES, *ROW_LOSSES])
def test_the_gradient_of_a_loss_is_that_of_textbooks(name):
    function, gradient = LOSS_GRADIENTS[name]
    value = function(cr.input("x", value=X))
    value.name = "loss"
    derivation = cr.Graph(value).derivation()
    assert derivation.ok
    assert {line.left: line.right for line in derivation.backward}["∂loss/∂x"] == gradient
    assert all(line.check.ok for line in derivation.elements[0].lines)


def test_weights_masks_and_unnormalised_targets_are_written_out():
    x = cr.input("x", value=X)
    for value in (
        cr.nn.cross_entropy(x, [1, 2], class_weights=np.array([1.0, 2.0, 0.5])),
        cr.nn.cross_entropy(x, [1, -1], ignore_index=-1),
        cr.nn.cross_entropy(x, np.full((2, 3), 0.9)),
        cr.nn.binary_cross_entropy(x, np.eye(2, 3), positive_weight=2.0),
    ):
        derivation = cr.Graph(value).derivation()
        assert derivation.ok
        assert len(derivation.forward) > 1


COUPLED_LINES = {
    "softmax": ["∂aₙᵢ/∂xₙᵢ = aₙᵢ (1 - aₙᵢ)", "∂aₙⱼ/∂xₙᵢ = -aₙᵢ aₙⱼ"],
    "log_softmax": ["∂aₙᵢ/∂xₙᵢ = 1 - pₙᵢ", "∂aₙⱼ/∂xₙᵢ = -pₙᵢ"],
    "layer_norm": ["∂σₙ/∂xₙᵢ = aₙᵢ / 3", "∂aₙⱼ/∂xₙᵢ = (-1 / 3 - aₙᵢ aₙⱼ / 3) / σₙ"],
    "logsumexp": ["∂aₙ/∂xₙᵢ = pₙᵢ"],
}


@pytest.mark.parametrize("name", COUPLED)
def test_functions_that_couple_elements_tell_the_same_element_from_another(name):
    x = cr.input("x", value=X)
    a = getattr(cr, name)(x)
    derivation = cr.Graph((a * (WEIGHTS if a.ndim == 2 else WEIGHTS[:, 0])).sum()).derivation()
    assert derivation.ok
    lines = [line.equation for line in derivation.elements[0].lines]
    assert {*COUPLED_LINES[name]} <= {*lines}


def test_opened_functions_show_their_sweep():
    x = cr.input("x", value=X)
    derivation = cr.Graph(cr.nn.cross_entropy(x, [1, 2])).derivation(open=True)
    assert derivation.ok
    assert "log_softmax(x)" in [line.right for line in derivation.forward]
    assert derivation.backward[-1].right == "δ_l - p ∘ (Σ₁ δ_l)"


def test_scores_of_masked_keys_are_no_mistake():
    x = cr.input("x", value=X)
    for masked in (-1e30, -np.inf):
        scores = cr.where(np.array([True, True, False]), x, masked)
        derivation = cr.Graph((cr.softmax(scores) * WEIGHTS).sum()).derivation()
        assert derivation.ok, str(derivation)


def test_scores_that_are_reshaped_keep_the_form():
    logits = cr.input("logits", value=np.random.default_rng(0).normal(size=(2, 5, 3)))
    loss = cr.nn.cross_entropy(logits.reshape(-1, 3), np.arange(10) % 3)
    derivation = cr.Graph(loss).derivation(elements=True)
    assert derivation.ok
    assert "(p - y) / 10" in [line.right for line in derivation.backward]


@pytest.mark.parametrize("name", SLOPES)
def test_textbook_formulas_that_overflow_are_no_mistake(name):
    x = cr.input("x", value=[-900.0, -30.0, 0.3, 30.0, 900.0])
    a = getattr(cr, name)(x)
    assert cr.Graph((a * np.arange(1.0, 6.0)).sum()).derivation(elements=True).ok
