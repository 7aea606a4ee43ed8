"""Bars of claims: every bar has its number, and the numbers fit into the picture."""

import pytest
from matplotlib.figure import Figure

from chainrule.lecture.bars import draw_bars, draw_groups


@pytest.mark.parametrize("log", [False, True])
def test_every_bar_has_its_text_inside_the_axes(log):
    axes = Figure().subplots()
    draw_bars(axes, ["few", "many"], [2.0, 500.0], ["2 s", "500 s"], log=log)
    assert [each.get_text() for each in axes.texts] == ["2 s", "500 s"]
    assert [each.get_text() for each in axes.get_yticklabels()] == ["few", "many"]
    assert axes.get_xlim()[1] > 1.3 * 500
    assert [each.get_width() for each in axes.patches] == [2, 500]


def test_groups_stand_beside_each_other_and_have_a_legend():
    axes = Figure().subplots()
    draw_groups(axes, ["a"], {"slow": [3.0], "fast": [1.0]}, {"slow": ["3"], "fast": ["1"]})
    first, second = axes.patches
    assert first.get_y() + first.get_height() < second.get_y()
    assert [each.get_text() for each in axes.get_legend().get_texts()] == ["slow", "fast"]
