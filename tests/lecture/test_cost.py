"""`chainrule lecture cost`: how the exponent is fitted, and what a finite difference does."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.lecture.claims import cost


def test_the_fitted_exponent_is_that_of_the_large_nets():
    nets = [cost.Cost(weights, (1, 1), (1.0, 1.0), 1.0, 0.0) for weights in (10, 5000, 10**5)]
    assert cost._slope(nets, [123.0, 5000.0**2, 10.0**10]) == pytest.approx(2)


def test_a_finite_difference_measures_the_derivative_and_puts_the_weight_back():
    weight = cr.parameter(np.array([2.0, 3.0]))
    found = cost._difference(lambda: (weight**2).sum().item(), weight, 1)
    assert found == pytest.approx(6)
    assert weight.value.tolist() == [2.0, 3.0]
