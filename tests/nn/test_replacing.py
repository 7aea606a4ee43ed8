"""What is assigned where a parameter or a module was: another part, None, or an error."""

import numpy as np
import pytest

import chainrule as cr


class Model(cr.nn.Module):
    def __init__(self):
        self.weight = cr.parameter(np.ones((2, 3)))
        self.count = cr.parameter(0, trainable=False)
        self.body = cr.nn.Linear(3, 2, random=0)
        self.heads = [cr.nn.Linear(2, 2, random=1), cr.relu]
        self.tables = {"a": cr.parameter(np.zeros(2)), "b": [cr.parameter(np.zeros(1))]}
        self.scale = 2.0


WRONG = {
    "a tensor": ("weight", lambda m: m.weight * 0.5, r"Model.weight is a parameter, but Tensor"),
    "an array": ("weight", lambda m: np.ones((2, 3)), "but ndarray was put in its place"),
    "a number": ("weight", lambda m: 1.0, "but float was put"),
    "numbers": ("weight", lambda m: [1.0, 2.0], "but list was put"),
    "a constant": ("weight", lambda m: cr.asarray(1.0), "but Tensor was put"),
    "a function": ("weight", lambda m: cr.relu, "but NamedGate was put"),
    "state": ("count", lambda m: m.count + 1, r"write \.count\.assign\(\.\.\.\)"),
    "an array for a module": ("body", lambda m: np.ones(3), "Model.body is a module, Linear"),
    "a name for a module": ("body", lambda m: "linear", "but str was put in its place"),
    "modules in a list": ("heads", lambda m: [1.0, cr.relu], r"Model\.heads\.0 is a module"),
    "parameters in a dict": ("tables", lambda m: {**m.tables, "a": m.tables["a"] * 2}, "tables.a"),
    "a dict in a dict": ("tables", lambda m: {"b": [np.zeros(1)]}, r"tables\.b\.0 is a parameter"),
}


@pytest.mark.parametrize(("name", "value", "said"), WRONG.values(), ids=WRONG)
def test_what_is_no_part_of_a_model_does_not_replace_one(name, value, said):
    model = Model()
    before = {path: id(each) for path, each in model.named_parameters().items()}
    with pytest.raises(cr.ChainruleError, match=said):
        setattr(model, name, value(model))
    assert {path: id(each) for path, each in model.named_parameters().items()} == before


def test_the_error_spells_what_to_write_and_it_works():
    net = cr.nn.Sequential(cr.nn.Linear(2, 3, random=0))
    old = net[0].weight.value
    with pytest.raises(cr.ChainruleError, match=r"write \.weight\.assign\(\.\.\.\)"):
        net[0].weight = net[0].weight * 0.5
    net[0].weight.assign(net[0].weight * 0.5)
    np.testing.assert_array_equal(net.state()["0.weight"], old * np.float32(0.5))


def test_inside_a_compiled_function_it_is_an_error_too():
    net = cr.nn.Linear(2, 3, random=0)

    @cr.compile
    def halve(x):
        net.weight = net.weight * 0.5
        return net(x)

    with pytest.raises(cr.ChainruleError, match=r"Linear\.weight is a parameter, but Tensor"):
        halve(np.ones((1, 2), "float32"))


PLACES = {
    "in a list": (lambda m: m.heads, 0, lambda part: np.ones(2), r"Model\.heads\.0 is a module"),
    "in a dict": (lambda m: m.tables, "a", lambda part: part * 0.5, r"Model\.tables\.a"),
    "deeper": (lambda m: m.tables["b"], 0, lambda part: part + 1, r"Model\.tables\.b\.0"),
}


@pytest.mark.parametrize(("holder", "key", "made", "said"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("asked", ["state", "parameters", "named_parameters"])
def test_a_part_replaced_inside_a_container_is_noticed_when_the_parts_are_asked(
    asked, holder, key, made, said
):
    outer = cr.nn.Sequential(Model())
    outer.parameters()
    held = holder(outer[0])
    held[key] = made(held[key])
    with pytest.raises(cr.ChainruleError, match=said):
        getattr(outer, asked)()


def test_other_parts_and_none_and_plain_values_may_be_assigned():
    model = Model()
    model.weight = cr.parameter(np.zeros(5))  # of another shape
    assert model.state()["weight"].shape == (5,)
    model.count = None
    model.scale = np.ones(3)  # was no part
    model.body = cr.nn.Linear(7, 7, random=0)
    model.body = cr.tanh  # a function may stand for a module
    model.heads = []
    model.tables = None
    del model.body
    assert list(model.named_parameters()) == ["weight"]


def test_weights_are_tied_and_untied():
    model = cr.nn.Sequential(cr.nn.Linear(3, 3, random=0), cr.nn.Linear(3, 3, random=1))
    model[1].weight = model[0].weight
    assert len(model.parameters()) == 3
    model[1].weight = cr.parameter(model[0].weight)
    assert len(model.parameters()) == 4
    model[1].bias = None
    assert list(model.state()) == ["0.weight", "0.bias", "1.weight"]
    np.testing.assert_allclose(
        model(np.ones((1, 3), "float32")).value,
        (model[0](np.ones((1, 3), "float32")) @ model[1].weight.T).value,
    )
