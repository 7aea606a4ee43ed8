"""x[...] against NumPy: every basic index, forward and backward, and the errors."""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices

import chainrule as cr


@st.composite
def shapes_and_keys(draw):
    shape = draw(array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    return shape, draw(basic_indices(shape, allow_newaxis=True, max_dims=6))


@settings(max_examples=300, deadline=None)
@given(shapes_and_keys())
def test_basic_indices_are_numpys(drawn):
    shape, key = drawn
    array = np.arange(float(np.prod(shape))).reshape(shape)
    x = cr.input("x", value=array)
    part = x[key]
    assert part.shape == array[key].shape
    np.testing.assert_array_equal(part.value, array[key])
    weights = np.cos(np.arange(part.size)).reshape(part.shape)
    (gradient,) = cr.gradients(part, [x], weights)
    wanted = np.zeros(shape)
    wanted[key] = weights
    np.testing.assert_array_equal(gradient.value, wanted)


@settings(max_examples=100, deadline=None)
@given(st.integers(-6, 6), st.integers(0, 3))
def test_integers_outside_are_errors_as_in_numpy(position, size):
    x = cr.asarray(np.zeros((size, 2)))
    if -size <= position < size:
        assert x[position].shape == (2,)
    else:
        with pytest.raises(cr.RangeError, match=rf"Index {position} is outside axis 0"):
            x[position]


@pytest.mark.parametrize(
    ("key", "kind", "message"),
    [
        ((0, 5), cr.RangeError, "Index 5 is outside axis 1, which has size 3. Choose one from -3"),
        ((0, 0, 0), cr.ShapeError, "3 indices were given for a tensor with 2 axes"),
        ((..., ...), cr.ShapeError, "An index may hold one '...', not several"),
        (1.0, cr.ShapeError, "indexed on axis 0 with float 1.0. Use integers, slices"),
        ((0, np.array([0.0, 1.0])), cr.DTypeError, "an array of dtype float64. Ids are integers"),
        ((0, "a"), cr.ShapeError, "with str 'a'"),
    ],
)
def test_indices_that_mean_nothing(key, kind, message):
    with pytest.raises(kind, match=message):
        cr.input("x", (2, 3))[key]


@pytest.mark.parametrize("key", [True, False, (True, 0), np.bool_(True)])
def test_a_bool_is_not_a_position(key):
    """NumPy takes a bool for a mask; silently reading row 1 would be a wrong value."""
    with pytest.raises(cr.ChainruleError, match="mask"):
        cr.input("x", value=np.arange(6.0).reshape(2, 3))[key]


@pytest.mark.parametrize("ids", [[0, 2], np.array([[1, 1], [0, 2]]), cr.asarray(1), []])
def test_ids_alone_gather_rows(ids):
    x = cr.asarray(np.arange(6.0).reshape(3, 2))
    wanted = x.value[np.asarray(ids, int)]
    np.testing.assert_array_equal(x[ids].value, wanted)


def test_a_whole_slice_is_no_gate():
    x = cr.input("x", (2, 3))
    assert x[:] is x
    assert x[...] is x
    assert x[:, None].kind == "reshape"


def test_the_position_may_be_any_integer():
    x = cr.asarray(np.arange(3))
    assert x[np.int32(1)].item() == x[cr.asarray(1)].item() == 1
    assert operator.index(x[1]) == 1


def test_iterating_gives_rows():
    x = cr.input("x", value=np.arange(6.0).reshape(2, 3))
    assert len(x) == 2
    assert [row.shape for row in x] == [(3,), (3,)]
    with pytest.raises(cr.ShapeError, match=r"len\(\) was called on constant .*a scalar"):
        list(cr.asarray(1.0))


@pytest.mark.parametrize(("name", "written"), [("w", "w"), (None, "x")])
def test_assignment_to_items_spells_the_replacement(name, written):
    x = cr.input("w", value=np.zeros(3)) if name else cr.asarray(np.zeros(3))
    with pytest.raises(cr.ImmutableError) as caught:
        x[0] = 1.0
    assert f"{written} = cr.put({written}, index, value)" in str(caught.value)
    assert f"{written} = cr.where(mask, value, {written})" in str(caught.value)
    assert "assign(...)" in str(caught.value)
    with pytest.raises(cr.ImmutableError):
        x[0] += 1.0
    np.testing.assert_array_equal(x.value, np.zeros(3))


def test_the_value_cannot_be_written_either():
    with pytest.raises(ValueError, match="read-only"):
        cr.asarray(np.zeros(3)).value[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(cr.asarray(np.zeros(3)))[0] = 1.0
