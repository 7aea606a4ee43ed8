"""What pictures of claims are made of: nets, contours of penalties."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from chainrule.lecture.net_drawing import draw_net
from chainrule.lecture.penalty_contours import draw_penalty


def test_a_net_has_its_units_and_its_weights_by_sign_and_size():
    axes = Figure().subplots()
    draw_net(axes, [np.zeros(2), np.ones(3)], [np.array([[1.0, -2.0], [0.0, 0.5], [1.0, 1.0]])])
    assert [len(each.get_offsets()) for each in axes.collections[::3]] == [2, 3]
    widths = [each.get_linewidth() for each in axes.lines]
    assert len(widths) == 6
    assert np.argmax(widths) == 1
    assert axes.lines[0].get_color() == "C0"
    assert axes.lines[1].get_color() == "C1"


@pytest.mark.parametrize("power", [1, 2])
def test_the_contours_of_a_penalty_show_the_path_of_the_minima(power):
    axes = Figure().subplots()
    path = np.array([[1.0, 0.5], [0.5, 0.2]])
    draw_penalty(axes, np.eye(2), np.array([1.0, 0.5]), path, power)
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), path)
    region = axes.collections[1].get_paths()[0].vertices
    assert (np.abs(region) ** power).sum(axis=1).max() == pytest.approx(
        (path[1] ** power).sum(), rel=0.05
    )
