"""Ids outside their axis: one rule for all lookups, eager and compiled."""

import numpy as np
import pytest

import chainrule as cr

SCORES = np.zeros((2, 3))
MODES = [
    pytest.param(lambda function: function, id="eager"),
    pytest.param(cr.compile, id="compiled", marks=pytest.mark.native),
]
# Functions of ids (2,) into an axis of 3, which refuse ids below 0 too.
LOOKUPS = {
    "take": lambda ids: cr.take(np.arange(3.0), ids),
    "take, another axis": lambda ids: cr.take(np.zeros((2, 3)), ids, axis=1),
    "take_along_axis": lambda ids: cr.take_along_axis(SCORES, ids.reshape(2, 1)),
    "add_rows": lambda ids: cr.add_rows(np.ones(2), ids, 3),
    "add_along_axis": lambda ids: cr.add_along_axis(np.ones((2, 1)), ids.reshape(2, 1), 3),
    "one_hot": lambda ids: cr.one_hot(ids, 3),
    "embedding": cr.nn.Embedding(3, 2, random=0),
    "cross_entropy": lambda ids: cr.nn.cross_entropy(SCORES, ids),
    "cross_entropy, weighted": lambda ids: cr.nn.cross_entropy(
        SCORES, ids, class_weights=np.ones(3), label_smoothing=0.1
    ),
    "negative_log_likelihood": lambda ids: cr.nn.negative_log_likelihood(SCORES, ids),
    "hinge": lambda ids: cr.nn.hinge(SCORES, ids),
    "ignored": lambda ids: cr.nn.cross_entropy(SCORES, ids, ignore_index=-7),
}


def lookup(function):
    return lambda ids: function(cr.asarray(ids))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("outside", [3, -1, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("name", LOOKUPS)
def test_an_id_outside_is_an_error_that_names_it_and_where_it_stands(name, outside, dtype, mode):
    function = mode(lookup(LOOKUPS[name]))
    function(np.array([0, 2], dtype))
    with pytest.raises(cr.RangeError, match=rf"the (id|label) {outside} at position \(1,"):
        function(np.array([0, outside], dtype))


@pytest.mark.parametrize("name", LOOKUPS)
def test_the_error_names_the_tensor_of_ids(name):
    ids = cr.input("places", value=np.array([0, 3]))
    with pytest.raises(cr.RangeError, match=r"places|label 3 at position|reshape"):
        LOOKUPS[name](ids)


@pytest.mark.parametrize("mode", MODES)
def test_labels_that_are_ignored_may_be_anything(mode):
    loss = mode(lambda labels: cr.nn.cross_entropy(SCORES, labels, ignore_index=-100))
    assert loss(np.array([0, -100])).item() == pytest.approx(np.log(3))


PARTS = {
    "an id": 2,
    "from the end": -1,
    "the first, from the end": -4,
    "ids": [0, -1, 2],
    "equal ids": [1, 1, -3],
    "ids in two axes": [[0, 1], [-1, 2]],
    "int32": np.array([3, -4], "int32"),
    "no ids": np.zeros(0, "int64"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("given", ["as a constant", "as an argument"])
@pytest.mark.parametrize("name", PARTS)
def test_put_replaces_what_numpy_would(name, given, mode):
    x, index = np.arange(12.0).reshape(4, 3), PARTS[name]
    wanted = x.copy()
    value = np.random.default_rng(0).normal(size=wanted[index].shape)
    wanted[index] = value
    if given == "as a constant":
        found = mode(lambda x, value: cr.put(x, index, value))(x, value)
    else:
        found = mode(lambda x, ids, value: cr.put(x, ids, value))(x, np.array(index), value)
    np.testing.assert_array_equal(found.value, wanted)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("outside", [4, -5])
def test_put_refuses_an_id_outside(outside, mode):
    x = np.zeros((4, 2))
    for index in (outside, [0, outside], np.array([outside]), (slice(None), outside)):
        with pytest.raises(cr.RangeError, match=f"{outside} is out of bounds.*4|{outside} is"):
            mode(lambda x, index=index: cr.put(x, index, 1.0))(x)
    with pytest.raises(cr.RangeError, match=str(outside)):
        mode(lambda x, ids: cr.put(x, ids, 1.0))(x, np.array([0, outside]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(4, 3), (4,)])
def test_put_under_a_mask(shape, mode):
    x, mask = np.arange(12.0).reshape(4, 3), np.random.default_rng(1).random(shape) < 0.5
    wanted = x.copy()
    wanted[mask] = -1.0
    np.testing.assert_array_equal(mode(lambda x, m: cr.put(x, m, -1.0))(x, mask).value, wanted)


@pytest.mark.parametrize("mode", MODES)
def test_put_sends_gradient_to_the_value_that_stays_and_to_what_is_kept(mode):
    def slopes(x, ids, value):
        x, value = cr.identity(x), cr.identity(value)
        weights = np.arange(1.0, 5.0)
        return tuple(cr.gradients((cr.put(x, ids, value) * weights).sum(), [x, value]))

    arrays = np.zeros(4), np.array([1, -3, 2]), np.zeros(3)
    given = arrays if mode is cr.compile else [cr.input("x", value=each) for each in arrays]
    kept, new = mode(slopes)(*given)
    np.testing.assert_array_equal(kept.value, [1, 0, 0, 4])
    np.testing.assert_array_equal(new.value, [0, 2, 3])
