"""Reduce on plateau: the rates are torch's for every option, and its memory can be saved."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import tracing

RANDOM = np.random.default_rng(0)
METRICS = np.concatenate(
    [
        [np.nan],
        np.geomspace(1, 0.1, 8),
        0.1 + 1e-4 * RANDOM.normal(size=30),
        [0.01, np.nan],
        0.01 + np.arange(20),
    ]
)

OPTIONS = {
    "defaults": ({}, {}),
    "impatient": ({"patience": 0, "factor": 0.7}, {"patience": 0, "factor": 0.7}),
    "rising": ({"mode": "max", "patience": 3}, {"mode": "max", "patience": 3}),
    "relative": (
        {"patience": 2, "min_delta": 0.05, "delta_mode": "relative"},
        {"patience": 2, "threshold": 0.05, "threshold_mode": "rel"},
    ),
    "absolute": (
        {"patience": 2, "min_delta": 0.02, "delta_mode": "absolute"},
        {"patience": 2, "threshold": 0.02, "threshold_mode": "abs"},
    ),
    "rising, absolute": (
        {"mode": "max", "patience": 1, "min_delta": 0.5, "delta_mode": "absolute"},
        {"mode": "max", "patience": 1, "threshold": 0.5, "threshold_mode": "abs"},
    ),
    "cooldown": ({"patience": 1, "cooldown": 4}, {"patience": 1, "cooldown": 4}),
    "min_rate": ({"patience": 1, "min_rate": 0.013}, {"patience": 1, "min_lr": 0.013}),
    "epsilon": ({"patience": 1, "epsilon": 0.02}, {"patience": 1, "eps": 0.02}),
}


def plateau(**options):
    optimizer = cr.optim.SGD([cr.parameter(0.0, "x")], 0.5)
    return cr.optim.ReduceOnPlateau(optimizer, **options)


def rates(reducer, metrics):
    found = []
    for each in metrics:
        reducer.update(each)
        found.append(reducer.optimizer.learning_rate)
    return found


def improves(metric, best, mode, delta, delta_mode):
    if delta_mode == "absolute" or np.isinf(best):
        return metric > best + delta if mode == "max" else metric < best - delta
    return metric > best * (1 + delta) if mode == "max" else metric < best * (1 - delta)


def rates_by_rule(
    metrics,
    *,
    mode="min",
    factor=0.1,
    patience=10,
    min_delta=1e-4,
    delta_mode="relative",
    cooldown=0,
    min_rate=0.0,
    epsilon=1e-8,
):
    """Return the rates after each metric, from 0.5 on, by the rule as its options describe it."""
    rate, best, bad, resting, found = 0.5, -np.inf if mode == "max" else np.inf, 0, 0, []
    for metric in metrics:
        if improves(metric, best, mode, min_delta, delta_mode):
            best, bad = metric, 0
        else:
            bad += 1
        if resting:
            resting, bad = resting - 1, 0
        if bad > patience:
            lower = max(rate * factor, min_rate)
            rate = lower if rate - lower > epsilon else rate
            resting, bad = cooldown, 0
        found.append(rate)
    return found


@pytest.mark.parametrize("options", [ours for ours, _ in OPTIONS.values()], ids=OPTIONS)
def test_the_rates_are_those_of_the_rule(options):
    found = rates(plateau(**options), METRICS)
    np.testing.assert_allclose(found, rates_by_rule(METRICS, **options), rtol=1e-12)
    assert found[-1] < 0.5


@pytest.mark.parametrize(("ours", "theirs"), OPTIONS.values(), ids=OPTIONS)
def test_the_rates_are_torchs(ours, theirs):
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros((), requires_grad=True)], lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **theirs)
    wanted = []
    for each in METRICS:
        scheduler.step(each)
        wanted.append(optimizer.param_groups[0]["lr"])
    found = rates(plateau(**ours), METRICS)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert found[-1] < 0.5


def test_an_update_says_whether_the_rate_was_reduced():
    reducer = plateau(patience=1, factor=0.5)
    assert [reducer.update(each) for each in (1.0, 1.0, 1.0, 1.0)] == [False, False, True, False]
    assert (reducer.best, reducer.optimizer.learning_rate) == (1.0, 0.25)


@pytest.mark.native
def test_a_reduced_rate_compiles_nothing():
    x = cr.parameter(1.0, "x")
    optimizer = cr.optim.SGD([x], 0.5)
    reducer = cr.optim.ReduceOnPlateau(optimizer, patience=0, factor=0.5)

    @cr.compile
    def step():
        loss = x * 1.0
        optimizer.minimize(loss)
        return loss

    for _ in range(3):
        step()
        reducer.update(1.0)
    assert x.item() == 1.0 - 0.5 - 0.5 - 0.25
    assert step.report().count("signature") == 1


def test_it_continues_from_its_saved_state():
    first, second = plateau(patience=2, cooldown=2), plateau(patience=2, cooldown=2)
    rates(first, METRICS[:30])
    saved = {name: np.array(each.value) for name, each in first.named_state().items()}
    for name, each in second.named_state().items():
        each.assign(saved[name])
    second.optimizer.learning_rate = first.optimizer.learning_rate
    assert rates(first, METRICS[30:]) == rates(second, METRICS[30:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "least"}, "mode='least'. Give one of 'min', 'max'"),
        ({"delta_mode": "rel"}, "delta_mode='rel'. Give one of 'relative', 'absolute'"),
        ({"factor": 1.0}, "factor=1.0. Give a number of 0 or more and below 1"),
        ({"factor": 0.0}, "factor=0.0. Give a positive number"),
        ({"patience": -1}, "patience=-1. Give an integer of 0 or more"),
        ({"cooldown": 1.5}, "cooldown=1.5. Give an integer of 0 or more"),
        ({"min_delta": -1e-3}, "min_delta=-0.001. Give a number of 0 or more"),
        ({"min_rate": float("nan")}, "min_rate=nan. Give a number of 0 or more"),
    ],
)
def test_invalid_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plateau(**options)


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("delta_mode", ["relative", "absolute"])
def test_a_metric_that_is_not_a_number_is_no_improvement(mode, delta_mode):
    reducer = plateau(mode=mode, delta_mode=delta_mode, patience=1, factor=0.5)
    nan = float("nan")
    assert [reducer.update(each) for each in (nan, 1.0, nan, nan)] == [False, False, False, True]
    assert (reducer.best, reducer.optimizer.learning_rate) == (1.0, 0.25)


def test_an_update_in_a_compiled_function_is_refused():
    made = plateau()
    with tracing(), pytest.raises(cr.ChainruleError, match="Update it between the steps"):
        made.update(1.0)
