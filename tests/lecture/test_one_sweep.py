"""`chainrule lecture one-sweep`: what is counted, and the sigmoid that computes exp again."""

import numpy as np

import chainrule as cr
from chainrule.lecture.claims.costs.one_sweep import _added_gates, forgetful


def test_the_gates_of_the_forward_pass_are_not_counted():
    x = cr.input("x", value=np.array([1.0, 2.0]))
    loss = cr.exp(x).sum()
    assert _added_gates(loss, cr.gradients(loss, [x])) == {"multiply": 1}


def test_the_forgetful_sigmoid_is_right_but_for_its_cost():
    x = cr.input("x", value=np.array([-1.0, 0.5]))
    assert cr.check_gradients(forgetful, x.value).ok
    loss = forgetful(x).sum()
    assert _added_gates(loss, cr.gradients(loss, [x]))["exp"] == 1
