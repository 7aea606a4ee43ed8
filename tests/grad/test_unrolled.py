"""A loop that is written out computes what the loop computes, value and gradients."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad.unrolled import unrolled


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_net_of_loops_without_its_loops(kind, bidirectional):
    net = getattr(cr.nn, kind)(
        3, 4, layers=2, bidirectional=bidirectional, dtype="float64", random=0
    )
    x = np.random.default_rng(0).normal(size=(6, 2, 3))
    outputs, _ = net(x)
    loss = (outputs * outputs).sum()
    found = unrolled([loss])
    np.testing.assert_allclose(found.outputs[0].item(), loss.item(), rtol=1e-12)
    pairs = zip(
        cr.gradients(loss, net.parameters()),
        cr.gradients(found.outputs[0], net.parameters()),
        strict=True,
    )
    for whole, written_out in pairs:
        np.testing.assert_allclose(np.asarray(written_out), np.asarray(whole), rtol=1e-9)
    assert len(found.states) == 2 * (1 + bidirectional)
    assert all(len(states) == 7 for states in found.states.values())


def test_a_long_loop_stays():
    net = cr.nn.RNN(3, 4, random=0)
    outputs, _ = net(np.zeros((50, 2, 3), "float32"))
    assert not unrolled([outputs], most_gates=100).states
