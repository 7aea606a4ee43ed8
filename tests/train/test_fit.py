"""fit: what a run is, what it returns, and that it is deterministic."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.metrics import Accuracy
from training_runs import data, fit, network, same


@pytest.mark.parametrize("compiled", [True, False])
def test_a_run_is_the_loop_that_one_would_write(compiled):
    x, targets = data()
    model, history = fit((x, targets), shuffle=False, compiled=compiled)
    own, optimizer = network()
    losses = []
    for _ in range(2):
        for first in range(0, 40, 16):
            batch = slice(first, first + 16)
            loss = cr.nn.cross_entropy(own(x[batch]), targets[batch])
            optimizer.minimize(loss)
            losses.append(loss.item())
    np.testing.assert_allclose(history.losses, losses, rtol=1e-5)
    for name, value in own.state().items():
        np.testing.assert_allclose(model.state()[name], value, rtol=1e-4, atol=1e-6)
    weighted = np.array(losses[:3]) @ [16, 16, 8] / 40
    assert history["loss"][0] == pytest.approx(weighted, rel=1e-5)
    assert history["step"] == [3, 6]


@pytest.mark.parametrize("compiled", [True, False])
def test_the_same_seeds_give_the_same_bits_and_another_order_does_not(compiled):
    runs = [fit(data(), *network(dropout=0.3), seed=s, compiled=compiled) for s in (5, 5, 6)]
    (first, one), (second, two), (third, three) = runs
    assert same(first.state(), second.state())
    assert one.losses.tolist() == two.losses.tolist()
    assert not same(first.state(), third.state())
    assert one.losses.tolist() != three.losses.tolist()


def test_validation_and_metrics_are_those_of_the_trained_model_at_rest():
    held_out = data(30, seed=1)
    model, history = fit(data(), *network(0.5), validate=held_out, metrics=[Accuracy()])
    found = cr.train.evaluate(model, cr.nn.cross_entropy, held_out, metrics=[Accuracy()])
    assert history["validation_loss"][-1] == pytest.approx(found["loss"], rel=1e-6)
    assert history["validation_accuracy"][-1] == found["accuracy"]
    model.eval()
    wanted = (model(held_out[0]).value.argmax(axis=-1) == held_out[1]).mean()
    assert found["accuracy"] == wanted
    assert found["loss"] == pytest.approx(
        cr.nn.cross_entropy(model(held_out[0]), held_out[1]).item()
    )


def test_metrics_without_validation_data_are_those_of_the_training_data():
    model, history = fit(data(), metrics=[Accuracy()])
    found = cr.train.evaluate(model, cr.nn.cross_entropy, data(), metrics=[Accuracy()])
    assert history["accuracy"][-1] == found["accuracy"]
    assert "validation_loss" not in history.names


def test_evaluating_changes_nothing_that_training_would_notice():
    with_it, _ = fit(data(), *network(0.5), validate=data(30, 1), metrics=[Accuracy()])
    without, _ = fit(data(), *network(0.5))
    assert same(with_it.state(), without.state())


def test_every_module_is_afterwards_in_the_mode_that_it_was_in():
    model, optimizer = network(0.5)
    model.eval()
    model[2].train()
    fit(data(), model, optimizer, validate=0.25)
    assert [each.training for each in model.modules()] == [False, False, True, False]


def test_a_part_in_inference_mode_of_a_model_in_training_stays_as_it_is():
    """The running statistics of a pretrained net, for one."""
    part = cr.nn.Sequential(cr.nn.Linear(3, 4, random=0), cr.nn.BatchNorm(4)).eval().freeze()
    model = cr.nn.Sequential(part, cr.nn.Linear(4, 2, random=1))
    before = part.state()
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    fit(data(), model, optimizer, validate=0.25)
    assert same(before, part.state())
    assert [each.training for each in model.modules()] == [True, False, False, False, True]
    fit(data(), model.eval(), optimizer)
    assert not same(before, part.state())


def test_numbers_of_any_type_are_taken(tmp_path):
    numbers = {"epochs": np.int64(2), "batch_size": np.int32(16), "seed": np.uint8(3)}
    share = np.float32(0.25)
    model, history = fit(data(), validate=share, checkpoint=tmp_path, **numbers)
    assert history["step"] == [2, 4]
    wanted, _ = fit(data(), validate=0.25, epochs=2, batch_size=16, seed=3)
    assert same(model.state(), wanted.state())


def test_float64_is_trained_in_float64():
    random = np.random.default_rng(0)
    model = cr.nn.Linear(2, 1, dtype="float64", random=0)
    x = random.normal(size=(20, 2))
    targets = x @ [[2.0], [-1.0]] + 0.5
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    history = cr.train.fit(model, optimizer, cr.nn.squared_error, (x, targets), epochs=200)
    assert model.weight.dtype == np.float64
    np.testing.assert_allclose(model.weight.value, [[2.0, -1.0]], atol=1e-3)
    assert history.losses.dtype == np.float64


def test_the_history_reads_by_name_and_goes_into_json_and_pictures(tmp_path):
    _, history = fit(data(), validate=0.25)
    assert len(history) == 2
    assert history["epoch"] == [1, 2]
    assert "loss" in history
    assert "f1" not in history
    assert list(history) == history.names
    assert history.to_dict()["losses"] == history.losses.tolist()
    assert history.stopped is None
    with pytest.raises(cr.train.TrainingError, match=r"no 'f1'.*validation_loss"):
        history["f1"]
    for kind in ("png", "svg"):
        history.plot(tmp_path / f"curves.{kind}")
        assert (tmp_path / f"curves.{kind}").stat().st_size > 1000
    with pytest.raises(cr.train.TrainingError, match=r"Name it \.png"):
        history.plot(tmp_path / "curves.bmp")
    with pytest.raises(cr.train.TrainingError, match="no epoch is done"):
        cr.train.History().plot(tmp_path / "empty.png")


WRONG = {
    "model": ({"model": cr.relu}, r"chainrule\.nn\.Module"),
    "optimizer": ({"optimizer": "adam"}, "Make one for the model"),
    "epochs": ({"epochs": 0}, "epochs=0"),
    "batch_size": ({"batch_size": 2.5}, r"batch_size=2\.5"),
    "seed": ({"seed": -1}, "seed=-1"),
    "loss": ({"loss": "mse"}, "the loss 'mse'"),
    "progress": ({"progress": "rows"}, "'lines'"),
    "one metric": ({"metrics": Accuracy()}, "Give a list of instances of .*Metric"),
    "one callback": ({"callbacks": cr.train.EarlyStopping()}, "Give a list of instances"),
    "metrics": ({"metrics": [Accuracy]}, "as a metric"),
    "two metrics": ({"metrics": [Accuracy(), Accuracy()]}, "its own name"),
    "callbacks": ({"callbacks": [cr.train.Curves]}, r"instances of chainrule\.train\.Callback"),
    "share": ({"validate": 1.0}, "holds out 40 of 40"),
}


@pytest.mark.parametrize("case", WRONG)
def test_settings_that_cannot_work_are_refused_before_the_first_step(case):
    options, says = WRONG[case]
    model, optimizer = network()
    before = model.state()
    given = {"model": model, "optimizer": optimizer, "loss": cr.nn.cross_entropy, "data": data()}
    with pytest.raises(cr.train.TrainingError, match=says):
        cr.train.fit(**(given | {"epochs": 1} | options))
    assert same(before, model.state())


def test_a_plateau_of_the_optimizer_is_no_callback_but_becomes_one():
    model, optimizer = network()
    plateau = cr.optim.ReduceOnPlateau(optimizer)
    with pytest.raises(cr.train.TrainingError, match=r"cr\.train\.ReduceOnPlateau\(plateau"):
        fit(data(), model, optimizer, callbacks=[plateau])


EVALUATIONS = {
    "model": ({"model": cr.relu}, r"evaluate was given the model"),
    "loss": ({"loss": "mse"}, "evaluate was given the loss 'mse'"),
    "batch_size": ({"batch_size": 0}, "batch_size=0"),
    "negative": ({"batch_size": -3}, "batch_size=-3"),
    "one metric": ({"metrics": Accuracy()}, "Give a list of instances of .*Metric"),
    "empty": ({"data": (np.zeros((0, 3), "float32"), np.zeros(0, int))}, "The data is empty"),
}


@pytest.mark.parametrize("case", EVALUATIONS)
def test_evaluations_that_cannot_work_raise_errors(case):
    options, says = EVALUATIONS[case]
    given = {"model": network()[0], "loss": cr.nn.cross_entropy, "data": data()}
    with pytest.raises(cr.train.TrainingError, match=says) as raised:
        cr.train.evaluate(**(given | options))
    assert "train" not in str(raised.value).replace("chainrule.train", "")


def test_an_optimizer_of_another_model_is_refused():
    with pytest.raises(cr.train.TrainingError, match="updates no parameter of the model"):
        fit(data(), network()[0], network()[1])


def test_labels_out_of_range_change_nothing():
    x, targets = data()
    model, optimizer = network()
    before = model.state()
    with pytest.raises(cr.RangeError):
        fit((x, targets + 5), model, optimizer)
    assert same(before, model.state())
