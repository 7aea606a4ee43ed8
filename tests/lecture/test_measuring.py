"""What claims measure with: here the slope that two calls of a loss give."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.lecture.measuring import differences


def test_differences_are_the_derivatives_and_put_the_weights_back():
    weight = cr.parameter(np.array([[2.0, 3.0], [4.0, 5.0]]))
    found = differences(lambda: (weight**2).sum().item(), weight, 3)
    assert found == pytest.approx([4, 6, 8])
    assert weight.value.tolist() == [[2, 3], [4, 5]]
