"""The range test: bounds between which the loss falls, and a model that is as before."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.state.tracked_parameters import copied_values, tracked_parameters
from training_runs import data, network, same


def quadratic(curvature):
    """Gradient descent on c w² / 2 converges at rates below 2 / c, and is fastest at 1 / c."""
    model = cr.nn.Module()
    model.w = cr.parameter(np.ones(3))
    model.forward = lambda x: model.w * x

    def loss(predictions, targets):
        return curvature * 0.5 * (predictions * predictions).sum() + (targets * 0).sum()

    x = np.ones((4, 1))
    return model, loss, ([(x[0], x[0])] * 4)


@pytest.mark.parametrize("curvature", [0.1, 10.0])
def test_the_bounds_are_where_theory_says(curvature):
    model, loss, batches = quadratic(curvature)
    low, high = 1e-5 / curvature, 1e3 / curvature
    found = cr.train.rate_finder(model, cr.optim.SGD, loss, batches, low=low, high=high, steps=200)
    assert low < found.base < found.maximum < 2 / curvature
    assert found.maximum > 0.02 / curvature
    assert len(found.losses) < 200, "it goes on after the loss has diverged"


@pytest.mark.parametrize("compiled", [True, False])
def test_everything_is_afterwards_as_it_was(compiled):
    model, optimizer = network(0.3)
    model.eval()
    before = copied_values(tracked_parameters(model, optimizer))
    options = {"high": 10.0, "steps": 50, "compiled": compiled}
    found = cr.train.rate_finder(model, optimizer, cr.nn.cross_entropy, data(), **options)
    assert same(before, copied_values(tracked_parameters(model, optimizer)))
    assert optimizer.learning_rate == 1e-2
    assert not model.training
    assert len(found.rates) == len(found.losses) == len(found.smoothed)


def test_the_picture_has_both_bounds(tmp_path):
    pytest.importorskip("matplotlib")
    model, loss, batches = quadratic(1.0)
    found = cr.train.rate_finder(model, cr.optim.SGD, loss, batches, high=10.0)
    assert str(found).startswith("rates from")
    found.plot(tmp_path / "rates.svg")
    assert (tmp_path / "rates.svg").stat().st_size > 1000


def test_a_loss_that_does_not_fall_gives_no_bounds():
    model, _ = network()
    options = {"low": 1e-12, "high": 1e-10}
    found = cr.train.rate_finder(model, cr.optim.SGD, cr.nn.cross_entropy, data(), **options)
    assert found.base is found.maximum is None
    assert "did not fall" in str(found)


def test_trouble_raises_an_error_and_leaves_the_model_as_it_was():
    model, optimizer = network()
    before = model.state()
    given = {"model": model, "optimizer": optimizer, "loss": cr.nn.cross_entropy, "data": data()}
    for wrong, says in (
        ({"low": 1.0, "high": 0.1}, "0 < low < high"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"steps": 9}, "steps=9"),
        ({"model": cr.relu}, "the model"),
        ({"loss": "mse"}, "the loss 'mse'"),
        ({"optimizer": "adam"}, "the optimizer 'adam'"),
        ({"data": iter([data()] * 3)}, "The data ended after 3 steps"),
    ):
        with pytest.raises(cr.train.TrainingError, match=says):
            cr.train.rate_finder(**(given | wrong))

    def loss(predictions, targets):
        return cr.log(predictions * 0 - 1.0).sum()

    with pytest.raises(cr.train.TrainingError, match="Begin with a lower rate"):
        cr.train.rate_finder(model, optimizer, loss, data())
    scheduled = cr.optim.SGD(model, cr.optim.schedules.Cosine(0.1, 10))
    with pytest.raises(cr.ChainruleError, match="schedule"):
        cr.train.rate_finder(model, scheduled, cr.nn.cross_entropy, data())
    assert same(before, model.state())
