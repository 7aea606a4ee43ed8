"""A gate that only slices read is computed by the kernels that read them, with the same bits."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fused_kernel import FusedKernel

pytestmark = pytest.mark.native

Y = np.random.default_rng(1).normal(size=(1, 120))


def sums(x):
    return cr.exp(x) * 2 + Y.astype(str(x.dtype))


# Functions of s = sums(x), (7, 120), and how many kernels compute them.
CASES = {
    "two halves": (lambda s: s[:, :60] * s[:, 60:], 1),
    "gates of a cell": (lambda s: cr.tanh(s[:, :40]) * s[:, 40:80], 1),
    "a part": (lambda s: s[2:5, 10:90] - 1, 1),
    "every second one": (lambda s: s[:, ::2] * s[:, 1::2], 1),
    "rows, which are in one place": (lambda s: s[3:] + s[:4], 2),
    "more than there is": (lambda s: s[:, :80] * s[:, 40:], 2),
    "beside all": (lambda s: (s[:, :60] * 3, s), 2),
    "beside a sum": (lambda s: s[:, :60] + cr.sum(s, 1, keepdims=True), 2),
    "short ones": (lambda s: s[:, :8] * 3, 2),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_slices_of_a_gate_are_the_gate_of_slices(name, dtype):
    case, kernels = CASES[name]

    def function(x):
        return case(sums(x))

    x = np.random.default_rng(0).normal(size=(7, 120)).astype(dtype)
    step = cr.compile(function)
    found, wanted = step(x), function(cr.asarray(x))
    pairs = zip(found, wanted, strict=True) if isinstance(found, tuple) else [(found, wanted)]
    for a, b in pairs:
        np.testing.assert_allclose(a.value, b.value, rtol=1e-4 if dtype == "float32" else 1e-12)
    fused = [each for each in step.stages["fuse"].result if isinstance(each, FusedKernel)]
    assert len(fused) == kernels


def test_gradients_through_slices_of_a_gate():
    def loss(x):
        return cr.sum(cr.sin(sums(x)[:, :60]) * cr.tanh(sums(x)[:, 60:]))

    x = np.random.default_rng(2).normal(size=(7, 120))
    for derivative in (cr.grad(loss), cr.grad(lambda x: cr.sum(cr.grad(loss)(x) ** 2))):
        np.testing.assert_allclose(cr.compile(derivative)(x).value, derivative(x).value, rtol=1e-9)


@pytest.mark.parametrize("shape", [(1, 120), (120,), (7, 1)])
def test_slices_of_a_sum_with_a_broadcast(shape):
    """The parts of a broadcast have the shape of the slice."""
    row = np.random.default_rng(3).normal(size=shape)

    def function(x, row):
        s = cr.exp(x) + cr.broadcast_to(cr.sin(row), x.shape)
        return s[:, :60] * s[:, 60:]

    x = np.random.default_rng(0).normal(size=(7, 120))
    found, wanted = cr.compile(function)(x, row), function(cr.asarray(x), cr.asarray(row))
    np.testing.assert_allclose(found.value, wanted.value, rtol=1e-12)
