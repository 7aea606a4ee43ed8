"""Losses are PyTorch's, with every reduction."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import compare
from losses import LOSSES

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_value_and_gradient_are_those_of_torch(name, reduction):
    loss = LOSSES[name]
    compare(
        lambda x: loss.ours(x, reduction),
        lambda x: loss.theirs(torch, x, reduction),
        loss.x,
        atol=1e-12,
    )


@pytest.mark.parametrize("name", LOSSES)
def test_float32_stays_float32_and_close_to_torch(name):
    loss = LOSSES[name]
    x = cr.input("x", value=loss.x.astype("float32"))
    found = loss.ours(x, "mean")
    (gradient,) = cr.gradients(found, [x])
    assert found.dtype == gradient.dtype == cr.float32
    wanted = loss.theirs(torch, torch.tensor(loss.x), "mean").item()
    np.testing.assert_allclose(found.item(), wanted, rtol=1e-5)
