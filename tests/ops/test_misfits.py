"""Operands that do not fit: every message names them, and says what to do."""

import re

import numpy as np
import pytest

import chainrule as cr

A = cr.input("a", (2, 3))
B = cr.input("b", (4, 3))
IDS = cr.input("ids", (2,), "int64")

MISFITS = {
    "broadcasting": (
        lambda: A + B,
        cr.ShapeError,
        "add cannot broadcast 'a' [2, 3] and 'b' [4, 3]: counted from the end, axis -2 has sizes "
        "2 and 4.",
    ),
    "inner extents": (
        lambda: A @ B,
        cr.ShapeError,
        "matmul cannot multiply 'a' [2, 3] by 'b' [4, 3]: axis 1 of the first has size 3, axis 0 "
        "of the second has size 4.",
    ),
    "inner extents of a vector": (
        lambda: B @ np.zeros(4),
        cr.ShapeError,
        "axis 1 of the first has size 3, axis 0 of the second has size 4",
    ),
    "scalar in a matrix product": (
        lambda: A @ 2.0,
        cr.ShapeError,
        "Multiply scalars with *",
    ),
    "batch axes": (
        lambda: np.zeros((2, 2, 3)) @ cr.input("c", (3, 3, 1)),
        cr.ShapeError,
        "matmul cannot broadcast the leading axes",
    ),
    "concat": (
        lambda: cr.concat([A, B], axis=1),
        cr.ShapeError,
        "concat joins along axis 1, so all other extents must be equal, but 'a' has shape (2, 3) "
        "and 'b' has (4, 3).",
    ),
    "concat of nothing": (lambda: cr.concat([]), cr.ShapeError, "concat was given an empty list"),
    "stack of nothing": (lambda: cr.stack([]), cr.ShapeError, "stack was given an empty list"),
    "concat of ranks": (
        lambda: cr.concat([A, np.zeros(3)]),
        cr.ShapeError,
        "'a' has shape (2, 3) and constant",
    ),
    "reshape": (
        lambda: A.reshape(4, 2),
        cr.ShapeError,
        "'a' with shape (2, 3) has 6 elements and cannot be reshaped to (4, 2).",
    ),
    "reshape with two free extents": (
        lambda: A.reshape(-1, -1),
        cr.ShapeError,
        "one of them may be -1",
    ),
    "broadcast_to": (
        lambda: cr.broadcast_to(A, (3, 2)),
        cr.ShapeError,
        "'a' with shape (2, 3) cannot be broadcast to (3, 2)",
    ),
    "permute_dims": (
        lambda: cr.permute_dims(A, (0, 0)),
        cr.ShapeError,
        "permute_dims was given the axes (0, 0) for 'a' with shape (2, 3). Name each of its 2 axes "
        "once.",
    ),
    "squeeze": (
        lambda: cr.squeeze(A, 0),
        cr.ShapeError,
        "squeeze was asked to drop axes (0,) of 'a' with shape (2, 3)",
    ),
    "pad": (
        lambda: cr.pad(A, [(1, 1)]),
        cr.ShapeError,
        "Give 2 pairs (before, after) of non-negative integers",
    ),
    "negative pad": (
        lambda: cr.pad(A, [(1, 1), (-1, 0)]),
        cr.ShapeError,
        "pad was given [(1, 1), (-1, 0)]",
    ),
    "axis": (
        lambda: A.sum(axis=2),
        cr.ShapeError,
        "Axis 2 was given for a tensor with 2 axes. Choose one from -2 to 1.",
    ),
    "axis of a scalar": (
        lambda: cr.softmax(cr.input("s", ())),
        cr.ShapeError,
        "Axis -1 was given for a scalar, which has no axes.",
    ),
    "axis named twice": (lambda: A.sum(axis=(0, -2)), cr.ShapeError, "name one axis twice"),
    "transpose of a vector": (
        lambda: IDS.T,
        cr.ShapeError,
        "Use .mT for the last two axes or cr.permute_dims(x, axes)",
    ),
    "mT of a vector": (lambda: IDS.mT, cr.ShapeError, ".mT was requested of 'ids' with shape (2,)"),
    "float ids": (
        lambda: cr.take(A, B),
        cr.DTypeError,
        "take gathers by integer ids but was given 'b' of dtype float64. "
        "Convert with ids.astype('int64'); for a mask use cr.where.",
    ),
    "mask as ids": (
        lambda: cr.take(A, np.array([True, False])),
        cr.DTypeError,
        "for a mask use cr.where",
    ),
    "id outside": (
        lambda: cr.take(np.zeros((3, 2)), [[0, 1], [2, 3]]),
        cr.RangeError,
        "take was given the id 3 at position (1, 1), but the axis it points into has size 3",
    ),
    "negative id": (lambda: cr.take(np.zeros(3), -1), cr.RangeError, "the id -1 at position ()"),
    "rows of other ids": (
        lambda: cr.add_rows(B, IDS, 5),
        cr.ShapeError,
        "add_rows was given 'b' [4, 3] for ids [2]: from axis 0 on",
    ),
    "row outside": (
        lambda: cr.add_rows(np.ones(2), [0, 5], 5),
        cr.RangeError,
        "add_rows was given the id 5 at position (1,)",
    ),
    "ids along an axis": (
        lambda: cr.take_along_axis(A, IDS),
        cr.ShapeError,
        "take_along_axis was given 'a' [2, 3] and ids [2]: apart from axis 1",
    ),
    "other extents along an axis": (
        lambda: cr.add_along_axis(A, np.zeros((1, 3), int), 5),
        cr.ShapeError,
        "add_along_axis",
    ),
    "first occurrence in a matrix": (
        lambda: cr.first_occurrence([[1]]),
        cr.ShapeError,
        "Flatten them with ids.reshape(-1)",
    ),
    "one_hot of floats": (lambda: cr.one_hot(A, 3), cr.DTypeError, "one_hot gathers by integer"),
    "put of another shape": (
        lambda: cr.put(A, 0, np.zeros((2, 3))),
        cr.ShapeError,
        "put was given a value of shape (2, 3) for a part of shape (3,) of 'a'",
    ),
    "arithmetic on bools": (
        lambda: cr.input("mask", (2,), "bool") + np.array(True),
        cr.DTypeError,
        "add takes number operands but was given bool, bool.",
    ),
    "logic on numbers": (
        lambda: cr.logical_and(IDS, IDS),
        cr.DTypeError,
        "logical_and takes bool operands but was given int64, int64",
    ),
    "bits of floats": (
        lambda: A & 1,
        cr.DTypeError,
        "bitwise_and takes integer or bool operands but was given float64",
    ),
    "shifting floats": (
        lambda: A >> 2,
        cr.DTypeError,
        "bitwise_right_shift takes integer operands but was given float64",
    ),
    "running total of bools": (
        lambda: cr.cumulative_sum([True, False]),
        cr.DTypeError,
        "cumulative_sum takes number operands",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_the_message_of(name):
    call, kind, wanted = MISFITS[name]
    with pytest.raises(kind, match=re.escape(wanted)) as caught:
        call()
    assert str(caught.value).endswith((".", "?")), "a message is made of sentences"
    assert isinstance(caught.value, cr.ChainruleError)


def test_operands_without_a_name_are_called_by_the_line_that_made_them():
    first, second = cr.asarray(np.ones(2)), A.sum(0)
    with pytest.raises(cr.ShapeError, match=r"constant \(test_misfits.py:\d+\) \[2\] and sum \(te"):
        first * second


def test_an_id_outside_is_told_with_the_names_of_table_and_ids():
    table = cr.nn.Sequential(cr.nn.Embedding(3, 2))
    with pytest.raises(cr.RangeError, match=r"id -1 .*those of 'words', .*one of '0.weight'"):
        table(cr.input("words", value=[1, -1]))


def test_a_product_of_bools_is_refused():
    with pytest.raises(cr.DTypeError, match="matmul takes number operands"):
        np.array([True]) @ cr.input("mask", (1,), "bool")
