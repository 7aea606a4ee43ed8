"""Rounding errors are estimated from the terms of a value, not from its size."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad.rounding import rounding_errors
from chainrule.graph import evaluate

EPS = np.finfo(np.float64).eps


@cr.gate
def cancelling(x):
    return (x + 1e6) - 1e6


@cancelling.backward
def cancelling_backward(upstream, output, x):
    return upstream


SIZES = {
    "a number": (lambda x: x, 1.0),
    "a sum that cancels": (lambda x: (x + 1e8) - 1e8, 1e8),
    "a product": (lambda x: x * 1e8, 1e8),
    "a logarithm of nearly 1": (lambda x: cr.log(cr.exp(x) / cr.exp(x)), 1.0),
    "a gate with its own backward": (cancelling, 1e6),
}


@pytest.mark.parametrize("name", SIZES)
def test_an_error_has_the_size_of_the_terms(name):
    function, size = SIZES[name]
    x = cr.input("x", value=[[1.0]])
    output = function(x)
    found = rounding_errors(output, evaluate([output], {}))
    assert found.shape == (1, 1)
    assert 0.1 * size * EPS < found[0, 0] < 10 * size * EPS


def test_nodes_that_are_exact_add_no_error():
    x = cr.input("x", value=[2.0])
    large = cr.input("large", value=[1e8]) - 1e8
    output = large + x
    values = evaluate([output], {})
    assert rounding_errors(output, values)[0] > 1e6 * EPS
    assert rounding_errors(output, values, {large: values[large]})[0] < 10 * EPS


def test_random_signs_do_not_add_up():
    """A bound by magnitudes would grow by a factor of 8 with every layer of 64 units."""
    random = np.random.default_rng(0)
    h = cr.input("x", value=random.normal(size=(1, 64)))
    for _ in range(12):
        h = h @ random.normal(size=(64, 64)) / 8
    found = rounding_errors(h, evaluate([h], {}))
    assert found.max() < 1e3 * EPS * np.abs(h.value).max()
