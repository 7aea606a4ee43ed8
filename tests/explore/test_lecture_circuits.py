"""`chainrule lecture gates`: the worked circuits beside the lecture's numbers."""

import numpy as np

from chainrule.explore import lecture_gates


def test_all_numbers_agree_with_the_lecture():
    text, agree = lecture_gates.gates()
    assert agree
    assert text.count("✓") == 4 + 4 + 6 + 3
    assert text.endswith("all numbers agree with the lecture")


def test_a_number_that_differs_in_the_printed_digits_is_found():
    assert lecture_gates._agrees(0.7311, 0.73, digits=2)
    assert not lecture_gates._agrees(0.7351, 0.73, digits=2)
    assert not lecture_gates._agrees(np.array([0.1, 0.2]), [0.1, 0.3], digits=1)
