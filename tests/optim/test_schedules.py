"""Schedules: the rates are those of the closed forms and torch's; a compiled step follows them."""

import dataclasses
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.optim import schedules as s

STEPS = 60


@dataclass(frozen=True)
class AtRate:
    """A function that makes torch's scheduler of an optimizer, and the rate that this starts at."""

    rate: float
    make: Any


@dataclass(frozen=True)
class Case:
    """One row: a schedule, its closed form as a function of step numbers, and torch's scheduler."""

    ours: Any
    formula: Any
    theirs: AtRate | None = None


def half_cosine(start, end, share):
    return end + (start - end) * (1 + np.cos(np.pi * share)) / 2


def along(k, marks, rates):
    """Return the rates that follow half a cosine from each mark to the next one."""
    phase = np.minimum(np.searchsorted(marks, k, side="right") - 1, len(marks) - 2)
    marks, rates = np.array(marks), np.array(rates)
    share = (k - marks[phase]) / (marks[phase + 1] - marks[phase])
    return half_cosine(rates[phase], rates[phase + 1], share)


def share_of_cycle(k, first, longer):
    """Return the share of its cycle that lies before each step; cycles grow by a factor."""
    lengths = first * longer ** np.arange(6)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    cycle = np.searchsorted(starts, k, side="right") - 1
    return (k - starts[cycle]) / lengths[cycle]


def sequential(torch, optimizer):
    chosen = torch.optim.lr_scheduler
    warm = chosen.LinearLR(optimizer, start_factor=0.1, end_factor=1.0, total_iters=5)
    middle = chosen.ExponentialLR(optimizer, gamma=0.9)
    end = chosen.CosineAnnealingLR(optimizer, T_max=40, eta_min=0.01)
    return chosen.SequentialLR(optimizer, [warm, middle, end], milestones=[5, 20])


SCHEDULES = {
    "halving": Case(
        s.StepDecay(0.2, every=7),
        lambda k: 0.2 * 0.5 ** (k // 7),
        AtRate(0.2, lambda t, o: t.optim.lr_scheduler.StepLR(o, 7, gamma=0.5)),
    ),
    "a tenth": Case(
        s.StepDecay(0.2, every=20, factor=0.1),
        lambda k: 0.2 * 0.1 ** (k // 20),
        AtRate(0.2, lambda t, o: t.optim.lr_scheduler.StepLR(o, 20)),
    ),
    "multi-step": Case(
        s.MultiStep(0.2, [3, 4, 40]),
        lambda k: 0.2 * 0.1 ** np.searchsorted([3, 4, 40], k, side="right"),
        AtRate(0.2, lambda t, o: t.optim.lr_scheduler.MultiStepLR(o, [3, 4, 40])),
    ),
    "exponential": Case(
        s.Exponential(0.3, gamma=0.93),
        lambda k: 0.3 * 0.93**k,
        AtRate(0.3, lambda t, o: t.optim.lr_scheduler.ExponentialLR(o, 0.93)),
    ),
    "exponential of time": Case(
        s.Exponential(0.3, decay=0.05),
        lambda k: 0.3 * np.exp(-0.05 * k),
        AtRate(0.3, lambda t, o: t.optim.lr_scheduler.LambdaLR(o, lambda k: math.exp(-0.05 * k))),
    ),
    "inverse time": Case(
        s.InverseTime(0.3, 0.2),
        lambda k: 0.3 / (1 + 0.2 * k),
        AtRate(0.3, lambda t, o: t.optim.lr_scheduler.LambdaLR(o, lambda k: 1 / (1 + 0.2 * k))),
    ),
    "polynomial": Case(
        s.Polynomial(0.3, 40, power=2.0),
        lambda k: 0.3 * (1 - np.minimum(k, 40) / 40) ** 2,
        AtRate(0.3, lambda t, o: t.optim.lr_scheduler.PolynomialLR(o, 40, power=2.0)),
    ),
    "linear": Case(
        s.Linear(0.03, 0.24, 11),
        lambda k: np.interp(k, [0, 11], [0.03, 0.24]),
        AtRate(0.3, lambda t, o: t.optim.lr_scheduler.LinearLR(o, 0.1, 0.8, 11)),
    ),
    "piecewise": Case(
        s.Piecewise([9], [0.15, 0.3]),
        lambda k: np.where(k < 9, 0.15, 0.3),
        AtRate(0.3, lambda t, o: t.optim.lr_scheduler.ConstantLR(o, 0.5, 9)),
    ),
    "triangular": Case(
        s.Cyclic(0.01, 0.1, 4, mode="triangular"),
        lambda k: 0.01 + 0.09 * np.interp(k % 8, [0, 4, 8], [0, 1, 0]),
        AtRate(0.01, lambda t, o: t.optim.lr_scheduler.CyclicLR(o, 0.01, 0.1, 4)),
    ),
    "triangular2": Case(
        s.Cyclic(0.01, 0.1, 4, down=7, mode="triangular2"),
        lambda k: 0.01 + 0.09 * np.interp(k % 11, [0, 4, 11], [0, 1, 0]) * 0.5 ** (k // 11),
        AtRate(
            0.01,
            lambda t, o: t.optim.lr_scheduler.CyclicLR(o, 0.01, 0.1, 4, 7, mode="triangular2"),
        ),
    ),
    "exp_range": Case(
        s.Cyclic(0.01, 0.1, 5, down=3, mode="exp_range", gamma=0.97),
        lambda k: 0.01 + 0.09 * np.interp(k % 8, [0, 5, 8], [0, 1, 0]) * 0.97**k,
        AtRate(
            0.01,
            lambda t, o: t.optim.lr_scheduler.CyclicLR(
                o, 0.01, 0.1, 5, 3, mode="exp_range", gamma=0.97
            ),
        ),
    ),
    "cosine that rises again": Case(
        s.Cosine(0.2, 25, end=0.01, rises=True),
        lambda k: half_cosine(0.2, 0.01, k / 25),
        AtRate(0.2, lambda t, o: t.optim.lr_scheduler.CosineAnnealingLR(o, 25, eta_min=0.01)),
    ),
    "cosine with restarts": Case(
        s.CosineRestarts(0.2, 9, end=0.01),
        lambda k: half_cosine(0.2, 0.01, k % 9 / 9),
        AtRate(
            0.2, lambda t, o: t.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 9, eta_min=0.01)
        ),
    ),
    "cosine with ever longer restarts": Case(
        s.CosineRestarts(0.2, 3, longer=2),
        lambda k: half_cosine(0.2, 0.0, share_of_cycle(k, 3, 2)),
        AtRate(0.2, lambda t, o: t.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 3, T_mult=2)),
    ),
    "cosine with restarts, three times as long": Case(
        s.CosineRestarts(0.2, 2, longer=3),
        lambda k: half_cosine(0.2, 0.0, share_of_cycle(k, 2, 3)),
        AtRate(0.2, lambda t, o: t.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2, T_mult=3)),
    ),
    "one cycle": Case(
        s.OneCycle(0.5, STEPS),
        lambda k: along(k, [0, 17, 59], [0.02, 0.5, 2e-6]),
        AtRate(0.5, lambda t, o: t.optim.lr_scheduler.OneCycleLR(o, 0.5, STEPS)),
    ),
    "one cycle, linear": Case(
        s.OneCycle(0.5, STEPS, rising=0.4, anneal="linear", divisor=10.0, final_divisor=100.0),
        lambda k: np.interp(k, [0, 23, 59], [0.05, 0.5, 5e-4]),
        AtRate(
            0.5,
            lambda t, o: t.optim.lr_scheduler.OneCycleLR(
                o,
                0.5,
                STEPS,
                pct_start=0.4,
                anneal_strategy="linear",
                div_factor=10.0,
                final_div_factor=100.0,
            ),
        ),
    ),
    "one cycle in three phases": Case(
        s.OneCycle(0.5, STEPS, three_phases=True),
        lambda k: along(k, [0, 17, 34, 59], [0.02, 0.5, 0.02, 2e-6]),
        AtRate(0.5, lambda t, o: t.optim.lr_scheduler.OneCycleLR(o, 0.5, STEPS, three_phase=True)),
    ),
    "slanted triangular": Case(
        s.SlantedTriangular(0.32, 40, rising=0.2, ratio=16.0),
        lambda k: np.interp(k, [0, 8, 40], [0.02, 0.32, 0.02]),
        AtRate(
            0.32,
            lambda t, o: t.optim.lr_scheduler.LambdaLR(
                o, lambda k: float(np.interp(k, [0, 8, 40], [1 / 16, 1, 1 / 16]))
            ),
        ),
    ),
    "slanted triangular of few steps": Case(
        s.SlantedTriangular(0.32, 3),
        lambda k: np.interp(k, [0, 1, 3], [0.01, 0.32, 0.01]),
    ),
    "chain": Case(
        s.Chain(
            [s.Linear(0.02, 0.2, 5), s.Exponential(0.2, gamma=0.9), s.Cosine(0.2, 40, end=0.01)],
            [5, 20],
        ),
        lambda k: np.select(
            [k < 5, k < 20],
            [0.02 + 0.18 * k / 5, 0.2 * 0.9 ** (k - 5.0)],
            half_cosine(0.2, 0.01, (k - 20) / 40),
        ),
        AtRate(0.2, sequential),
    ),
    "constant": Case(s.Constant(0.01), lambda k: 0.01 + 0.0 * k),
    "cosine": Case(
        s.Cosine(0.2, 25, end=0.01), lambda k: half_cosine(0.2, 0.01, np.minimum(k, 25) / 25)
    ),
    "warm-up": Case(
        s.WarmUp(s.Cosine(0.2, 25), 10),
        lambda k: np.where(
            k < 10, 0.2 * k / 10, half_cosine(0.2, 0.0, np.clip((k - 10) / 25, 0, 1))
        ),
    ),
}


EVERY = {name: case.ours for name, case in SCHEDULES.items()}
IN_TORCH = {name: case for name, case in SCHEDULES.items() if case.theirs is not None}
every_schedule = pytest.mark.parametrize("schedule", EVERY.values(), ids=EVERY)
eager_and_compiled = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])


def rates_used(optimizer, compiled, steps):
    """Return by how much each step moved a parameter whose gradient is 1: the rate it used."""
    (x,) = optimizer.parameters

    def step():
        loss = x * 1.0
        optimizer.minimize(loss)
        return loss

    step = cr.compile(step) if compiled else step
    values = [x.item()]
    for _ in range(steps):
        step()
        values.append(x.item())
    return -np.diff(values), step


@pytest.mark.parametrize("case", SCHEDULES.values(), ids=SCHEDULES)
@eager_and_compiled
def test_every_step_uses_the_rate_of_the_closed_form(case, compiled):
    """The k-th call of `minimize`, counted from 0, uses the rate at step k."""
    wanted = case.formula(np.arange(STEPS))
    found, _ = rates_used(cr.optim.SGD([cr.parameter(0.0, "x")], case.ours), compiled, STEPS)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(case.ours.values(STEPS), wanted, rtol=1e-11, atol=1e-16)


def test_every_schedule_has_a_row():
    public = {each for each in vars(s).values() if isinstance(each, type)} - {s.Schedule}
    assert public == {type(each) for each in EVERY.values()}


@pytest.mark.filterwarnings("ignore:.*epoch parameter.*")
@pytest.mark.parametrize("case", IN_TORCH.values(), ids=IN_TORCH)
@eager_and_compiled
def test_every_step_uses_the_rate_that_torch_uses(case, compiled):
    """In torch: optimizer.step(); scheduler.step(). The k-th `minimize` uses schedule(k - 1)."""
    torch = pytest.importorskip("torch")
    moved = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([moved], lr=case.theirs.rate)
    scheduler = case.theirs.make(torch, optimizer)
    wanted = []
    for number in range(STEPS):
        wanted.append(optimizer.param_groups[0]["lr"])
        moved.grad = torch.ones((), dtype=torch.float64)
        optimizer.step()
        if number < STEPS - 1:
            scheduler.step()
    found, _ = rates_used(cr.optim.SGD([cr.parameter(0.0, "x")], case.ours), compiled, STEPS)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(case.ours.values(STEPS), wanted, rtol=1e-9)


@every_schedule
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_the_rate_of_the_next_step_can_be_read_at_any_time(schedule, compiled):
    optimizer = cr.optim.SGD([cr.parameter(0.0, "x")], schedule)
    wanted = schedule.values(5)
    for number in range(4):
        np.testing.assert_allclose(optimizer.learning_rate, wanted[number], rtol=1e-12)
        rates_used(optimizer, compiled, 1)


@every_schedule
def test_a_schedule_of_many_steps_is_that_of_each(schedule):
    steps = np.array([[0, 7], [31, 1000]])
    found = schedule(steps)
    assert found.dtype == cr.float64
    one_by_one = [[schedule(int(k)).item() for k in row] for row in steps]
    np.testing.assert_allclose(found.value, one_by_one, rtol=1e-12)


@every_schedule
def test_schedules_are_values(schedule):
    """Equal ones are equal, and none can be changed."""
    assert schedule == dataclasses.replace(schedule)
    assert hash(schedule) == hash(dataclasses.replace(schedule))
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.rate = 1.0


@pytest.mark.native
def test_a_new_rate_compiles_nothing():
    optimizer = cr.optim.Adam([cr.parameter(0.0, "x")], s.OneCycle(0.1, 10))
    _, step = rates_used(optimizer, True, 10)
    assert step.report().count("signature") == 1


CYCLIC = {
    "triangular": [0.01, 0.0325, 0.055, 0.0775, 0.1, 0.0775, 0.055, 0.0325, 0.01, 0.0325],
    "triangular2": [0.01, 0.0325, 0.055, 0.0775, 0.1, 0.0775, 0.055, 0.0325, 0.01, 0.02125],
    "exp_range": [
        *(0.01, 0.03025, 0.04645, 0.05921, 0.06905),
        *(0.04986, 0.03391, 0.02076, 0.01, 0.01872),
    ],
}


@pytest.mark.parametrize(("mode", "wanted"), CYCLIC.items())
def test_the_three_cycles_have_the_figures_of_the_textbook(mode, wanted):
    found = s.Cyclic(0.01, 0.1, 4, mode=mode, gamma=0.9).values(10)
    np.testing.assert_allclose(found, wanted, atol=5e-6)


def test_restarts_stay_where_they_are_for_long():
    """At the first step of every cycle the rate is the highest, at the last one not."""
    schedule = s.CosineRestarts(1.0, 10, longer=2)
    starts = np.array([10 * (2**n - 1) for n in range(20)])
    np.testing.assert_allclose(schedule(starts).value, 1.0, rtol=1e-12)
    assert np.all(schedule(starts[1:] - 1).value < 0.05)


def test_a_cosine_stays_at_its_end_and_a_warm_up_meets_its_schedule():
    np.testing.assert_allclose(s.Cosine(0.2, 5, end=0.01)([5, 6, 99]).value, 0.01, rtol=1e-12)
    warm = s.WarmUp(s.Cosine(0.2, 25), 4).values(8)
    np.testing.assert_allclose(warm[:4], [0, 0.05, 0.1, 0.15], rtol=1e-12)
    np.testing.assert_allclose(warm[4:], s.Cosine(0.2, 25).values(4), rtol=1e-12)


def test_one_cycle_stays_at_its_last_rate():
    schedule = s.OneCycle(0.5, 10)
    assert schedule(25).item() == schedule(9).item() == pytest.approx(0.5 / 25 / 1e4)


def test_any_function_of_the_step_is_a_schedule():
    optimizer = cr.optim.SGD([cr.parameter(0.0, "x")], lambda step: 0.1 / cr.sqrt(step + 1.0))
    found, _ = rates_used(optimizer, True, 4)
    np.testing.assert_allclose(found, 0.1 / np.sqrt([1, 2, 3, 4]), rtol=1e-12)
    warm = s.WarmUp(lambda step: 0.1 / cr.sqrt(step + 1.0), 2)
    np.testing.assert_allclose(warm.values(4), [0, 0.05, 0.1, 0.1 / np.sqrt(2)], rtol=1e-12)


def test_a_number_in_a_chain_or_after_a_warm_up_is_a_constant_rate():
    np.testing.assert_allclose(s.WarmUp(0.1, 2).values(4), [0, 0.05, 0.1, 0.1], rtol=1e-12)
    chain = s.Chain([0.1, s.StepDecay(0.2, every=1), 0.01], [1, 3])
    np.testing.assert_allclose(chain.values(5), [0.1, 0.2, 0.1, 0.01, 0.01], rtol=1e-12)


def test_numbers_of_numpy_are_numbers():
    halved = s.StepDecay(np.float64(0.2), np.int64(2), factor=np.float32(0.5))
    np.testing.assert_array_equal(halved.values(np.int64(5)), s.StepDecay(0.2, 2).values(5))
    assert cr.optim.SGD([cr.parameter(0.0, "x")], np.float32(0.5)).learning_rate == 0.5


def test_a_rate_that_follows_a_schedule_cannot_be_set():
    optimizer = cr.optim.SGD([cr.parameter(0.0, "x")], s.Constant(0.1))
    with pytest.raises(cr.ChainruleError, match="SGD follows a schedule"):
        optimizer.learning_rate = 0.2
    with pytest.raises(cr.ChainruleError, match="SGD follows a schedule"):
        cr.optim.ReduceOnPlateau(optimizer)


def test_a_schedule_that_returns_several_rates_is_refused():
    with pytest.raises(cr.ShapeError, match=r"has the shape \(2,\)"):
        cr.optim.SGD([cr.parameter(0.0, "x")], lambda step: cr.stack([step, step]))


MOVING = {
    "momentum": lambda p, **o: cr.optim.SGD(p, momentum=0.9, **o),
    "Adam": cr.optim.Adam,
    "RMSProp with momentum": lambda p, **o: cr.optim.RMSProp(p, momentum=0.9, **o),
}
RESTING = {"SGD": cr.optim.SGD, "Adagrad": cr.optim.Adagrad, "RMSProp": cr.optim.RMSProp}


@pytest.mark.parametrize("make", RESTING.values(), ids=RESTING)
def test_rows_that_rest_without_gradient_are_caught_up_under_a_schedule(make):
    tables = [cr.parameter(np.ones((4, 2)), "words", table=True) for _ in range(2)]
    rates = s.Exponential(0.1, gamma=0.8)
    for table, rows in zip(tables, ("caught_up", "dense"), strict=True):
        optimizer = make([table], learning_rate=rates, rows=rows)
        for ids in ([0, 1], [2], [0], [3, 1]):
            optimizer.minimize((cr.take(table, ids) ** 2).sum())
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-12)


@pytest.mark.parametrize("make", MOVING.values(), ids=MOVING)
def test_rows_that_would_move_at_many_rates_cannot_be_caught_up(make):
    table = cr.parameter(np.ones((4, 2)), "words", table=True)
    with pytest.raises(cr.ChainruleError, match=r"'words' with a learning rate that follows a sch"):
        make([table], learning_rate=s.Exponential(0.1, gamma=0.8), rows="caught_up")


REFUSED = {
    "a negative rate": (lambda: s.Constant(-0.1), "Constant was given rate=-0.1"),
    "nan": (lambda: s.Cosine(float("nan"), 3), "Cosine was given rate=nan"),
    "no steps": (lambda: s.StepDecay(0.1, 0), "StepDecay was given every=0. Give an integer"),
    "half a step": (lambda: s.Linear(0.0, 0.1, 2.5), r"Linear was given steps=2\.5"),
    "falling milestones": (lambda: s.MultiStep(0.1, [5, 3]), r"milestones=\(5, 3\). Give steps"),
    "a boundary at 0": (lambda: s.Piecewise([0], [1.0, 2.0]), r"boundaries=\(0,\). Give steps"),
    "too few rates": (lambda: s.Piecewise([3], [1.0]), "1 boundaries and 1 rates. Give one rate"),
    "too few schedules": (lambda: s.Chain([s.Constant(1.0)], [3]), "Give one schedule more"),
    "neither gamma nor decay": (lambda: s.Exponential(0.1), "Give one of them"),
    "gamma and decay": (lambda: s.Exponential(0.1, gamma=0.9, decay=0.1), "Give one of them"),
    "an unknown mode": (
        lambda: s.Cyclic(0.1, 0.2, 3, mode="round"),
        "mode='round'. Give one of",
    ),
    "a top below the base": (
        lambda: s.Cyclic(0.2, 0.1, 3),
        "top that is not below the base",
    ),
    "an unknown anneal": (lambda: s.OneCycle(0.1, 9, anneal="log"), "Give one of 'cos', 'linear'"),
    "a phase without steps": (lambda: s.OneCycle(0.1, 3), "a phase would have no step"),
    "a share of 1": (lambda: s.SlantedTriangular(0.1, 9, rising=1.0), "a share of the steps"),
    "a ratio of 0": (lambda: s.SlantedTriangular(0.1, 9, ratio=0.0), "a ratio of 1 or more"),
    "no rates": (lambda: s.Constant(0.1).values(0), "Constant.values was given steps=0"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_invalid_options_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_schedule_without_a_formula_says_so():
    with pytest.raises(NotImplementedError, match="Define at"):
        s.Schedule()(0)


def test_a_schedule_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "rates.png"
    figure = s.Cyclic(0.01, 0.1, 40, mode="triangular2").plot(300, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    (line,) = figure.axes[0].lines
    assert line.get_ydata()[40] == pytest.approx(0.1)


def test_drawing_without_matplotlib_says_what_to_install(monkeypatch):
    monkeypatch.setattr("chainrule.optim.schedules.schedule_picture.find_spec", lambda name: None)
    with pytest.raises(cr.ChainruleError, match=r"pip install 'chainrule\[plot\]'"):
        s.Constant(0.1).plot(10)


class AsText(os.PathLike):
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


@pytest.mark.parametrize("form", [str, Path, AsText])
def test_a_picture_goes_wherever_a_path_leads(tmp_path, form):
    pytest.importorskip("matplotlib")
    s.StepDecay(0.1, every=3).plot(10, form(tmp_path / "rates.png"))
    assert (tmp_path / "rates.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "name", ["rates", "rates.txt", "below/nul\0.png", "half\ud800.svg"], ids=ascii
)
def test_a_picture_that_cannot_be_written_raises_an_error(tmp_path, name):
    pytest.importorskip("matplotlib")
    with pytest.raises(cr.ChainruleError, match=r"no format of matplotlib|could not be written"):
        s.StepDecay(0.1, every=3).plot(10, tmp_path / name)
    assert not any(tmp_path.iterdir())
