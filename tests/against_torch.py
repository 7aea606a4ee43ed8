"""Values and gradients beside those of PyTorch, in float64."""

import numpy as np
import pytest

import chainrule as cr
from numerical import inputs

torch = pytest.importorskip("torch")


def compare(ours, theirs, *arrays, rtol=1e-9, atol=1e-12):
    """Compare value and gradients of two functions of `arrays`, with the same random upstream."""
    xs = inputs(arrays)
    tensors = [torch.tensor(each, requires_grad=each.dtype.kind == "f") for each in arrays]
    found, wanted = ours(*xs), theirs(*tensors)
    assert found.shape == tuple(wanted.shape)
    np.testing.assert_allclose(found.value, wanted.detach().numpy(), rtol=rtol, atol=atol)
    upstream = np.random.default_rng(22).normal(size=found.shape)
    moving = [i for i, each in enumerate(arrays) if each.dtype.kind == "f"]
    gradients = cr.gradients(found, [xs[i] for i in moving], upstream)
    wanted.backward(torch.tensor(upstream))
    for i, gradient in zip(moving, gradients, strict=True):
        reference = tensors[i].grad.numpy()
        np.testing.assert_allclose(gradient.value, reference, rtol=rtol, atol=atol)
