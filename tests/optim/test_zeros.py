"""A rate of 0 moves nothing, and options of 0 leave out what they scale."""

import numpy as np
import pytest

import chainrule as cr
import chainrule.optim.schedules as s

START = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 0.0]])
MADE = {
    "sgd": cr.optim.SGD,
    "sgd with decay": lambda p, rate, **o: cr.optim.SGD(p, rate, weight_decay=0.1, **o),
    "momentum": lambda p, rate, **o: cr.optim.SGD(p, rate, momentum=0.9, **o),
    "adagrad": cr.optim.Adagrad,
    "rmsprop": cr.optim.RMSProp,
    "adam": cr.optim.Adam,
    "adamw": cr.optim.AdamW,
    "radam": cr.optim.RAdam,
}
LATE = [name for name in MADE if name not in ("adamw", "radam")]


def steps(optimizer, table, compiled, count):
    def step(ids):
        loss = (cr.take(table, ids) ** 2).sum()
        optimizer.minimize(loss)
        return loss

    run = cr.compile(step) if compiled else step
    for number in range(count):
        run(np.array([number % 2, 0]))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize(
    ("name", "rows"),
    [(name, rows) for name in MADE for rows in ("touched", "dense")]
    + [(name, "caught_up") for name in LATE],
)
def test_a_rate_of_0_is_a_frozen_run(name, rows, compiled):
    table = cr.parameter(START, "table", table=True)
    optimizer = MADE[name]([table], 0.0, rows=rows)
    steps(optimizer, table, compiled, 3)
    np.testing.assert_array_equal(table.value, START)
    assert (optimizer.learning_rate, optimizer.steps.item()) == (0, 3)
    optimizer.learning_rate = 0.1
    steps(optimizer, table, compiled, 1)
    assert (table.value[0] != START[0]).all()
    optimizer.learning_rate = 0
    moved = table.value.copy()
    steps(optimizer, table, compiled, 2)
    np.testing.assert_array_equal(table.value, moved)


@pytest.mark.parametrize(
    "schedule",
    [
        s.Constant(0.0),
        s.StepDecay(0.0, 5),
        s.StepDecay(0.1, 2, factor=0.0),
        s.MultiStep(0.1, [3], factor=0.0),
        s.Exponential(0.1, gamma=0.0),
        s.Exponential(0.0, decay=0.0),
        s.InverseTime(0.0, 0.0),
        s.Polynomial(0.0, 5, power=0.0),
        s.Cosine(0.0, 5),
        s.CosineRestarts(0.0, 5),
        s.Linear(0.0, 0.0, 5),
        s.Cyclic(0.0, 0.0, 5, gamma=0.0),
        s.OneCycle(0.0, 20),
        s.WarmUp(0.0, 5),
        s.WarmUp(0.0, 0),
        s.Piecewise([2], [0.0, 0.0]),
    ],
    ids=repr,
)
def test_schedules_may_end_or_stay_at_0(schedule):
    rates = schedule.values(10)
    assert np.isfinite(rates).all()
    assert rates[-1] == 0
    optimizer = cr.optim.SGD([cr.parameter(1.0, "x")], schedule)
    assert optimizer.learning_rate == rates[0]


@pytest.mark.parametrize(
    ("made", "options", "plain"),
    [
        (cr.optim.SGD, {"momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "l1": 0.0}, {}),
        (cr.optim.RMSProp, {"momentum": 0.0, "weight_decay": 0}, {}),
        (cr.optim.Adagrad, {"rate_decay": 0.0, "initial_accumulator": 0.0}, {}),
        (cr.optim.Adam, {"weight_decay": 0.0}, {}),
        (cr.optim.AdamW, {"weight_decay": 0.0}, {"weight_decay": 0}),
    ],
)
def test_options_of_0_are_as_if_not_given(made, options, plain):
    found = []
    for each in (options, plain):
        x = cr.parameter(START, "x")
        optimizer = made([x], 0.1, **each)
        for _ in range(3):
            optimizer.minimize((x * x).sum())
        found.append(x.value)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("rate", [-0.1, float("nan"), float("inf"), -float("inf")])
def test_what_has_no_meaning_is_refused_everywhere(rate):
    optimizer = cr.optim.SGD([cr.parameter(1.0, "x")], 0.0)
    with pytest.raises(ValueError, match=r"learning_rate=.*Give a positive number, or 0"):
        optimizer.learning_rate = rate
    with pytest.raises(ValueError, match="Exponential was given gamma"):
        s.Exponential(0.1, gamma=rate)
    with pytest.raises(ValueError, match="momentum="):
        cr.optim.SGD([cr.parameter(1.0, "x")], 0.1, momentum=rate)
