"""Gradient check of stacks of equal layers: samples of one layer, directions in the others."""

import numpy as np
import pytest

import chainrule as cr


def checked(count, activation=cr.relu):
    encoder = cr.nn.TransformerEncoder(count, 8, 2, 16, dropout=0, activation=activation, random=0)
    x = np.random.default_rng(0).normal(size=(2, 3, 8))
    return cr.check_gradients(lambda: (encoder(x) ** 2).mean())


def test_the_last_of_equal_layers_is_sampled_and_the_others_are_moved_at_random():
    report = checked(4)
    assert report.ok
    counts = {each.name: len(each.findings) for each in report.inputs}
    for layer in range(4):
        weight, bias = (counts[f"layers.{layer}.linear1.{name}"] for name in ("weight", "bias"))
        assert (weight, bias) == ((22, 16) if layer == 3 else (2, 2))
    assert {each.where for each in report.inputs[0].findings} == {"a random direction"}


def test_every_coordinate_of_two_layers_is_a_candidate():
    counts = {each.name: len(each.findings) for each in checked(2).inputs}
    assert counts["layers.0.linear1.weight"] == counts["layers.1.linear1.weight"] == 22


@pytest.mark.parametrize("wrong", [0, 1, 3])
def test_a_wrong_gradient_in_one_layer_is_found(wrong):
    calls = iter(range(100))

    @cr.gate
    def smooth(x):
        return cr.tanh(x)

    @smooth.backward
    def smooth_backward(upstream, output, x):
        factor = 1.01 if next(calls) == wrong else 1.0
        return (upstream * (1 - output * output) * factor,)

    report = checked(4, smooth)
    right = {each.name for each in report.inputs if each.ok}
    layer = 3 - wrong
    assert f"layers.{layer}.linear2.weight" in right
    assert f"layers.{layer}.linear1.weight" not in right
    assert f"layers.{layer}.linear1.bias" not in right
