"""Heads of a Neural Turing Machine find places by content and location; the machine learns."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.zoo import NeuralTuringMachine, copy
from chainrule.zoo.addressing import by_content, interpolated, sharpened, shifted

WEIGHTS = np.array([[0.1, 0.6, 0.2, 0.1]])


def test_content_is_found_by_the_angle_to_the_key():
    memory = cr.asarray(np.random.default_rng(0).normal(size=(3, 5, 4)))
    key = 0.5 * memory[:, 2]
    found = by_content(memory, key, cr.asarray(np.full((3, 1), 200.0)))
    np.testing.assert_allclose(found.value, np.eye(5)[[2, 2, 2]], atol=1e-6)


def test_a_place_that_is_nearly_zero_has_a_finite_gradient_and_a_cosine_near_0():
    memory = np.full((1, 3, 4), 1e-6)
    memory[0, 1] = 1.0
    key, strength = np.ones((1, 4)), np.ones((1, 1))
    found = by_content(cr.asarray(memory), cr.asarray(key), cr.asarray(strength))
    np.testing.assert_allclose(found.value[0, 0] / found.value[0, 1], np.exp(-1), rtol=0.05)
    gradient = cr.grad(lambda m: by_content(m, cr.asarray(key), cr.asarray(strength))[0, 1])(memory)
    assert np.isfinite(gradient.value).all()


@pytest.mark.parametrize(("gate", "wanted"), [(0.0, [0, 1, 0]), (1.0, [1, 0, 0])])
def test_the_gate_chooses_between_content_and_the_place_before(gate, wanted):
    found = interpolated(cr.asarray([[1.0, 0, 0]]), cr.asarray([[0.0, 1, 0]]), cr.asarray([[gate]]))
    np.testing.assert_array_equal(found.value[0], wanted)


@pytest.mark.parametrize(("shift", "by"), [([1, 0, 0], -1), ([0, 1, 0], 0), ([0, 0, 1], 1)])
def test_a_shift_moves_all_weights_around_the_circle(shift, by):
    found = shifted(cr.asarray(WEIGHTS), cr.asarray([[float(each) for each in shift]]))
    np.testing.assert_allclose(found.value, np.roll(WEIGHTS, by, axis=1))


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_sharpening_raises_weights_to_a_power(power):
    found = sharpened(cr.asarray(WEIGHTS), cr.asarray([[power]]))
    wanted = WEIGHTS**power / (WEIGHTS**power).sum()
    np.testing.assert_allclose(found.value, wanted, rtol=1e-9)


def test_sharpening_has_finite_gradients_where_a_weight_is_0():
    slopes = cr.grad(lambda w: sharpened(w, cr.asarray([[2.0]]))[0, 0])(np.array([[0.5, 0.5, 0.0]]))
    assert np.isfinite(slopes.value).all()


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_the_machine_learns_to_copy(controller):
    random = np.random.default_rng(0)
    machine = NeuralTuringMachine(9, 8, controller=controller, places=8, width=12, random=random)
    optimizer = cr.optim.Adam(machine, 3e-3, clip=cr.optim.ClipByGlobalNorm(10.0))

    @cr.compile
    def step(x, answers):
        loss = cr.nn.binary_cross_entropy(machine(x)[-answers.shape[0] :], answers)
        optimizer.minimize(loss)
        return loss

    episodes = (copy(2, 16, random) for _ in range(600))
    losses = [step(each.x, each.answers).item() for each in episodes]
    assert losses[0] > 0.6
    assert np.mean(losses[-20:]) < 0.25


def test_an_unknown_controller_is_named():
    with pytest.raises(ValueError, match=r"'gru'\. Give 'lstm' or 'feedforward'"):
        NeuralTuringMachine(9, 8, controller="gru")
