"""A compiled function follows the mode that its modules are in."""

import sys

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


class Cell(cr.nn.Module):
    def __init__(self):
        self.dropout = cr.nn.Dropout(0.5, random=0)

    def forward(self, x):
        return cr.scan(lambda state, now: (self.dropout(state + now), None), np.zeros(4, "f"), x)[0]


@pytest.mark.parametrize(
    "model",
    [
        cr.nn.Sequential(cr.nn.Linear(4, 3, random=0), cr.nn.Dropout(0.5, random=0)),
        cr.nn.Sequential(cr.nn.Linear(4, 3, random=0), cr.nn.BatchNorm(3)),
        Cell(),
    ],
    ids=["dropout", "batch norm", "dropout in a scan"],
)
def test_a_change_of_mode_is_followed_and_compiled_once(model):
    predict = cr.compile(model)
    trained = predict(X)
    model.eval()
    resting = [predict(X).value for _ in range(2)]
    np.testing.assert_allclose(resting[0], model(X).value, rtol=1e-6)
    np.testing.assert_array_equal(*resting)
    assert not np.allclose(trained.value, resting[0])
    model.train()
    assert not np.allclose(predict(X).value, resting[0])
    assert predict.report().count("signature") == 2
    assert "training is False now" in predict.report()


def test_a_mode_that_nothing_depends_on_compiles_nothing():
    model = cr.nn.Sequential(cr.nn.Linear(4, 3, random=0), cr.relu)
    predict = cr.compile(model)
    predict(X)
    model.eval()
    predict(X)
    assert predict.report().count("signature") == 1


def test_a_module_that_asks_for_its_mode_is_followed():
    class Mine(cr.nn.Module):
        def forward(self, x):
            return x * 2 if self.training else x

    model = Mine()
    double = cr.compile(model)
    np.testing.assert_array_equal(double(X), X * 2)
    model.training = False
    np.testing.assert_array_equal(double(X), X)


def test_the_oldest_signature_is_dropped(monkeypatch):
    module = sys.modules["chainrule.compile.compiled"]
    monkeypatch.setattr(module, "_MOST_SIGNATURES", 3)
    double = cr.compile(lambda x: x * 2)
    for size in (1, 2, 3, 4, 5, 1):
        np.testing.assert_array_equal(double(np.ones(size, "float32")), np.full(size, 2))
    assert double.report().count("signature") == 3
