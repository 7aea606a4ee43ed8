"""A user's primitive may call compiled functions while a compiled function runs."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import PRIMITIVES, Replace, apply_together

pytestmark = pytest.mark.native

NOW = {}


def evaluated(x):
    return NOW["what"](x)


@pytest.fixture(scope="module")
def primitive():
    return replace(PRIMITIVES["negative"], name="a user's own", numpy=evaluated, lowering=None)


def counted(parameter):
    apply_together([Replace(parameter, parameter + 1)])


@pytest.fixture
def weight():
    return cr.parameter(np.zeros(3), "weight")


@pytest.fixture
def predict(primitive):
    return cr.compile(lambda x: cr.apply(primitive, x * 2) + 1)


@pytest.fixture
def train(primitive, weight):
    def function(x):
        y = cr.apply(primitive, x * 2) + weight
        counted(weight)
        return y

    return cr.compile(function)


def test_a_function_may_be_called_within_itself(predict):
    NOW["what"] = lambda x: predict_once(predict, x)
    np.testing.assert_array_equal(predict(np.ones(3)).value, (2 * 2) * 5 + 1 + 1)


def predict_once(predict, x):
    NOW["what"] = lambda x: x * 5
    return predict(x).value


def test_a_step_may_call_what_updates_nothing(train, weight, predict):
    other = cr.compile(lambda x: x * 3 + weight)
    NOW["what"] = lambda x: other(x).value
    for number in range(3):
        np.testing.assert_array_equal(train(np.ones(3)).value, 6 + 2 * number)
        np.testing.assert_array_equal(weight.value, number + 1)


CHANGES = {
    "the step itself": (lambda train, w: train(np.ones(3)), "updates parameters was called"),
    "another step": (
        lambda train, w: cr.compile(lambda x: (counted(w), x * 1)[1])(np.ones(3)),
        "updates parameters was called",
    ),
    "an eager step": (lambda train, w: counted(w), "tried to change a parameter"),
    "an assignment": (lambda train, w: w.assign(np.ones(3)), "tried to change a parameter"),
    "rows": (
        lambda train, w: w.assign_rows(np.array([0]), np.ones(1)),
        "tried to change a parameter",
    ),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_an_update_within_a_step_is_refused_and_leaves_all_as_it_was(
    train, weight, change, message
):
    NOW["what"] = lambda x: (change(train, weight), x)[1]
    with pytest.raises(cr.ChainruleError, match=message):
        train(np.ones(3))
    np.testing.assert_array_equal(weight.value, 0)
    NOW["what"] = lambda x: x
    train(np.ones(3))
    np.testing.assert_array_equal(weight.value, 1)
    weight.assign(np.zeros(3))


def test_weights_replaced_within_a_call_do_not_change_it(primitive, weight):
    function = cr.compile(lambda x: (x * weight + cr.apply(primitive, x)) * weight)
    weight.assign(np.ones(3))

    def replaced(x):
        weight.assign(np.full(3, 100.0))
        return x

    NOW["what"] = replaced
    np.testing.assert_array_equal(function(np.ones(3)).value, 2)
    np.testing.assert_array_equal(function(np.ones(3)).value, 101 * 100)


def test_what_a_call_reads_is_not_written_by_a_step_within_it(primitive, weight):
    step = cr.compile(lambda x: (counted(weight), x * 1)[1])
    function = cr.compile(lambda x: (weight + x, cr.apply(primitive, x), weight * 1))
    step(np.ones(3))
    NOW["what"] = lambda x: step(x).value
    for number in (1, 2, 3):
        first, _, last = function(np.zeros(3))
        np.testing.assert_array_equal(first.value, number)
        np.testing.assert_array_equal(last.value, number)
