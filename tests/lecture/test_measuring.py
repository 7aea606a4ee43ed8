"""What claims measure with: derivatives from two calls of a loss, and how fast figures grow."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.lecture.measuring import differences, exponent, processor_seconds


def test_differences_are_the_derivatives_and_put_the_weights_back():
    weight = cr.parameter(np.array([[2.0, 3.0], [4.0, 5.0]]))
    found = differences(lambda: (weight**2).sum().item(), weight, 3)
    assert found == pytest.approx([4, 6, 8])
    assert weight.value.tolist() == [[2, 3], [4, 5]]


def test_the_exponent_is_the_power_and_not_the_factor():
    assert exponent([10, 100, 1000], [7.0, 700.0, 70_000.0]) == pytest.approx(2)


def test_processor_time_is_that_of_several_calls_after_a_first_one():
    calls = []
    assert processor_seconds(lambda: calls.append(1), times=3, calls=4) >= 0
    assert len(calls) == 1 + 3 * 4
