"""`chainrule lecture gates`: the worked circuits beside the lecture's numbers."""

import numpy as np

from chainrule.lecture.claims import gates


def test_all_numbers_agree_with_the_lecture():
    found = gates.gates.measure()
    assert found.held
    assert found.text.count("✓") == 4 + 4 + 6 + 3


def test_a_number_that_differs_in_the_printed_digits_is_found():
    assert gates._agrees(0.7311, 0.73, digits=2)
    assert not gates._agrees(0.7351, 0.73, digits=2)
    assert not gates._agrees(np.array([0.1, 0.2]), [0.1, 0.3], digits=1)
