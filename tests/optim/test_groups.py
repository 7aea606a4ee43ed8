"""Groups: names choose rates, decay, and what rests."""

import numpy as np
import pytest

import chainrule as cr

X = np.random.default_rng(0).normal(size=(5, 4))
Y = np.random.default_rng(1).normal(size=(5, 2))


class Net(cr.nn.Module):
    def __init__(self):
        random = np.random.default_rng(2)
        self.body = cr.nn.Linear(4, 3, dtype="float64", random=random)
        self.head = cr.nn.Linear(3, 2, dtype="float64", random=random)

    def forward(self, x):
        return self.head(cr.tanh(self.body(x)))


def trained(model, optimizer, compiled, steps=20):
    def step(x, y):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.minimize(loss)
        return loss

    step = cr.compile(step) if compiled else step
    for _ in range(steps):
        step(X, Y)
    return model.state()


eager_and_compiled = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])


@eager_and_compiled
@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_groups_have_the_trajectory_of_torchs_parameter_groups(name, compiled):
    torch = pytest.importorskip("torch")
    model = Net()
    start = {path: torch.tensor(v, requires_grad=True) for path, v in model.state().items()}
    groups = {
        "body.*": {"learning_rate_factor": 0.1},
        "*.bias": {"weight_decay": 0.0},
        "head.weight": {"learning_rate_factor": 3.0, "weight_decay": 0.3},
    }
    ours = getattr(cr.optim, name)(model, 0.01, weight_decay=0.05, groups=groups)
    options = {
        "body.weight": {"lr": 0.001, "weight_decay": 0.05},
        "body.bias": {"lr": 0.001, "weight_decay": 0.0},
        "head.weight": {"lr": 0.03, "weight_decay": 0.3},
        "head.bias": {"lr": 0.01, "weight_decay": 0.0},
    }
    theirs = getattr(torch.optim, name)([{"params": [start[p]], **o} for p, o in options.items()])
    found = trained(model, ours, compiled)
    for _ in range(20):
        theirs.zero_grad()
        hidden = torch.tanh(torch.tensor(X) @ start["body.weight"].T + start["body.bias"])
        outputs = hidden @ start["head.weight"].T + start["head.bias"]
        ((outputs - torch.tensor(Y)) ** 2).sum().backward()
        theirs.step()
    for path, value in start.items():
        np.testing.assert_allclose(found[path], value.detach().numpy(), rtol=1e-9)


@eager_and_compiled
def test_a_schedule_reaches_every_group_times_its_factor(compiled):
    x, y = cr.parameter(0.0, "x"), cr.parameter(0.0, "y")
    rates = cr.optim.schedules.StepDecay(0.1, every=2)
    optimizer = cr.optim.SGD([x, y], rates, groups={"y": {"learning_rate_factor": 3.0}})

    def step():
        loss = x + y
        optimizer.minimize(loss)
        return loss

    step = cr.compile(step) if compiled else step
    for _ in range(4):
        step()
    np.testing.assert_allclose([x.item(), y.item()], [-0.3, -0.9], rtol=1e-12)


@eager_and_compiled
def test_frozen_parameters_do_not_change_and_have_no_state(compiled):
    model = Net()
    before = model.state()
    optimizer = cr.optim.AdamW(model, 0.01, groups={"body.*": "frozen"})
    after = trained(model, optimizer, compiled)
    for path in before:
        assert np.array_equal(before[path], after[path]) == path.startswith("body.")
    assert not any(path.startswith("body.") for path in optimizer.named_state())


def test_a_later_pattern_counts_and_can_thaw():
    groups = {"*": "frozen", "head.*": {"weight_decay": 0.1}, "head.bias": {"weight_decay": 0.0}}
    optimizer = cr.optim.SGD(Net(), groups=groups)
    found = {each.name: group.weight_decay for each, group in optimizer.groups.items()}
    assert found == {"head.weight": 0.1, "head.bias": 0.0}


def test_a_table_left_out_of_the_decay_can_be_caught_up():
    random = np.random.default_rng(0)
    results = []
    for rows in ("caught_up", "dense"):
        model = cr.nn.Sequential(cr.nn.Embedding(6, 3, random=0), cr.nn.Flatten())
        groups = {"0.weight": {"weight_decay": 0.0, "learning_rate_factor": 0.5}}
        optimizer = cr.optim.AdamW(model, 0.05, rows=rows, groups=groups)
        for ids in random.integers(0, 6, (10, 2, 1)):
            optimizer.minimize((model(ids) ** 2).sum())
        results.append(model.state()["0.weight"])
        random = np.random.default_rng(0)
    np.testing.assert_allclose(*results, rtol=1e-5)


def test_a_pattern_that_matches_nothing_lists_the_names():
    with pytest.raises(
        cr.ChainruleError,
        match=r"'tail\.\*', which match no .* body.weight, body.bias, head.weight, head.bias\.",
    ):
        cr.optim.Adam(Net(), groups={"head.*": "frozen", "tail.*": "frozen"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0.1}, "'learning_rate'. A group takes learning_rate_factor, weight_de"),
        ({"learning_rate_factor": -1.0}, "learning_rate_factor=-1.0. Give a number of 0 or more"),
        ({"weight_decay": float("nan")}, "weight_decay=nan. Give a number of 0 or more"),
        ({"l1": -1.0}, "l1=-1.0. Give a number of 0 or more"),
        ({"weight_decay": None}, "weight_decay=None. Give a number of 0 or more"),
        (None, "was given None. Give 'frozen', or a dict of options"),
        ("froze", "was given 'froze'. Give 'frozen', or a dict of options"),
    ],
)
def test_options_that_a_group_does_not_take_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        cr.optim.Adam(Net(), groups={"head.*": options})


def test_freezing_everything_is_refused():
    with pytest.raises(cr.ChainruleError, match="groups that freeze every parameter, so"):
        cr.optim.Adam(Net(), groups={"*": "frozen"})
