"""Dropout for sequences: locked over time, of rows of an embedding, of weights."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

LAYERS = {
    "locked": (lambda: nn.LockedDropout(0.5, random=1), np.ones((4, 3, 6), np.float32)),
    "embedding": (
        lambda: nn.EmbeddingDropout(nn.Embedding(9, 3, random=0), 0.5, random=1),
        np.array([[1, 2, 1], [3, 1, 8]]),
    ),
    "weight": (
        lambda: nn.WeightDrop(nn.LSTM(3, 4, random=0), 0.5, random=1),
        np.ones((5, 2, 3), np.float32),
    ),
}


def outputs(layer, x):
    found = layer(x)
    return (found[0] if isinstance(found, tuple) else found).value


@pytest.mark.parametrize(("make", "x"), LAYERS.values(), ids=LAYERS)
def test_inference_drops_nothing_and_a_probability_of_0_neither(make, x):
    layer = make()
    plain = getattr(layer, "layer", cr.asarray)
    np.testing.assert_array_equal(outputs(layer.eval(), x), outputs(plain, x))
    layer.train()
    assert not np.array_equal(outputs(layer, x), outputs(plain, x))
    getattr(layer, "dropout", layer).probability = 0.0
    np.testing.assert_array_equal(outputs(layer, x), outputs(plain, x))


@pytest.mark.parametrize(("make", "x"), LAYERS.values(), ids=LAYERS)
def test_every_call_draws_anew_and_seeds_repeat(make, x):
    layer, again = make(), make()
    first, second = outputs(layer, x), outputs(layer, x)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(outputs(again, x), first)
    np.testing.assert_array_equal(outputs(again, x), second)


@pytest.mark.native
@pytest.mark.parametrize(("make", "x"), LAYERS.values(), ids=LAYERS)
def test_compiled_calls_draw_the_same(make, x):
    eager, native = make(), make()
    call = cr.compile(native)
    for _ in range(3):
        np.testing.assert_allclose(outputs(call, x), outputs(eager, x), rtol=1e-5)


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_a_locked_mask_is_the_same_at_all_steps(axis):
    x = np.ones((7, 40, 50))
    y = nn.LockedDropout(0.25, axis, random=0)(x).value
    steps = np.moveaxis(y, axis, 0)
    assert all(np.array_equal(each, steps[0]) for each in steps)
    assert set(np.unique(steps[0]).round(6)) == {0.0, round(1 / 0.75, 6)}
    assert abs(y.mean() - 1) < 0.1
    with pytest.raises(cr.ShapeError, match="with the steps on axis"):
        nn.LockedDropout(0.5, 3)(np.ones((2, 3)))


def test_a_dropped_word_is_dropped_wherever_it_occurs():
    table = nn.Embedding(200, 4, random=0)
    layer = nn.EmbeddingDropout(table, 0.25, random=0)
    ids = np.tile(np.arange(200), 3).reshape(3, 200)
    found = layer(ids)
    dropped = (found.value == 0).all(axis=-1)
    assert (dropped == dropped[0]).all()
    assert 0.15 < dropped[0].mean() < 0.35
    kept = ~dropped[0]
    np.testing.assert_allclose(found.value[0, kept], table.weight.value[kept] / 0.75, rtol=1e-6)
    (gradient,) = cr.gradients(found.sum(), [table.weight])
    np.testing.assert_allclose(gradient.value, np.where(kept, 4, 0)[:, None] * np.ones(4))


def test_weights_are_dropped_once_per_call_and_have_the_gradient_of_what_is_kept():
    """A state of ones and no input: the first step of every gate is a sum of kept weights."""
    lstm = nn.LSTM(2, 30, bias=False, random=0)
    layer = nn.WeightDrop(lstm, 0.5, random=3)
    assert [*layer.dropped()] == ["weight_hh_l0"]
    weight = lstm.cells[0].weight_hh
    y, _ = layer(np.zeros((6, 1, 2), np.float32), (np.ones((1, 1, 30)), np.ones((1, 1, 30))))
    (gradient,) = cr.gradients(y.sum(), [weight])
    assert 0.4 < (gradient.value == 0).mean() < 0.6
    again = nn.WeightDrop(lstm, 0.5, random=3)
    dropped = again.dropout(weight).value
    np.testing.assert_array_equal(dropped == 0, gradient.value == 0)
    wanted, _ = nn.functional_call(
        lstm,
        {"weight_hh_l0": dropped},
        np.zeros((6, 1, 2), np.float32),
        (np.ones((1, 1, 30)), np.ones((1, 1, 30))),
    )
    np.testing.assert_array_equal(y.value, wanted.value)


def test_gradients_of_dropped_layers_pass_the_check():
    layer = nn.WeightDrop(nn.LSTM(3, 4, random=0), 0.5, random=1)
    report = cr.check_gradients(lambda x: layer(x)[0], np.ones((3, 2, 3)))
    assert report.ok
    assert "weight_hh" in str(report)


def test_names_choose_the_weights_of_any_layer():
    both = nn.WeightDrop(nn.LSTM(2, 3, layers=2, bidirectional=True), names=("weight_hh",))
    assert len(both.dropped()) == 4
    linear = nn.WeightDrop(nn.Linear(3, 2, random=0), 0.5, ["weight"], random=0)
    assert not np.array_equal(linear(np.eye(3)).value, linear.layer(np.eye(3)).value)
    with pytest.raises(cr.ChainruleError, match="Linear and the names weight_hh"):
        nn.WeightDrop(nn.Linear(3, 2))
    with pytest.raises(ValueError, match="Give one from 0 to 1"):
        nn.WeightDrop(nn.LSTM(2, 3), 1.5)
