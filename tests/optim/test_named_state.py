"""An optimizer's state has names, and is all that a run needs besides the weights to go on."""

import numpy as np
import pytest

import chainrule as cr
from optimizers import EVERY

every_optimizer = pytest.mark.parametrize("make", [each.ours for each in EVERY.values()], ids=EVERY)
IDS = np.random.default_rng(0).integers(0, 9, (6, 4, 2))


def network():
    random = np.random.default_rng(1)
    return cr.nn.Sequential(
        cr.nn.Embedding(9, 3, random=random),
        cr.nn.Flatten(),
        cr.nn.Linear(6, 2, random=random),
    )


def stepping(model, optimizer, compiled):
    def step(ids):
        loss = (model(ids) ** 2).sum()
        optimizer.minimize(loss)
        return loss

    return cr.compile(step) if compiled else step


def test_paths_are_the_names_of_parameters_and_their_slots():
    model = network()
    named = cr.optim.Adam(model).named_state()
    slots = [f"{name}.{slot}" for name in model.named_parameters() for slot in ("mean", "square")]
    assert list(named) == ["steps", "learning_rate", *slots]
    assert named["0.weight.mean"].shape == (9, 3)


def test_paths_stay_when_a_part_of_the_model_is_asked_for_its_own_names():
    model = network()
    optimizer = cr.optim.Adam(model)
    model.layers[2].parameters()
    assert "2.weight.mean" in optimizer.named_state()


def test_two_parameters_of_one_name_cannot_be_named():
    optimizer = cr.optim.SGD([cr.parameter(1.0, "x"), cr.parameter(1.0, "x")], momentum=0.9)
    with pytest.raises(cr.ChainruleError, match="several of its parameters are called 'x'"):
        optimizer.named_state()


def assert_goes_on(make, compiled):
    """Compare a run of six steps with one that is saved and continued after three."""
    model = network()
    optimizer = make(model)
    step = stepping(model, optimizer, compiled)
    for ids in IDS[:3]:
        step(ids)
    saved = {path: np.array(each.value) for path, each in optimizer.named_state().items()}
    weights = model.state()
    again = network()
    continued = make(again)
    for path, each in continued.named_state().items():
        each.assign(saved.pop(path))
    assert not saved
    again.load_state(weights)
    assert continued.learning_rate == optimizer.learning_rate
    following = stepping(again, continued, compiled)
    for ids in IDS[3:]:
        assert following(ids).item() == step(ids).item()
    assert {p: v.tobytes() for p, v in again.state().items()} == {
        p: v.tobytes() for p, v in model.state().items()
    }


eager_and_compiled = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])


@every_optimizer
@eager_and_compiled
def test_a_run_continues_bit_for_bit_from_weights_and_named_state(make, compiled):
    assert_goes_on(make, compiled)


@eager_and_compiled
def test_a_run_continues_amid_a_schedule_and_an_accumulation(compiled):
    rates = cr.optim.schedules.OneCycle(0.1, 10)
    groups = {"*.bias": {"weight_decay": 0.0, "learning_rate_factor": 2.0}}
    clip = cr.optim.ClipByGlobalNorm(0.5)
    options = {"groups": groups, "clip": clip, "accumulate": 2}
    assert_goes_on(lambda model: cr.optim.AdamW(model, rates, **options), compiled)
