"""`chainrule lecture gates`: the worked circuits beside the lecture's numbers."""

import numpy as np
import pytest

from chainrule.lecture.circuits import ComparedNumber
from chainrule.lecture.claims.gradients import gates


def test_all_numbers_agree_with_the_lecture():
    found = gates.gates.measure()
    assert found.held
    assert found.text.count("✓") == 4 + 4 + 6 + 3


@pytest.mark.parametrize(
    ("computed", "printed", "digits", "agrees"),
    [
        (0.7311, 0.73, 2, True),
        (0.7351, 0.73, 2, False),
        ([0.1, 0.2], [0.1, 0.3], 1, False),
    ],
)
def test_a_number_that_differs_in_the_printed_digits_is_found(computed, printed, digits, agrees):
    number = ComparedNumber("x", np.array(computed), np.array(printed), digits)
    assert number.agrees == agrees
    assert ("differs" in str(number)) != agrees
