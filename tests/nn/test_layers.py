"""Layers compute their formula, name their parameters by path, and keep their state."""

import numpy as np
import pytest

import chainrule as cr

LAYERS = {
    "linear": (lambda: cr.nn.Linear(3, 4, random=0), np.ones((2, 3)), (2, 4)),
    "linear without bias": (lambda: cr.nn.Linear(3, 4, bias=False, random=0), np.ones(3), (4,)),
    "embedding": (lambda: cr.nn.Embedding(5, 3, random=0), np.array([[0, 4], [1, 1]]), (2, 2, 3)),
    "flatten": (cr.nn.Flatten, np.ones((2, 3, 4)), (2, 12)),
    "dropout": (lambda: cr.nn.Dropout(0.3, random=0), np.ones((4, 5)), (4, 5)),
    "sequential": (
        lambda: cr.nn.Sequential(cr.nn.Linear(3, 2, random=0), cr.relu, cr.nn.Linear(2, 1)),
        np.ones((4, 3)),
        (4, 1),
    ),
}


@pytest.mark.parametrize(("make", "x", "shape"), LAYERS.values(), ids=LAYERS)
def test_every_layer_has_its_shape_and_passes_the_gradient_check(make, x, shape):
    layer = make()
    assert layer(x).shape == shape
    if layer.parameters() or x.dtype.kind == "f":
        assert cr.check_gradients(layer, x).ok


@pytest.mark.parametrize(("make", "x", "shape"), LAYERS.values(), ids=LAYERS)
def test_the_state_of_every_layer_can_be_saved_and_restored(make, x, shape):
    first, second = make(), make()
    for each in first.parameters():
        each.assign(np.full(each.shape, 0.25, each.dtype))
    second.load_state(first.state())
    for name, value in second.state().items():
        np.testing.assert_array_equal(value, first.state()[name])


def test_linear_is_w_x_plus_b():
    layer = cr.nn.Linear(2, 3, random=0)
    x = np.array([[1.0, 2.0]], np.float32)
    np.testing.assert_array_equal(layer(x).value, x @ layer.weight.value.T + layer.bias.value)


def test_linear_computes_in_the_dtype_of_its_weight():
    assert cr.nn.Linear(2, 3, random=0)(np.ones((1, 2))).dtype == cr.float32
    assert cr.nn.Linear(2, 3, dtype="float64", random=0)(np.ones((1, 2))).dtype == cr.float64


def test_linear_refuses_another_number_of_inputs_and_names_itself():
    model = cr.nn.Sequential(cr.nn.Linear(3, 4, random=0), cr.nn.Linear(5, 2, random=0))
    with pytest.raises(cr.ShapeError, match=r"'1.weight' takes 5 inputs .* given shape \(2, 4\)"):
        model(np.ones((2, 3)))


def test_embedding_refuses_an_id_outside_its_table():
    with pytest.raises(cr.RangeError, match=r"the id 5 at position \(1,\).*ids run from 0 to 4"):
        cr.nn.Embedding(5, 3, random=0)(np.array([0, 5]))


def test_parameters_are_named_by_their_path():
    class Model(cr.nn.Module):
        def __init__(self):
            self.encoder = cr.nn.Sequential(cr.nn.Linear(3, 2, random=0), cr.tanh)
            self.heads = [cr.nn.Linear(2, 1, random=0), cr.nn.Linear(2, 1, bias=False, random=0)]
            self.scale = cr.parameter(1.0)

        def forward(self, x):
            h = self.encoder(x)
            return (self.heads[0](h) + self.heads[1](h)) * self.scale

    model = Model()
    names = ["scale", "encoder.0.weight", "encoder.0.bias", "heads.0.weight", "heads.0.bias"]
    assert list(model.named_parameters()) == [*names, "heads.1.weight"]
    assert model.heads[1].weight.name == "heads.1.weight"
    assert cr.check_gradients(model, np.ones((2, 3))).ok


def test_a_shared_module_counts_once():
    shared = cr.nn.Linear(2, 2, random=0)
    model = cr.nn.Sequential(shared, cr.relu, shared)
    assert len(model.parameters()) == 2


def test_nodes_know_the_path_of_their_module():
    model = cr.nn.Sequential(cr.nn.Linear(3, 2, random=0))
    assert model(np.ones((1, 3))).origin.path == "0"


def test_dropout_scales_what_it_keeps_and_is_off_in_inference():
    layer = cr.nn.Dropout(0.25, random=0)
    y = layer(np.ones(10_000)).value
    assert set(np.unique(y.round(6))) == {0.0, round(1 / 0.75, 6)}
    assert abs(y.mean() - 1) < 0.02
    np.testing.assert_array_equal(layer.eval()(np.ones(5)).value, np.ones(5))


def test_dropout_draws_new_numbers_on_every_call_and_the_same_again_from_the_same_seed():
    layer, again = cr.nn.Dropout(0.5, random=7), cr.nn.Dropout(0.5, random=7)
    first, second = layer(np.ones(100)).value, layer(np.ones(100)).value
    assert (first != second).any()
    np.testing.assert_array_equal(again(np.ones(100)).value, first)
    np.testing.assert_array_equal(again(np.ones(100)).value, second)


def test_dropout_of_everything_leaves_zeros_and_no_gradient():
    layer = cr.nn.Dropout(1.0)
    x = cr.input("x", value=np.array([1.0, np.inf]))
    y = layer(x)
    np.testing.assert_array_equal(y.value, [0.0, 0.0])
    np.testing.assert_array_equal(cr.gradients(y.sum(), [x])[0].value, [0.0, 0.0])
    np.testing.assert_array_equal(cr.compile(layer)(np.ones(3)).value, np.zeros(3))


@pytest.mark.parametrize("probability", [-0.1, 1.1])
def test_dropout_refuses_what_is_no_probability(probability):
    with pytest.raises(ValueError, match=r"Give one from 0 to 1: the share of"):
        cr.nn.Dropout(probability)


def test_a_state_that_does_not_fit_lists_everything_and_changes_nothing():
    model = cr.nn.Linear(3, 2, random=0)
    before = model.state()
    wrong = {"weight": np.zeros((2, 4), np.float32), "extra": np.zeros(1)}
    with pytest.raises(cr.ChainruleError) as error:
        model.load_state(wrong)
    text = str(error.value)
    assert "bias is missing" in text
    assert "extra is unknown" in text
    assert "weight has shape (2, 4) instead of (2, 3)" in text
    np.testing.assert_array_equal(model.weight.value, before["weight"])


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Define forward"):
        cr.nn.Module()(1.0)


def test_flatten_refuses_a_scalar():
    with pytest.raises(cr.ShapeError, match="with a batch axis"):
        cr.nn.Flatten()(1.0)


def test_the_layers_of_a_sequential_are_reached_by_position():
    model = cr.nn.Sequential(cr.nn.Linear(3, 2, random=0), cr.relu)
    assert len(model) == 2
    assert model[1] is cr.relu
    assert not model.eval()[0].training
    assert model.train()[0].training


def test_lists_and_dicts_of_any_depth_belong_to_the_tree():
    class Model(cr.nn.Module):
        def __init__(self):
            self.heads = {"per": cr.nn.Linear(2, 1, random=0), "deep": [cr.nn.Dropout(0.5)]}
            self.scales = [cr.parameter(1.0), (cr.parameter(2.0),)]

    model = Model()
    assert list(model.named_parameters()) == [
        "scales.0",
        "scales.1.0",
        "heads.per.weight",
        "heads.per.bias",
    ]
    assert model.heads["per"](np.ones((1, 2))).origin.path == "heads.per"
    assert not model.eval().heads["deep"][0].training
