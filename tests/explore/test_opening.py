"""What is shown open: models down to their layers, and whatever is asked for by name."""

import numpy as np
import pytest

import chainrule as cr
from explained_models import attending, convolving, recurrent, tagging

LOSS = ["cross_entropy"]


def titles(graph, open=False):
    return [each.title for each in graph.explain(open=open).paragraphs]


def test_a_model_beside_a_loss_shows_its_layers():
    assert titles(convolving()) == [
        "Conv2d '0'",
        "relu '1'",
        "MaxPool2d '2'",
        "Conv2d '3'",
        "relu '4'",
        "MaxPool2d '5'",
        "Flatten '6'",
        "Linear '7'",
        *LOSS,
    ]


def test_the_tagger_shows_its_layers():
    assert titles(tagging()) == [
        "Embedding 'words'",
        "Embedding 'capitals'",
        "concat",
        "reshape",
        "Dropout 'input_dropout'",
        "Linear 'hidden'",
        "relu",
        "Dropout 'hidden_dropout'",
        "Linear 'scores'",
        *LOSS,
    ]


def test_a_loop_is_one_layer():
    assert titles(recurrent())[:2] == ["Embedding 'words'", "LSTM 'recurrent'"]


def test_attention_stays_folded_although_it_holds_a_layer():
    assert "MultiHeadAttention 'encoder.layers.0.self_attn'" in titles(attending())


def test_many_layers_stay_folded_and_are_opened_by_their_path():
    graph = attending(layers=6)
    assert titles(graph)[:6] == [
        f"TransformerEncoderLayer 'encoder.layers.{number}'" for number in range(6)
    ]
    opened = titles(graph, open="encoder.layers.3")
    assert opened.index("MultiHeadAttention 'encoder.layers.3.self_attn'") == 3
    assert "TransformerEncoderLayer 'encoder.layers.4'" in opened
    assert "TransformerEncoderLayer 'encoder.layers.3'" not in opened


@pytest.mark.parametrize("name", ["4", "4.relu", "Sequential.4"])
def test_a_function_of_a_sequential_is_opened_by_its_place(name):
    opened = titles(convolving(), open=name)
    assert opened[:5] == ["Conv2d '0'", "relu '1'", "MaxPool2d '2'", "Conv2d '3'", "maximum"]


def test_functions_of_a_sequential_carry_their_place_in_the_path():
    model = cr.nn.Sequential(cr.nn.Linear(2, 3, random=0), cr.tanh, cr.relu, lambda x: x * 2)
    graph = cr.Graph(model(cr.input("x", value=np.ones((1, 2), np.float32))).sum())
    assert [gate.module for gate in graph.gates][-4:-1] == [
        "1",
        "2.relu",
        "3",
    ]
    assert titles(graph) == ["Linear '0'", "tanh '1'", "relu '2'", "<lambda> '3'", "sum"]


def test_a_part_of_a_sequential_keeps_the_places_of_its_functions():
    model = cr.nn.Sequential(cr.tanh, cr.nn.Linear(2, 2, random=0), cr.relu)
    graph = cr.Graph(model[1:](cr.input("x", value=np.ones((1, 2), np.float32))).sum())
    assert titles(graph) == ["Linear '1'", "relu '2'", "sum"]


def test_a_model_with_parameters_of_its_own_is_open_too():
    class Scaled(cr.nn.Module):
        def __init__(self):
            self.scale = cr.parameter(np.float32(2), "scale")
            self.layer = cr.nn.Linear(2, 2, random=0)

        def forward(self, x):
            return self.layer(x * self.scale)

    graph = cr.Graph(Scaled()(cr.input("x", value=np.ones((1, 2), np.float32))).sum())
    assert titles(graph) == ["multiply", "Linear 'layer'", "sum"]


def test_everything_is_opened_by_true():
    explanation = tagging().explain(open=True)
    assert all(len(each.gates) == 1 for each in explanation.paragraphs)


def test_an_unknown_path_lists_what_there_is():
    with pytest.raises(cr.ChainruleError) as error:
        tagging().explain(open="hiden")
    assert str(error.value) == (
        "open='hiden' was given, but the graph has no gate or module of that name. Did you mean "
        "'hidden'? Those that can be opened are: 'WindowNetwork', 'capitals', "
        "'cross_entropy', 'cross_entropy.log_softmax', 'hidden', 'hidden_dropout', "
        "'input_dropout', 'relu', 'scores', 'words'."
    )


@pytest.mark.parametrize("open", [3, [1], None, 2.5])
def test_what_is_not_a_name_is_refused(open):
    with pytest.raises(TypeError, match="Give True, or the label or path of a gate or module"):
        convolving().derivation(open=open)


def test_the_text_of_a_graph_shows_the_layers():
    assert "c: float32[5,4,4,4] = MaxPool2d '2' b" in convolving().text()


def test_masks_and_constants_are_named_by_the_module_that_made_them():
    named = {each.name for gate in tagging().gates for each in gate.inputs}
    assert {"input_dropout.mask", "hidden_dropout.mask"} <= named
    assert not any(name.startswith("constant") for name in named)
