"""x == other: element by element for numbers, Python's answer for everything else."""

import numpy as np
import pytest

import chainrule as cr

TENSORS = {
    "constant": lambda: cr.asarray([1.0, 2.0]),
    "parameter": lambda: cr.parameter([1.0, 2.0], "p"),
    "input": lambda: cr.input("x", (2,)),
    "gate": lambda: cr.input("x", (2,)) * 2,
}
FOREIGN = [None, "a", b"a", object(), {}, {1}, int, np, ..., slice(None), len, cr.nn.Flatten()]


@pytest.mark.parametrize("other", FOREIGN, ids=lambda other: type(other).__name__)
@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_is_not_equal_to_other_things(name, other):
    x = TENSORS[name]()
    assert (x == other) is False
    assert (other == x) is False
    assert (x != other) is True
    assert (other != x) is True


def test_a_tensor_is_found_by_identity():
    x, y = cr.asarray([1.0, 2.0]), cr.asarray(3.0)
    assert x in [None, "a", x]
    assert None not in [x, y]
    assert [None, x].index(x) == 1
    assert {x: 1, y: 2}[y] == 2
    assert len({x, y, x}) == 2


class Answering:
    def __eq__(self, other):
        return "mine"

    __hash__ = None


def test_another_class_may_answer():
    assert (cr.asarray(1.0) == Answering()) == "mine"


@pytest.mark.parametrize(
    "other", [1, 1.0, True, [1, 2], (1, 2), np.array([1, 2]), np.float32(1), cr.asarray([1, 3])]
)
def test_numbers_are_compared_element_by_element(other):
    x = cr.asarray([1.0, 2.0])
    for found, wanted in (
        (x == other, x.value == np.asarray(other)),
        (other == x, x.value == np.asarray(other)),
        (x != other, x.value != np.asarray(other)),
    ):
        np.testing.assert_array_equal(found.value, wanted)
        assert found.dtype == np.bool_


@pytest.mark.parametrize("other", [1j, ["a", "b"], np.array(["a"]), [None, None]])
def test_arrays_of_other_things_are_errors(other):
    with pytest.raises(cr.DTypeError):
        cr.asarray([1.0, 2.0]) == other  # noqa: B015


def test_order_needs_numbers():
    with pytest.raises(TypeError):
        cr.asarray(1.0) < None  # noqa: B015
