"""How the claim about optimizers counts the steps that one takes."""

import numpy as np

from chainrule.lecture.valley import DONE, steps_of


def test_steps_count_until_the_loss_stays_small():
    small, large = [0.0, np.sqrt(DONE) / 2], [0.0, 1.0]
    assert steps_of(np.array([large, large, small, small])) == 2
    assert steps_of(np.array([large, small, large, small])) == 3


def test_a_path_that_diverges_never_arrives():
    assert steps_of(np.array([[0.0, 1.0], [0.0, np.inf], [0.0, np.nan]])) == 3
