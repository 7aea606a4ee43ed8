"""The gradient of a table of word vectors: a list of rows, computed when somebody reads it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import topological_order


@pytest.fixture
def table():
    return cr.parameter(np.random.default_rng(41).normal(size=(1000, 3)), "table")


def dense(table, *lookups):
    """Return the gradient of the sum of squares of rows, looked up in turn."""
    wanted = np.zeros(table.shape)
    for ids in lookups:
        np.add.at(wanted, np.asarray(ids), 2 * table.value[np.asarray(ids)])
    return wanted


def test_only_rows_in_the_batch_move_and_a_word_that_occurs_twice_gets_the_sum(table):
    ids = [[5, 7], [5, 5]]
    (gradient,) = cr.gradients((table[ids] ** 2).sum(), [table])
    np.testing.assert_allclose(gradient.value, dense(table, ids))
    assert set(np.nonzero(gradient.value.any(1))[0]) == {5, 7}


def test_the_gradient_is_not_materialised_before_it_is_read(table):
    (gradient,) = cr.gradients((table[[1, 2, 1]] ** 2).sum(), [table])
    assert gradient.kind == "add_rows"
    assert gradient._value is None
    assert gradient.known
    assert gradient.value is gradient.value
    assert gradient._value is not None


@pytest.mark.parametrize("loss", [lambda rows: rows.sum(), lambda rows: (rows * 2.0).mean()])
def test_nor_is_that_of_a_loss_that_is_linear_in_the_rows(table, loss):
    (gradient,) = cr.gradients(loss(table[[1, 2, 1]]), [table])
    assert gradient.kind == "add_rows"
    assert gradient._value is None


def test_two_lookups_give_one_list_of_rows(table):
    left, right = table[[1, 2]], table[cr.asarray(np.array([[2], [9]], np.int32))]
    (gradient,) = cr.gradients((left**2).sum() + (right**2).sum(), [table])
    assert gradient.kind == "add_rows"
    assert sum(node.kind == "add_rows" for node in topological_order([gradient])) == 1
    assert not any(
        node.shape == table.shape and node.kind == "add" for node in topological_order([gradient])
    )
    np.testing.assert_allclose(gradient.value, dense(table, [1, 2], [[2], [9]]))
    rows, ids = gradient.inputs
    assert rows.shape == (4, 3)
    assert ids.shape == (4,)


def test_a_lookup_beside_another_use_is_added_up(table):
    (gradient,) = cr.gradients((table[[1, 1]] ** 2).sum() + (table * 3.0).sum(), [table])
    np.testing.assert_allclose(gradient.value, dense(table, [1, 1]) + 3.0)


def test_lookups_along_two_axes_are_added_up():
    x = cr.input("x", value=np.arange(6.0).reshape(2, 3))
    y = (cr.take(x, [0, 2], axis=1) ** 2).sum() + (cr.take(x, [1], axis=0) ** 2).sum()
    (gradient,) = cr.gradients(y, [x])
    np.testing.assert_array_equal(gradient.value, [[0, 0, 4], [12, 8, 20]])


def test_lookups_along_the_second_axis_are_added_up():
    x = cr.input("x", value=np.arange(6.0).reshape(2, 3))
    y = (cr.take(x, [0, 2], axis=1) ** 2).sum() + (cr.take(x, [2], axis=1) ** 2).sum()
    (gradient,) = cr.gradients(y, [x])
    np.testing.assert_array_equal(gradient.value, [[0, 0, 8], [6, 0, 20]])


def test_the_gradient_can_be_differentiated_again(table):
    ids = [3, 3, 4]
    (gradient,) = cr.gradients((table[ids] ** 3).sum(), [table])
    (second,) = cr.gradients((gradient * gradient).sum(), [table])
    rows = table.value
    wanted = np.zeros(table.shape)
    wanted[3] = 2 * (2 * 3 * rows[3] ** 2) * (2 * 6 * rows[3])
    wanted[4] = 2 * (3 * rows[4] ** 2) * (6 * rows[4])
    np.testing.assert_allclose(second.value, wanted, rtol=1e-12)


def test_a_row_outside_is_named_before_anything_is_read(table):
    with pytest.raises(cr.RangeError, match=r"id 1000 at position \(1,\).*has size 1000"):
        table[[0, 1000]]


def test_the_window_gradient_splits_into_one_gradient_per_word(table):
    window = table[[4, 8, 4]].reshape(-1)
    upstream = np.arange(9.0)
    (gradient,) = cr.gradients(window, [table], upstream)
    np.testing.assert_array_equal(gradient.value[4], upstream[:3] + upstream[6:])
    np.testing.assert_array_equal(gradient.value[8], upstream[3:6])
