"""Figures of several seeds: their order and their text."""

import numpy as np
import pytest

from chainrule.train.seed_figures import ranking, spread


def test_the_best_mean_comes_first():
    figures = {"low": np.array([9.0, 1.0]), "high": np.array([5.5, 5.0]), "one": np.array([5.1])}
    assert ranking(figures) == ["high", "one", "low"]


@pytest.mark.parametrize(
    ("values", "form", "width", "text"),
    [
        ([0.5, 0.52], ".1%", 0, "51.0% ± 1.4%"),
        ([0.5, 0.52], ".1%", 7, "  51.0% ± 1.4%"),
        ([88.125], ".2f", 0, "88.12"),
    ],
)
def test_a_spread_is_the_mean_and_the_deviation_of_several_seeds(values, form, width, text):
    assert spread(np.array(values), form, width) == text
