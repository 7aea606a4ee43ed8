"""Tensors without elements, and tensors with one: forward and backward as in NumPy."""

import numpy as np
import pytest

import chainrule as cr
from numerical import inputs

CALLS = {
    "max": (lambda x: cr.max(x, axis=1), [(0, 3)]),
    "min of two axes": (lambda x: cr.min(x, axis=(1, 2)), [(0, 3, 2)]),
    "prod": (lambda x: cr.prod(x, axis=1), [(0, 3)]),
    "mean of nothing": (lambda x: cr.mean(x, axis=1), [(2, 0)]),
    "var": (lambda x: cr.var(x, axis=1), [(0, 3)]),
    "softmax": (cr.softmax, [(0, 3)]),
    "softmax along the first axis": (lambda x: cr.softmax(x, axis=0), [(3, 0)]),
    "log_softmax": (cr.log_softmax, [(0, 3)]),
    "logsumexp": (cr.logsumexp, [(0, 3)]),
    "layer_norm": (cr.layer_norm, [(0, 3)]),
    "maxout": (lambda x: cr.maxout(x, 2), [(0, 4)]),
    "convolve": (cr.convolve, [(0, 2, 4, 4), (3, 2, 2, 2)]),
    "max_pool": (lambda x: cr.max_pool(x, (2, 2)), [(0, 1, 4, 4)]),
    "average_pool": (lambda x: cr.average_pool(x, (2, 2)), [(0, 1, 4, 4)]),
    "matmul, no rows": (cr.matmul, [(0, 2), (2, 3)]),
    "matmul, no inner extent": (cr.matmul, [(2, 0), (0, 3)]),
    "matmul, no batch, vector": (cr.matmul, [(0, 2, 3), (3,)]),
    "matmul, vector, no batch": (cr.matmul, [(3,), (0, 3, 2)]),
    "matmul, vectors without elements": (cr.matmul, [(0,), (0,)]),
    "matmul, matrix without columns": (cr.matmul, [(2, 0), (0,)]),
    "outer": (cr.outer, [(0,), (3,)]),
    "take": (lambda x: cr.take(x, np.zeros((0, 2), int)), [(3, 2)]),
    "rows without columns": (lambda x: cr.tanh(x[[0, 1]]) + cr.tanh(x[[1, 1]]), [(3, 0)]),
    "index": (lambda x: x[1:1, ::-1], [(3, 4)]),
    "flip": (cr.flip, [(0, 3)]),
    "concat": (lambda x, y: cr.concat([x, y], axis=1), [(2, 0), (2, 3)]),
    "put": (lambda x: cr.put(x, slice(0, 0), 1.0), [(3,)]),
    "scalar sum": (cr.sum, [()]),
    "scalar max": (cr.max, [()]),
    "scalar prod": (cr.prod, [()]),
    "scalar stack": (lambda x, y: cr.stack([x, y]), [(), ()]),
    "scalar where": (lambda x, y: cr.where(x > y, x, y), [(), ()]),
    "scalar softplus": (cr.softplus, [()]),
}


@pytest.mark.parametrize("name", CALLS)
def test_forward_and_backward_of(name):
    call, shapes = CALLS[name]
    xs = inputs([np.ones(shape) for shape in shapes])
    output = call(*xs)
    assert output.value.shape == output.shape
    for gradient, x in zip(cr.gradients(output.sum(), xs), xs, strict=True):
        assert gradient.shape == gradient.value.shape == x.shape
        assert gradient.dtype == x.dtype


def test_what_is_true_of_nothing():
    np.testing.assert_array_equal(cr.all(np.zeros((0, 3)), axis=0).value, [True] * 3)
    np.testing.assert_array_equal(cr.any(np.zeros((0, 3)), axis=0).value, [False] * 3)
    assert cr.all(np.zeros((0, 3)), axis=1).shape == (0,)


NO_LABELS = np.zeros(0, int)
LOSSES = {
    "cross-entropy": lambda x: cr.nn.cross_entropy(x, NO_LABELS),
    "of probabilities": lambda x: cr.nn.cross_entropy(x, np.zeros((0, 3))),
    "weighted": lambda x: cr.nn.cross_entropy(x, NO_LABELS, class_weights=np.ones(3)),
    "masked": lambda x: cr.nn.cross_entropy(x, NO_LABELS, mask=np.zeros(0, bool)),
    "likelihood": lambda x: cr.nn.negative_log_likelihood(x, NO_LABELS),
    "hinge": lambda x: cr.nn.hinge(x, NO_LABELS),
    "squared error": lambda x: cr.nn.squared_error(x, np.zeros((0, 3))),
    "binary": lambda x: cr.nn.binary_cross_entropy(x, np.zeros((0, 3))),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_mean_loss_of_no_examples_is_zero_as_where_nothing_counts(name):
    x = cr.input("x", value=np.zeros((0, 3)))
    loss = LOSSES[name](x)
    assert loss.item() == 0.0
    assert cr.gradients(loss, [x])[0].value.shape == (0, 3)
