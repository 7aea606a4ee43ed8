"""Functions over one axis, over several together, over all, over none, and over empty ones."""

import numpy as np
import pytest

import chainrule as cr
from numerical import central

X = 3 * np.cos(np.arange(24.0)).reshape(2, 3, 4)
AXES = [None, (), 0, -1, 1, (0, 1), (0, 2), (2, 0), (1, -1), (-3, 1, 2), [0, 2]]
EMPTY = [((2, 0, 3), 1), ((2, 0, 3), (0, 1)), ((2, 0, 3), None), ((0,), -1), ((0, 2), (0, 1))]
MODES = pytest.mark.parametrize("mode", [lambda f: f, cr.compile], ids=["eager", "compiled"])


def numpys(axis):
    return tuple(axis) if isinstance(axis, list) else axis


def total(x, axis):
    return np.exp(x).sum(axis=numpys(axis), keepdims=True)


FUNCTIONS = {
    "softmax": (cr.softmax, lambda x, axis: np.exp(x) / total(x, axis)),
    "log_softmax": (cr.log_softmax, lambda x, axis: x - np.log(total(x, axis))),
    "logsumexp": (
        lambda x, axis: cr.logsumexp(x, axis, keepdims=True),
        lambda x, axis: np.log(total(x, axis)),
    ),
    "layer_norm": (
        lambda x, axis: cr.layer_norm(x, epsilon=0.5, axis=axis),
        lambda x, axis: (
            (x - x.mean(axis=numpys(axis), keepdims=True))
            / np.sqrt(x.var(axis=numpys(axis), keepdims=True) + 0.5)
        ),
    ),
}


@MODES
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, axis, mode):
    function, wanted = FUNCTIONS[name]
    weights = np.sin(np.arange(1.0, 25)).reshape(X.shape)
    found = mode(lambda x: function(x, axis))(cr.asarray(X))
    np.testing.assert_allclose(found.read(), wanted(X, axis), rtol=1e-12, atol=1e-14)
    gradient = mode(cr.grad(lambda x: (function(x, axis) * weights).sum()))(cr.asarray(X))
    measured = central(lambda x: (wanted(x, axis) * weights).sum(), X)
    np.testing.assert_allclose(gradient.read(), measured, atol=1e-7)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
def test_logsumexp_has_the_shape_of_a_sum(axis, keepdims):
    wanted = np.log(np.exp(X).sum(axis=numpys(axis), keepdims=keepdims))
    found = cr.logsumexp(X, axis, keepdims)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.value, wanted, rtol=1e-12)


@MODES
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), EMPTY, ids=str)
def test_of_no_elements(shape, axis, dtype, mode):
    """The sum of no powers is 0, and its logarithm -inf."""
    x = cr.asarray(np.zeros(shape, dtype))
    for function in (cr.softmax, cr.log_softmax):
        found = mode(lambda x, function=function: function(x, axis))(x)
        assert (found.shape, found.dtype) == (shape, np.dtype(dtype))
    found = mode(lambda x: cr.logsumexp(x, axis))(x)
    np.testing.assert_array_equal(found.read(), np.full(np.zeros(shape).sum(axis).shape, -np.inf))
    assert found.dtype == np.dtype(dtype)
    assert mode(cr.grad(lambda x: cr.logsumexp(x, axis).sum()))(x).shape == shape


@MODES
def test_of_a_number(mode):
    x = cr.asarray(2.0)
    found = mode(lambda x: tuple(f(x, None) for f in (cr.softmax, cr.log_softmax, cr.logsumexp)))
    assert [each.item() for each in found(x)] == [1, 0, 2]


@pytest.mark.parametrize("axis", [0, (0, 2), (1, 2), None], ids=str)
def test_weight_and_bias_of_layer_norm_have_the_extents_of_its_axes(axis):
    axes = tuple(range(3)) if axis is None else (axis,) if isinstance(axis, int) else axis
    extents = [X.shape[each] for each in axes]
    weight, bias = np.random.default_rng(1).normal(size=(2, *extents))
    placed = [n if i in axes else 1 for i, n in enumerate(X.shape)]
    wanted = cr.layer_norm(X, axis=axis).value * weight.reshape(placed) + bias.reshape(placed)
    np.testing.assert_allclose(cr.layer_norm(X, weight, bias, axis=axis).value, wanted)


def test_functions_of_one_axis_take_none_for_the_flattened_tensor():
    np.testing.assert_allclose(cr.cumulative_sum(X, None).value, np.cumsum(X), atol=1e-12)
    np.testing.assert_array_equal(cr.concat([X, [1.0]], None).value, [*X.reshape(-1), 1])
    assert cr.argmax(X, None).item() == np.argmax(X)


@pytest.mark.parametrize("axis", [0, -1, (0, 1), (0, -1), (1, 3), ()], ids=str)
def test_new_axes_stand_where_numpy_has_them(axis):
    assert cr.expand_dims(X, axis).shape == np.expand_dims(X, axis).shape


def test_squeeze_drops_every_axis_of_one_unless_told():
    assert cr.squeeze(np.zeros((1, 2, 1))).shape == (2,)
    assert cr.squeeze(np.zeros((1, 2, 1)), (0, 2)).shape == (2,)
    assert cr.squeeze(np.zeros((1, 2, 1)), 0).shape == (2, 1)


@pytest.mark.parametrize("function", [cr.softmax, cr.log_softmax, cr.logsumexp, cr.layer_norm])
def test_wrong_axes_raise_errors(function):
    with pytest.raises(cr.ShapeError, match="Axis 3 was given for a tensor with 3 axes"):
        function(X, axis=(0, 3))
    with pytest.raises(cr.ShapeError, match="name one axis twice"):
        function(X, axis=(0, -3))
