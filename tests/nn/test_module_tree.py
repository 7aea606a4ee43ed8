"""A model shows its tree, and parts of it can be taken out of training."""

import numpy as np
import pytest

import chainrule as cr


class Scorer(cr.nn.Module):
    def __init__(self):
        self.scale = cr.parameter(np.ones(3))
        self.mean = cr.parameter(np.zeros(3), trainable=False)
        self.momentum = 0.1
        self.sizes = (3, 2)
        self.mode = "mean"
        self.table = np.ones(1000)
        self.hidden = cr.nn.Sequential(cr.nn.Linear(3, 4), cr.tanh, cr.nn.Dropout(0.25))
        self.heads = {"a": cr.nn.Linear(4, 1, bias=False)}

    def forward(self, x):
        return self.heads["a"](self.hidden((x - self.mean) * self.scale))


def test_a_model_prints_as_its_tree_with_shapes():
    assert repr(Scorer()).splitlines() == [
        "Scorer(scale: float64(3,), mean: float64(3,) state, momentum=0.1, sizes=(3, 2), "
        "mode='mean'",
        "  (hidden): Sequential(",
        "    (0): Linear(weight: float32(4, 3), bias: float32(4,))",
        "    (1): tanh",
        "    (2): Dropout(probability=0.25)",
        "  )",
        "  (heads.a): Linear(weight: float32(1, 4))",
        ")",
    ]


def test_printing_leaves_names_as_they_are_and_ends():
    model = Scorer()
    repr(model.hidden)
    assert model.hidden[0].weight.name == "hidden.0.weight"
    assert repr(cr.nn.Sequential()) == "Sequential()"
    assert repr(cr.nn.Sequential(lambda x: x)) == "Sequential(\n  (0): <lambda>\n)"


def test_every_module_has_a_path():
    model = Scorer()
    found = model.named_modules()
    assert list(found) == ["", "hidden", "hidden.0", "hidden.2", "heads.a"]
    assert found["heads.a"] is model.heads["a"]
    shared = cr.nn.Linear(2, 2)
    assert list(cr.nn.Sequential(shared, cr.nn.Sequential(shared)).named_modules()) == [
        "",
        "0",
        "1",
    ]


def test_a_frozen_part_is_not_trained_and_is_saved():
    model = Scorer()
    assert model.hidden.freeze() is model.hidden
    assert [each.name for each in model.parameters()] == ["scale", "heads.a.weight"]
    assert "hidden.0.weight" in model.state()
    assert "(0): Linear(weight: float32(4, 3) frozen, bias: float32(4,) frozen)" in repr(model)
    before = model.state()
    optimizer = cr.optim.Adam(model)
    optimizer.minimize((model(np.ones((2, 3))) ** 2).sum())
    np.testing.assert_array_equal(model.hidden[0].weight.value, before["hidden.0.weight"])
    assert (model.heads["a"].weight.value != before["heads.a.weight"]).any()


def test_unfreezing_lets_train_again_what_was_frozen_and_no_state():
    model = Scorer()
    names = [each.name for each in model.parameters()]
    assert model.freeze().parameters() == []
    model.unfreeze()
    assert [each.name for each in model.parameters()] == names
    assert not model.mean.trainable
    model.freeze()
    model.hidden.unfreeze()
    assert [each.name for each in model.parameters()] == ["hidden.0.weight", "hidden.0.bias"]


def test_freezing_leaves_the_mode_and_gradients_flow_through():
    first, second = cr.nn.Linear(3, 4, random=0), cr.nn.Linear(4, 2, random=0)
    model = cr.nn.Sequential(first, cr.tanh, second)
    second.freeze()
    assert second.training
    (gradient,) = cr.gradients(model(np.ones((1, 3))).sum(), [first.weight])
    assert np.abs(gradient.value).sum() > 0


def test_a_table_that_is_moved_late_cannot_be_frozen():
    model = cr.nn.Sequential(cr.nn.Embedding(5, 2, random=0), cr.nn.Linear(2, 2, random=0))
    optimizer = cr.optim.Adam(model, rows="caught_up")
    optimizer.minimize(model(np.array([1, 2])).sum())
    with pytest.raises(cr.ChainruleError, match=r"0.weight cannot be frozen: .* Freeze the model"):
        model.freeze()
    assert len(model.parameters()) == 3
