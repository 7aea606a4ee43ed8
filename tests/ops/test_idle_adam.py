"""The sum of Adam's updates without gradient is that of the steps, one by one."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.ops import idle_adam


def one_by_one(mean, square, missed, steps, beta1, beta2, epsilon):
    """Adam's recurrence with gradients of zero, row by row, step by step, in float64."""
    total = np.zeros(mean.shape)
    for row, count in enumerate(missed):
        m, v = mean[row].astype(np.float64), square[row].astype(np.float64)
        for t in range(steps - count + 1, steps + 1):
            m, v = m * beta1, v * beta2
            total[row] += m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return total


@pytest.mark.parametrize(
    ("beta1", "beta2", "epsilon"),
    [
        (0.9, 0.999, 1e-8),
        (0.9, 0.999, 0.0),
        (0.99, 0.999, 1e-8),
        (0.5, 0.9, 1e-3),
        (0.9, 0.5, 1e-4),
        (0.9, 0.81, 1e-4),
        (0.0, 0.9, 1e-8),
        (0.5, 0.0, 1e-2),
    ],
)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 5e-6)])
def test_the_sum_is_that_of_the_steps_however_many(beta1, beta2, epsilon, dtype, tolerance):
    random = np.random.default_rng(0)
    missed = np.array([0, 1, 2, 7, 150, 700, 2999])
    mean = random.normal(size=(7, 2)).astype(dtype)
    square = (random.random(size=(7, 2)) + 0.01).astype(dtype)
    options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    found = idle_adam(mean, square, missed, 3000, **options)
    wanted = one_by_one(mean, square, missed, 3000, **options)
    assert found.dtype == dtype
    np.testing.assert_allclose(found.value, wanted, rtol=tolerance)


def test_rows_that_never_had_a_gradient_do_not_change_even_without_epsilon():
    options = {"beta1": 0.9, "beta2": 0.999, "epsilon": 0.0}
    found = idle_adam(np.zeros((2, 3)), np.zeros((2, 3)), [5, 0], 5, **options)
    np.testing.assert_array_equal(found.value, np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("operands", "error"),
    [
        ((np.ones((2, 3)), np.ones((2, 2)), [1, 1], 5), cr.ShapeError),
        ((np.ones((2, 3)), np.ones((2, 3)), [1, 1, 1], 5), cr.ShapeError),
        ((np.ones((2, 3)), np.ones((2, 3)), [1, 1], [5]), cr.ShapeError),
        ((1.0, 1.0, 1, 5), cr.ShapeError),
        ((np.ones((2, 3)), np.ones((2, 3)), [1.0, 1.0], 5), cr.DTypeError),
    ],
)
def test_operands_that_do_not_fit_are_refused(operands, error):
    with pytest.raises(error, match="idle_adam"):
        idle_adam(*operands, beta1=0.9, beta2=0.999, epsilon=1e-8)
