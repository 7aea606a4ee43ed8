"""Equal layers of a stack: one paragraph and a table in explanations, one box each in pictures."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore.number_text import norm, number


@pytest.fixture(scope="module")
def graph():
    encoder = cr.nn.TransformerEncoder(12, 8, 2, 16, dropout=0, random=0)
    x = cr.input("x", value=np.random.default_rng(0).normal(size=(2, 3, 8)).astype("float32"))
    return cr.Graph((encoder(x) * x).sum())


def test_the_first_layer_is_explained_and_the_others_have_tables(graph):
    explanation = graph.explain()
    text = str(explanation)
    layers = [each for each in explanation.paragraphs if each.path.startswith("layers.")]
    assert len(layers) == 12
    assert text.count("TransformerEncoderLayer 'layers.0' holds") == 1
    assert "TransformerEncoderLayer 'layers.1' holds" not in text
    first, last = layers[1].name, layers[-1].name
    heading = f"{first} to {last} = TransformerEncoderLayer 'layers.1' to 'layers.11'"
    assert f"{heading}: like {layers[0].name}; the norms are" in text
    upstream = [line.split()[1:] for line in text.splitlines() if line.split()[0] == "upstream"]
    shown = [each for line in upstream for each in line if each[0].isdigit()]
    for layer in layers[1:]:
        assert number(norm(layer.upstream)) in shown
    assert max(map(len, text.splitlines())) <= 110


def test_gradients_in_tables_are_not_listed_again(graph):
    text = str(graph.explain())
    assert "∂" in text
    assert "/∂layers.3.linear1.weight" not in text
    assert "of the parameters of TransformerEncoderLayer 'layers.0' to 'layers.11'" in text


def test_an_opened_layer_is_not_in_a_table(graph):
    text = str(graph.explain(open="layers.5"))
    assert "'layers.1' to 'layers.4'" in text
    assert "'layers.7' to 'layers.11'" in text


def test_what_softmax_stops_is_no_operand(graph):
    assert "softmax" not in "".join(
        name for each in graph.explain().paragraphs for name in each.inputs
    )


def test_the_box_of_a_layer_counts_its_parameters(graph):
    picture = graph.dot()
    assert picture.count("12 parameters") == 12
    assert "layers.0.linear1.weight" not in picture
    opened = graph.dot(open="layers.0")
    assert opened.count("12 parameters") == 11
    assert "layers.0.linear1.weight" in opened
