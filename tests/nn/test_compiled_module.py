"""A compiled model is the model: it trains, saves, nests and differentiates as it does."""

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

X = np.random.default_rng(0).normal(size=(6, 3))
TARGETS = np.random.default_rng(1).normal(size=(6, 2))


class Model(nn.Module):
    def __init__(self, compiled=()):
        layers = {
            "a": nn.Linear(3, 4, random=0, dtype="float64"),
            "drop": nn.Dropout(0.5, random=1),
            "b": nn.Linear(4, 2, random=2, dtype="float64"),
        }
        for name, layer in layers.items():
            setattr(self, name, cr.compile(layer) if name in compiled else layer)

    def forward(self, x, scale=1.0):
        return self.b(self.drop(cr.tanh(self.a(x)))) * scale


class Decorated(Model):
    @cr.compile
    def forward(self, x, scale=1.0):
        return super().forward(x, scale)


def assigned_forward():
    model = Model()
    model.forward = cr.compile(model.forward)
    return model


MODELS = {
    "whole": lambda: cr.compile(Model()),
    "a part": lambda: Model(["a"]),
    "all parts": lambda: cr.compile(Model(["a", "drop", "b"])),
    "its forward": assigned_forward,
    "a decorated forward": Decorated,
}


def trained(model, optimizer=lambda model: cr.optim.Adam(model, 0.01)):
    optimizer = optimizer(model)
    losses = []
    for _ in range(5):
        loss = nn.squared_error(model(X, scale=2.0), TARGETS)
        assert optimizer.minimize(loss) is True
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", MODELS)
def test_it_trains_eagerly_as_the_plain_model_does(name):
    plain, model = Model(), MODELS[name]()
    np.testing.assert_allclose(trained(model), trained(plain), rtol=1e-9)
    assert list(model.state()) == list(plain.state())
    for path, wanted in plain.state().items():
        np.testing.assert_allclose(model.state()[path], wanted, rtol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_it_is_a_module(name, tmp_path):
    model = MODELS[name]()
    assert isinstance(model, nn.Module)
    model.eval()
    outputs = model(X).value
    np.testing.assert_array_equal(model(X).value, outputs)
    model.train()
    assert not np.array_equal(model(X).value, outputs)
    cr.save(tmp_path / "model.safetensors", model)
    other = Model()
    cr.load(tmp_path / "model.safetensors", other)
    np.testing.assert_allclose(other.eval()(X).value, outputs)
    other.a.bias.assign(np.ones(4))
    model.load_state(other.state())
    np.testing.assert_allclose(model.eval()(X).value, other(X).value)


@pytest.mark.parametrize("name", [each for each in MODELS if each != "its forward"])
def test_copies_are_their_own(name):
    model = MODELS[name]().eval()
    outputs = model(X).value
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_allclose(other(X).value, outputs)
        other.b.bias.assign(np.ones(2))
        np.testing.assert_allclose(other(X).value, outputs - model.b.bias.value + 1)
        np.testing.assert_array_equal(model(X).value, outputs)


def test_attributes_are_those_of_the_model():
    model = Model()
    compiled = cr.compile(model)
    assert compiled.a is model.a
    compiled.note = "kept"
    assert model.note == "kept"
    assert repr(compiled) == f"compiled {model!r}"
    assert cr.compile(compiled) is compiled
    assert "Linear" in str(cr.summary(compiled, X))
    with pytest.raises(AttributeError, match="missing"):
        compiled.missing  # noqa: B018


def test_fit_trains_it():
    states = []
    for model in (Model(), cr.compile(Model()), Model(["b"])):
        optimizer = cr.optim.SGD(model, 0.05)
        data = (X, TARGETS)
        cr.train.fit(
            model, optimizer, nn.squared_error, data, epochs=2, batch_size=3, progress=False
        )
        states.append(model.state())
    for other in states[1:]:
        for path, wanted in states[0].items():
            np.testing.assert_allclose(other[path], wanted, rtol=1e-12)


@pytest.mark.native
def test_it_says_what_was_compiled():
    model = cr.compile(Model())
    assert model.report() == "not called yet"
    model(X)
    assert "signature (float64[6, 3])" in model.report()
    assert "trace" in model.stages
