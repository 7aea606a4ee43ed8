"""Norms beside torch, and the slopes of roots where they are 0."""

import math

import numpy as np
import pytest

import chainrule as cr

ORDERS = [0.5, 1, 1.5, 2, 3, 4, math.inf, -math.inf, -1, -2]
VECTORS = {
    "zeros": np.zeros((2, 3)),
    "some zeros": np.array([[0.0, 3.0, -4.0], [0.0, 0.0, 0.0]]),
    "numbers": np.array([[0.3, -1.2, 2.0], [1.5, -0.7, 0.1]]),
}
MODES = pytest.mark.parametrize("mode", [lambda f: f, cr.compile], ids=["eager", "compiled"])


def beside_torch(x, order, axis, keepdims):
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(x, requires_grad=True)
    value = torch.linalg.vector_norm(tensor, order, axis, keepdims)
    value.sum().backward()
    return value.detach().numpy(), tensor.grad.numpy()


@MODES
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", VECTORS)
def test_value_and_gradient_are_torchs(name, order, mode):
    x = VECTORS[name]
    for axis in (None, 0, -1, (0, 1)):
        for keepdims in (False, True):
            value, slope = beside_torch(x, order, axis, keepdims)

            def function(x, axis=axis, keepdims=keepdims):
                return cr.norm(x, order, axis, keepdims)

            found = mode(function)(cr.asarray(x)).read()
            assert found.shape == value.shape
            np.testing.assert_allclose(found, value, rtol=1e-12)
            gradient = mode(cr.grad(lambda x, f=function: f(x).sum()))(cr.asarray(x)).read()
            np.testing.assert_allclose(gradient, slope, rtol=1e-10)


@MODES
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", VECTORS)
def test_second_derivatives_are_finite(name, order, mode):
    def slopes(x):
        return (cr.grad(lambda x: cr.norm(x, order, -1).sum())(x) * 0.3).sum()

    assert np.isfinite(mode(cr.grad(slopes))(cr.asarray(VECTORS[name])).read()).all()


@pytest.mark.parametrize("order", [1.5, 2, 3])
def test_second_derivatives_are_right(order):
    cr.check_gradients(lambda x: cr.norm(x, order, -1).sum(), VECTORS["numbers"])
    cr.check_gradients(cr.grad(lambda x: (cr.norm(x, order, -1) ** 2).sum()), VECTORS["numbers"])


def test_order_0_counts():
    np.testing.assert_array_equal(cr.norm(VECTORS["some zeros"], 0, axis=1).value, [2, 0])


@pytest.mark.parametrize("scale", [1e30, 1e-30])
def test_no_overflow_and_no_underflow(scale):
    x = np.array([3, 4], np.float32) * np.float32(scale)
    assert cr.norm(x).item() == pytest.approx(5 * scale, rel=1e-6)
    np.testing.assert_allclose(cr.grad(cr.norm)(x).value, [0.6, 0.8], rtol=1e-6)


def test_edges():
    assert cr.norm(np.zeros((0, 3))).item() == 0
    np.testing.assert_array_equal(cr.norm(np.zeros((0, 3)), axis=0).value, np.zeros(3))
    assert cr.norm(-2).item() == 2
    assert cr.norm([np.inf, 1.0]).item() == np.inf
    assert np.isnan(cr.norm([np.nan, 1.0]).item())
    assert cr.norm(np.zeros(2, np.float32)).dtype == cr.float32


@MODES
def test_a_deviation_of_equal_elements_has_the_slope_0(mode):
    x = np.array([[2.0, 2.0], [1.0, 3.0]])
    gradient = mode(cr.grad(lambda x: cr.std(x, axis=1).sum()))(cr.asarray(x)).read()
    np.testing.assert_allclose(gradient, [[0, 0], [-0.5, 0.5]])
