"""What a tensor carries, remembers and forgets; reading it; NumPy beside it."""

import numpy as np
import pytest

import chainrule as cr


def test_constants_have_no_history():
    y = cr.exp(cr.asarray([0.0, 1.0])) * 2
    assert (y.kind, y.inputs, y.primitive, y.tracked) == ("constant", (), None, False)


@pytest.mark.parametrize("leaf", [cr.input("x", value=1.0), cr.parameter(1.0, "x")])
def test_what_comes_from_inputs_and_parameters_is_remembered(leaf):
    y = cr.exp(leaf) * 2
    assert y.tracked
    assert y.kind == "multiply"
    assert y.inputs[0].inputs == (leaf,)


def test_an_unbound_input_gives_no_value_and_a_clear_error():
    x = cr.input("x", (2,), "float32")
    y = cr.exp(x)
    assert x.value is y.value is None
    assert not y.known
    assert "no value" in repr(y)
    for read in (y.read, y.item if y.size == 1 else y.sum().item, lambda: np.asarray(y)):
        with pytest.raises(cr.UnboundInputError, match="depends on an input without a value"):
            read()


def test_a_branch_on_an_unbound_tensor_is_an_error_that_names_where():
    with pytest.raises(
        cr.UnboundInputError,
        match=r"The branch at test_values.py:\d+ depends on greater \(test_values.py",
    ):
        bool(cr.input("x", ()) > 0)
    with pytest.raises(cr.UnboundInputError, match=r"cr.where\(condition, a, b\)"):
        max(cr.input("x", ()), cr.input("y", ()))


def test_scalars_are_python_numbers_when_asked():
    x = cr.input("x", value=1.25)
    numbers = float(x), int(x), bool(x), complex(x), x.item()
    assert numbers == (1.25, 1, True, 1.25, 1.25)
    assert f"{x:.1f}" == "1.2"
    assert f"{x}" == repr(x) == "<input 'x' float64[]: 1.25>"
    assert [10, 20, 30][cr.asarray(2)] == 30
    with pytest.raises(cr.ShapeError, match=r"item\(\) was called on constant .* with shape"):
        float(cr.asarray([1.0, 2.0]))
    with pytest.raises(TypeError):
        [10, 20][cr.asarray(1.0)]


def test_sizes():
    x = cr.input("x", (2, 0, 3))
    assert (x.ndim, x.size, len(x)) == (3, 0, 2)
    assert cr.input("y", 4).shape == (4,)
    assert cr.asarray(1.0).size == 1


def test_the_users_array_is_copied_in_and_kept_writable():
    array = np.zeros(3)
    made = [cr.asarray(array), cr.input("x", value=array), cr.parameter(array)]
    made.append(made[0] + array)
    array[0] = 5.0
    for each in made:
        np.testing.assert_array_equal(each.value, np.zeros(3))


def test_a_copy_handed_out_can_be_written():
    x = cr.asarray(np.zeros(3))
    array = np.array(x)
    array[0] = 1.0
    assert x.value[0] == 0.0
    assert np.asarray(x, dtype="float32").dtype == np.float32


def test_tensors_are_keys_and_compare_element_by_element():
    x, y = cr.input("x", value=[1.0, 2.0]), cr.input("y", value=[1.0, 3.0])
    assert {x: "x", y: "y"}[y] == "y"
    np.testing.assert_array_equal((x == y).value, [True, False])
    np.testing.assert_array_equal((x != y).value, [False, True])


OPERATORS = {
    "add": (lambda a, b: a + b, "float64"),
    "sub": (lambda a, b: a - b, "float64"),
    "mul": (lambda a, b: a * b, "float64"),
    "truediv": (lambda a, b: a / b, "float64"),
    "floordiv": (lambda a, b: a // b, "float64"),
    "mod": (lambda a, b: a % b, "float64"),
    "pow": (lambda a, b: a**b, "float64"),
    "lt": (lambda a, b: a < b, "float64"),
    "le": (lambda a, b: a <= b, "float64"),
    "gt": (lambda a, b: a > b, "float64"),
    "ge": (lambda a, b: a >= b, "float64"),
    "eq": (lambda a, b: a == b, "float64"),
    "ne": (lambda a, b: a != b, "float64"),
    "and": (lambda a, b: a & b, "bool"),
    "or": (lambda a, b: a | b, "bool"),
    "shift": (lambda a, b: a >> b, "int64"),
    "matmul": (lambda a, b: a @ b, "float64"),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_numpys_from_both_sides(name):
    call, dtype = OPERATORS[name]
    a, b = np.array([[1, 2], [3, 4]]).astype(dtype), np.array([[2, 1], [1, 3]]).astype(dtype)
    x, y = cr.input("x", value=a), cr.input("y", value=b)
    for found in (call(x, y), call(x, b), call(a, y)):
        assert isinstance(found, cr.Tensor)
        assert found.tracked
        np.testing.assert_array_equal(found.value, call(a, b))


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_take_python_numbers_and_lists_on_both_sides(name):
    call, dtype = OPERATORS[name]
    a = np.array([[1, 2], [3, 4]]).astype(dtype)
    numbers = {"bool": True, "int64": 2, "float64": 2.5}
    other = [[1.0, 2.0]] * 2 if name == "matmul" else numbers[dtype]
    x = cr.input("x", value=a)
    np.testing.assert_array_equal(call(x, other).value, call(a, other))
    if name != "shift":
        np.testing.assert_array_equal(call(other, x).value, call(other, a))


def test_operators_on_one_tensor():
    x = cr.input("x", value=[-1.0, 2.0])
    np.testing.assert_array_equal((-x).value, [1.0, -2.0])
    np.testing.assert_array_equal(abs(x).value, [1.0, 2.0])
    np.testing.assert_array_equal((~(x > 0)).value, [True, False])
    assert +x is x


@pytest.mark.parametrize(
    "ufunc",
    [np.exp, np.log1p, np.tanh, np.sqrt, np.negative, np.absolute, np.sign, np.floor, np.rint],
)
def test_numpys_functions_build_gates(ufunc):
    x = cr.input("x", value=[0.5, 1.0])
    y = ufunc(x)
    assert isinstance(y, cr.Tensor)
    np.testing.assert_array_equal(y.value, ufunc(x.value))


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.power, np.matmul, np.less])
def test_numpys_functions_of_two_operands_build_gates(ufunc):
    x, array = cr.input("x", value=[0.5, 1.0]), np.array([2.0, 3.0])
    np.testing.assert_array_equal(ufunc(x, array).value, ufunc(x.value, array))
    np.testing.assert_array_equal(ufunc(array, x).value, ufunc(array, x.value))


def test_a_function_of_numpy_that_no_gate_means_is_an_error():
    x = cr.input("x", value=[0.5])
    with pytest.raises(cr.DTypeError, match=r"numpy.spacing was called on a tensor.*x.value for"):
        np.spacing(x)
    with pytest.raises(cr.DTypeError, match=r"numpy.add was called on a tensor with out="):
        np.zeros(1).__iadd__(x)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.where([True, False], x, 0.0),
        lambda x: np.concatenate([x, x]),
        lambda x: np.dot(x, x),
        lambda x: np.sum(x),
    ],
    ids=["where", "concatenate", "dot", "sum"],
)
def test_other_functions_of_numpy_do_not_lose_the_graph(call):
    """An array in place of a tensor would make the gradient wrong, or None, without a word."""
    y = call(cr.input("x", value=[1.0, 2.0]))
    assert isinstance(y, cr.Tensor)
    assert y.tracked


def test_methods_of_a_tensor_are_its_functions():
    x = cr.input("x", value=np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(x.sum(1).value, [3.0, 12.0])
    np.testing.assert_array_equal(x.mean(axis=-1, keepdims=True).value, [[1.0], [4.0]])
    assert x.mean().dtype == cr.float64
    np.testing.assert_array_equal(x.max(1, keepdims=True).value, [[2.0], [5.0]])
    np.testing.assert_array_equal(x.min(0).value, [0.0, 1.0, 2.0])
    assert x.max().item() == 5.0
    assert cr.mean(np.ones(2, np.float32)).dtype == cr.float32
    assert cr.mean([1, 2]).item() == 1.5
    assert x.reshape(3, 2).shape == x.reshape([3, 2]).shape == x.reshape((-1, 2)).shape == (3, 2)
    assert cr.reshape(x, -1).shape == cr.reshape(x, 6).shape == (6,)
    assert x.reshape(2, 3) is x
    assert x[0, 0].reshape().shape == x[0, 0].reshape(()).shape == ()


def test_inputs_say_what_is_missing_or_contradictory():
    with pytest.raises(cr.ShapeError, match=r"Input 'x' was made without a shape and without"):
        cr.input("x")
    with pytest.raises(cr.ShapeError, match=r"'x' was declared with shape \(3,\) but its value"):
        cr.input("x", 3, value=[1.0, 2.0])
    assert cr.input("x", value=[1, 2], dtype="float32").value.dtype == np.float32
    assert cr.input("x", (2,), value=[1, 2]).dtype == cr.int64
    assert cr.input("x", (2,)).dtype == cr.float64


def test_a_deferred_value_is_that_of_the_time_it_was_made():
    """The value of a gate never changes, whether or when somebody reads it."""
    table, weights = cr.parameter(np.zeros((3, 2)), "table"), cr.parameter(np.ones((2, 2)), "w")
    (gradient,) = cr.gradients(table[[0, 1]], [table], upstream=weights)
    weights.assign(np.full((2, 2), 7.0))
    np.testing.assert_array_equal(gradient.value, [[1, 1], [1, 1], [0, 0]])
