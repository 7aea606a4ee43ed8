"""Trajectories are those of the formulas, and of torch; they lead to the minimum."""

import inspect

import numpy as np
import pytest

import chainrule as cr
from optimizer_formulas import FORMULAS
from optimizers import BATCHES, EVERY, START, random_problem, trained

every_optimizer = pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)
eager_and_compiled = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
IN_TORCH = {name: case for name, case in EVERY.items() if case.in_torch}
FEW = BATCHES[:20]


def gradients_of_the_problem(weight, bias, scale, x, targets):
    """Return the gradients of `random_problem`, derived by hand."""
    hidden = np.tanh(x @ weight + bias)
    error = 0.2 * (hidden * scale - targets)
    before = error * scale * (1 - hidden**2)
    return [x.T @ before, before.sum(axis=0), np.sum(error * hidden)]


def by_formula(steps, batches, clip=lambda gradients: gradients):
    """Return the parameters after a step of the formulas per batch, one for each parameter."""
    parameters, states = list(START), [{} for _ in START]
    for t, (x, targets) in enumerate(batches, start=1):
        found = clip(gradients_of_the_problem(*parameters, x, targets))
        parameters = [
            step(theta, gradient, state, t)
            for step, theta, gradient, state in zip(steps, parameters, found, states, strict=True)
        ]
    return parameters


def torchs(reference, batches=BATCHES, before_step=lambda torch, parameters: None):
    """Return the parameters after a step of torch's optimizer per batch."""
    torch = pytest.importorskip("torch")
    parameters = [torch.tensor(each, requires_grad=True) for each in START]
    optimizer = reference(torch, parameters)
    for x, targets in batches:
        optimizer.zero_grad()
        x, targets = torch.tensor(x), torch.tensor(targets)
        random_problem(torch.tanh, *parameters, x, targets).backward()
        before_step(torch, parameters)
        optimizer.step()
    return [each.detach().numpy() for each in parameters]


def assert_close(found, wanted, rtol=1e-9):
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rtol)


@every_optimizer
@eager_and_compiled
def test_the_trajectory_is_that_of_the_formula_over_20_steps(case, compiled):
    assert_close(trained(case.ours, FEW, compiled), by_formula([case.formula()] * 3, FEW), 1e-10)


def optimizer_classes():
    found = {each for each in vars(cr.optim).values() if isinstance(each, type)}
    return {each for each in found if issubclass(each, cr.optim.Optimizer)} - {cr.optim.Optimizer}


def test_every_optimizer_has_a_formula_and_a_row():
    assert {each.__name__ for each in optimizer_classes()} == set(FORMULAS)
    assert optimizer_classes() == {case.kind for case in EVERY.values()}


def test_every_own_option_of_every_optimizer_is_in_some_row():
    for kind in optimizer_classes():
        given = {name for case in EVERY.values() if case.kind is kind for name in case.options}
        own = inspect.signature(kind).parameters.values()
        options = {each.name for each in own if each.kind is inspect.Parameter.KEYWORD_ONLY}
        assert options - {"rows"} <= given, kind.__name__


def clipped_to(norm, gradients, limit):
    return [each * min(1.0, limit / (norm + 1e-6)) for each in gradients]


def by_norm(gradients):
    return [clipped_to(np.sqrt(np.sum(each**2)), [each], 0.2)[0] for each in gradients]


def by_global_norm(gradients):
    squares = [np.sum(each**2) for each in gradients]
    return clipped_to(np.sqrt(sum(squares)), gradients, 0.5)


CLIPS = {
    "by value": (
        cr.optim.ClipByValue(0.1),
        lambda gradients: [np.clip(each, -0.1, 0.1) for each in gradients],
        lambda torch, parameters: torch.nn.utils.clip_grad_value_(parameters, 0.1),
    ),
    "by norm": (
        cr.optim.ClipByNorm(0.2),
        by_norm,
        lambda torch, parameters: [
            torch.nn.utils.clip_grad_norm_([each], 0.2) for each in parameters
        ],
    ),
    "by global norm": (
        cr.optim.ClipByGlobalNorm(0.5),
        by_global_norm,
        lambda torch, parameters: torch.nn.utils.clip_grad_norm_(parameters, 0.5),
    ),
}
every_clip = pytest.mark.parametrize(("clip", "formula", "theirs"), CLIPS.values(), ids=CLIPS)


@every_clip
@eager_and_compiled
def test_clipped_trajectories_are_those_of_the_formula(clip, formula, theirs, compiled):
    case = EVERY["momentum"]
    found = trained(lambda p: case.ours(p, clip=clip), FEW, compiled)
    assert_close(found, by_formula([case.formula()] * 3, FEW, formula), 1e-10)
    assert not np.allclose(found[0], trained(case.ours, FEW)[0], rtol=1e-3)


GROUPS = {
    "p1": {"learning_rate_factor": 0.1, "weight_decay": 0.0},
    "p2": {"weight_decay": 0.5},
}


@eager_and_compiled
def test_groups_have_the_trajectory_of_their_own_rates_and_decays(compiled):
    kind = cr.optim.Adam
    found = trained(lambda p: kind(p, 0.02, weight_decay=0.1, groups=GROUPS), FEW, compiled)
    rates = [(0.02, 0.1), (0.002, 0.0), (0.02, 0.5)]
    steps = [FORMULAS["Adam"](rate, weight_decay=decay) for rate, decay in rates]
    assert_close(found, by_formula(steps, FEW), 1e-10)


@pytest.mark.parametrize("case", IN_TORCH.values(), ids=IN_TORCH)
@eager_and_compiled
def test_the_trajectory_is_torchs_to_1e_9_over_100_steps(case, compiled):
    assert_close(trained(case.ours, BATCHES, compiled), torchs(case.theirs))


@every_clip
@eager_and_compiled
def test_clipped_trajectories_are_torchs(clip, formula, theirs, compiled):
    case = EVERY["momentum"]
    found = trained(lambda p: case.ours(p, clip=clip), BATCHES, compiled)
    assert_close(found, torchs(case.theirs, before_step=theirs))


@every_optimizer
def test_every_optimizer_finds_the_minimum_of_a_quadratic(case):
    """With decay it lies nearer to zero."""
    target = np.array([1.0, 0.5])
    x = cr.parameter([3.0, -2.0], "x")
    optimizer = case.ours([x])
    decay = optimizer.groups[x].weight_decay

    @cr.compile
    def step(target):
        loss = ((x - target) ** 2).sum()
        optimizer.minimize(loss)
        return loss

    for _ in range(1500):
        step(target)
    nearest = 0.7 if decay else 1.0
    assert np.all(x.value > nearest * target - 2e-2)
    assert np.all(x.value < target + 2e-2)


DOWN_THE_VALLEY = {
    "SGD": lambda p: cr.optim.SGD(p, 2e-4, momentum=0.9, nesterov=True),
    "Adagrad": lambda p: cr.optim.Adagrad(p, 0.5),
    "RMSProp": lambda p: cr.optim.RMSProp(p, 1e-3),
    "Adam": lambda p: cr.optim.Adam(p, 0.02),
    "AdamW": lambda p: cr.optim.AdamW(p, 0.02, weight_decay=0.0),
    "RAdam": lambda p: cr.optim.RAdam(p, 1e-3),
    "SparseAdam": lambda p: cr.optim.SparseAdam(p, 0.02),
}


@pytest.mark.parametrize("make", DOWN_THE_VALLEY.values(), ids=DOWN_THE_VALLEY)
def test_every_optimizer_finds_the_minimum_of_rosenbrocks_valley(make):
    x, y = cr.parameter(-1.2, "x"), cr.parameter(1.0, "y")
    optimizer = make([x, y])

    @cr.compile
    def step():
        loss = (1 - x) ** 2 + 100 * (y - x * x) ** 2
        optimizer.minimize(loss)
        return loss

    for _ in range(10_000):
        step()
    np.testing.assert_allclose([x.item(), y.item()], [1.0, 1.0], atol=1e-2)
