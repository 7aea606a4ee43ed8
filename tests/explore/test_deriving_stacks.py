"""Derivations of stacks of equal layers: one layer in full, a checked line for each other."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import equal_layers, topological_order


def objective(encoder):
    x = cr.input("x", value=np.random.default_rng(0).normal(size=(2, 3, 8)).astype("float32"))
    return (encoder(x) * x).sum()


def stack(layers=12):
    return cr.nn.TransformerEncoder(layers, 8, 2, 16, dropout=0, random=0)


@pytest.fixture(scope="module")
def graph():
    return cr.Graph(objective(stack()))


def layer_lines(derivation):
    return [line for line in derivation.backward if line.left.endswith(".*")]


@pytest.mark.parametrize("open", [False, True], ids=["folded", "opened"])
def test_equal_layers_have_one_line_each(graph, open):
    derivation = graph.derivation(open=open)
    assert [line.left for line in layer_lines(derivation)] == [
        f"∂o/∂layers.{n}.*".replace("o", graph.record().objective, 1) for n in range(1, 12)
    ]
    text = str(derivation)
    assert "/∂layers.0.linear1.weight" in text
    assert "/∂layers.1.linear1.weight" not in text
    assert "layers.1 to layers.11 are like layers.0; each is checked as a whole" in text
    assert derivation.to_dict()["folded"] == [*derivation.folded]
    assert derivation.ok
    assert max(map(len, text.splitlines())) <= 110


def test_the_line_of_a_layer_names_defined_gradients(graph):
    derivation = graph.derivation(open=True)
    defined = {line.left for line in derivation.backward}
    for line in layer_lines(derivation):
        assert line.shape == "12 parameters"
        assert line.check is not None
        assert line.check.direction
        assert set(re.findall(r"δ_\w+", line.right)) <= defined


def test_a_layer_opened_by_name_is_written_out(graph):
    text = str(graph.derivation(open="layers.5"))
    assert "/∂layers.5.linear1.weight" in text
    assert "/∂layers.5.*" not in text
    assert "/∂layers.6.*" in text


@pytest.mark.parametrize("calls_until_wrong", [2, 3, 99])
def test_a_wrong_gradient_in_a_folded_layer_is_found(calls_until_wrong):
    calls = iter(range(100))

    @cr.gate
    def smooth(x):
        return cr.tanh(x)

    @smooth.backward
    def smooth_backward(upstream, output, x):
        slope = 1 - output * output
        return (upstream * slope * (1.01 if next(calls) == calls_until_wrong else 1.0),)

    encoder = cr.nn.TransformerEncoder(5, 8, 2, 16, dropout=0, activation=smooth, random=0)
    derivation = cr.Graph(objective(encoder)).derivation()
    assert len(layer_lines(derivation)) == 4
    assert [line.check.ok for line in layer_lines(derivation)].count(False) == (
        {2: 2, 3: 1, 99: 0}[calls_until_wrong]
    )


def test_elements_are_derived_for_the_first_of_equal_layers():
    groups = cr.Graph(objective(stack(4))).derivation(elements=True).elements
    titles = " ".join(each.title for each in groups)
    assert "TransformerEncoderLayer" not in titles.replace("TransformerEncoderLayer 'layers.0'", "")
    assert groups


def test_two_layers_are_both_written_out():
    derivation = cr.Graph(objective(stack(2))).derivation()
    assert not derivation.folded
    assert not layer_lines(derivation)


def test_only_layers_of_the_same_gates_and_sizes_are_equal():
    def paths(encoder):
        return [
            [each.path for each in layers]
            for layers in equal_layers(topological_order([objective(encoder)]))
        ]

    assert paths(stack(4)) == [["layers.0", "layers.1", "layers.2", "layers.3"]]
    other = stack(6)
    other.layers[2] = cr.nn.TransformerEncoderLayer(8, 2, 20, dropout=0, random=0)
    assert paths(other) == [["layers.3", "layers.4", "layers.5"]]
    other = stack(6)
    other.layers[2] = cr.nn.TransformerEncoderLayer(8, 2, 16, dropout=0, norm_first=True, random=0)
    assert paths(other) == [["layers.3", "layers.4", "layers.5"]]


def test_a_layer_called_several_times_is_no_stack():
    layer = cr.nn.TransformerEncoderLayer(8, 2, 16, dropout=0, random=0)
    model = cr.nn.Sequential(layer, layer, layer)
    x = np.zeros((1, 2, 8), np.float32)
    assert equal_layers(topological_order([model(x).sum()])) == []
