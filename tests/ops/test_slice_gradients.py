"""Parts of a vector are found again where it was padded or joined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.ops import slice_of, sum_slice_gradients
from numerical import assert_gradients


def vectors(depth=2):
    """Vectors joined and padded of others, with their values."""
    plain = st.integers(0, 3).map(lambda n: cr.input("x", value=np.arange(1.0, n + 1)))
    if depth == 0:
        return plain
    inner = vectors(depth - 1)
    padded = st.tuples(inner, st.integers(0, 2), st.integers(0, 2)).map(
        lambda each: cr.pad(each[0], [each[1:]])
    )
    return st.one_of(plain, padded, st.lists(inner, min_size=1, max_size=3).map(cr.concat))


@given(vectors(), st.integers(0, 12), st.integers(0, 12))
def test_a_part_is_the_slice_and_none_only_where_that_is_zero(x, one, other):
    start, stop = sorted((min(one, x.size), min(other, x.size)))
    part = slice_of(x, start, stop)
    wanted = x.value[start:stop]
    np.testing.assert_array_equal(np.zeros(stop - start) if part is None else part.value, wanted)


def test_a_part_goes_straight_to_where_it_came_from():
    x, y = cr.input("x", value=np.ones(3)), cr.input("y", value=np.ones(2))
    whole = cr.concat([cr.pad(x, [(1, 2)]), y])
    assert slice_of(whole, 1, 4) is x
    assert slice_of(whole, 6, 8) is y
    assert slice_of(whole, 4, 6) is None
    assert slice_of(whole, 2, 3).inputs == (x,)


@pytest.mark.parametrize("starts", [[0, 3], [3, 0], [1, 1], [0, 2, 4], [2, 2, 0]])
def test_pads_of_ranges_apart_or_equal_are_joined(starts):
    gates = [
        cr.pad(cr.input("x", value=np.full((2, 3), 1.0 + i)), [(at, 6 - at), (0, 0)])
        for i, at in enumerate(starts)
    ]
    joined = sum_slice_gradients(gates)
    assert joined.kind == "concat"
    np.testing.assert_array_equal(joined.value, sum(each.value for each in gates))


def test_other_gates_and_overlaps_are_left_to_addition():
    x = cr.input("x", value=np.ones((2, 3)))
    apart, overlapping = cr.pad(x, [(0, 4), (0, 0)]), cr.pad(x, [(1, 3), (0, 0)])
    elsewhere, both = cr.pad(x, [(0, 0), (1, 1)]), cr.pad(x, [(2, 2), (1, 1)])
    for gates in ([apart, overlapping], [apart, elsewhere], [both, both], [apart, x], [x, x]):
        assert sum_slice_gradients(gates) is None


def test_slices_of_one_tensor_send_their_gradients_back_joined():
    def joined(x):
        return (x[0] * x[1] * x[3]).sum() + (x[4] * x[4]).sum()

    x = np.random.default_rng(2).normal(size=(6, 3))
    assert_gradients(joined, x)
    moving = cr.input("x", value=x)
    (gradient,) = cr.gradients(joined(moving), [moving])
    assert gradient.kind == "concat"
    assert [each.shape[0] for each in gradient.inputs] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x[1:4] * x[2:5]).sum(),
        lambda x: (x[::2] * x[1::2]).sum(),
        lambda x: (x[0, 1:] * x[1, :2]).sum() + (x[4] * x[5]).sum(),
        lambda x: (x[:, 0] * x[:, 2]).sum(),
        lambda x: (x[:3] * x[3:]).sum() + (x[2:2] * 2.0).sum(),
        lambda x: (x[:3] * x[3:]).sum() * x.sum(),
    ],
)
def test_other_slices_add_up_as_before(function):
    assert_gradients(function, np.random.default_rng(2).normal(size=(6, 3)))
