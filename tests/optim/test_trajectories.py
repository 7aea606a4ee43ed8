"""Trajectories are torch's, eager and compiled, and they lead to the minimum."""

import numpy as np
import pytest

import chainrule as cr
from optimizers import EVERY

every_optimizer = pytest.mark.parametrize(("make", "reference"), EVERY.values(), ids=EVERY)

RANDOM = np.random.default_rng(0)
START = [RANDOM.normal(size=(4, 3)), RANDOM.normal(size=3), np.array(0.5)]
BATCHES = [(RANDOM.normal(size=(5, 4)), RANDOM.normal(size=(5, 3))) for _ in range(100)]


def random_problem(tanh, weight, bias, scale, x, targets):
    """A regression whose gradients have many sizes, some of them tiny."""
    return ((tanh(x @ weight + bias) * scale - targets) ** 2).sum() * 0.1


def ours(make, compiled, batches=BATCHES):
    """Return the parameters after a step of ours per batch."""
    parameters = [cr.parameter(each, f"p{i}") for i, each in enumerate(START)]
    optimizer = make(parameters)

    def step(x, targets):
        loss = random_problem(cr.tanh, *parameters, x, targets)
        optimizer.minimize(loss)
        return loss

    step = cr.compile(step) if compiled else step
    for x, targets in batches:
        step(x, targets)
    return [each.value for each in parameters]


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
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_the_trajectory_is_torchs_to_1e_9_over_100_steps(make, reference, compiled):
    assert_close(ours(make, compiled), torchs(reference))


CLIPS = {
    "by value": (
        cr.optim.ClipByValue(0.1),
        lambda torch, parameters: torch.nn.utils.clip_grad_value_(parameters, 0.1),
    ),
    "by norm": (
        cr.optim.ClipByNorm(0.2),
        lambda torch, parameters: [
            torch.nn.utils.clip_grad_norm_([each], 0.2) for each in parameters
        ],
    ),
    "by global norm": (
        cr.optim.ClipByGlobalNorm(0.5),
        lambda torch, parameters: torch.nn.utils.clip_grad_norm_(parameters, 0.5),
    ),
}


@pytest.mark.parametrize(("clip", "theirs"), CLIPS.values(), ids=CLIPS)
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_clipped_trajectories_are_torchs(clip, theirs, compiled):
    found = ours(lambda p: cr.optim.SGD(p, 0.05, momentum=0.9, clip=clip), compiled)
    wanted = torchs(lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9), before_step=theirs)
    assert_close(found, wanted)
    unclipped = ours(lambda p: cr.optim.SGD(p, 0.05, momentum=0.9), False)
    assert not np.allclose(found[0], unclipped[0], rtol=1e-3)


@every_optimizer
def test_every_optimizer_finds_the_minimum_of_a_quadratic(make, reference):
    """With decay it lies nearer to zero."""
    target = np.array([1.0, 0.5])
    x = cr.parameter([3.0, -2.0], "x")
    optimizer = make([x])
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
