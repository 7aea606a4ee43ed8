"""Gates of the user's own: grouped operations, own backwards, what is kept, what is refused."""

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import topological_order


@cr.gate
def squash(x):
    """Return 1 / (1 + exp(-x))."""
    return cr.reciprocal(cr.exp(-x) + 1)


@cr.gate
def cube(x):
    return x * x * x


@cube.backward
def cube_backward(upstream, output, x):
    return upstream * 3 * x * x


@cr.gate(says="switches")
def product(a, b):
    return a * b, {"both": cr.stack([a, b])}


@product.backward
def product_backward(upstream, output, a, b, *, both):
    return upstream * both[1], upstream * both[0]


def test_a_grouped_gate_has_the_gradient_of_its_operations():
    x = cr.input("x", value=[0.5, -2.0])
    y = squash(x)
    (grouped,), (whole,) = cr.gradients(y.sum(), [x]), cr.gradients(cr.sigmoid(x).sum(), [x])
    np.testing.assert_allclose(grouped.value, whole.value, rtol=1e-15)
    assert {node.origin.path for node in topological_order([y])} == {"", "squash"}


def test_a_gate_keeps_the_name_and_docstring_of_its_function():
    assert squash.__doc__.startswith("Return 1 / (1 + exp(-x))")
    assert squash.__name__ == squash.name == "squash"


def test_an_own_backward_gives_derivatives_of_every_order():
    derivative = cube
    for wanted in (12.0, 12.0, 6.0, 0.0):
        derivative = cr.grad(derivative)
        assert derivative(2.0).item() == wanted
    assert cr.jvp(cube, (2.0,), (10.0,))[1].item() == 120.0
    assert cube_backward(1.0, 8.0, 2.0) == 12.0


def test_the_gradient_is_what_the_backward_says():
    @cr.gate
    def reverse(x):
        return cr.identity(x)

    @reverse.backward
    def _(upstream, output, x):
        return -upstream

    x = cr.input("x", value=2.0)
    assert cr.gradients(reverse(x) * 5, [x])[0].item() == -5.0
    assert cr.jvp(lambda x: reverse(x) * 5, (2.0,), (1.0,))[1].item() == -5.0


def test_what_the_forward_keeps_reaches_the_backward():
    a, b = cr.input("a", value=3.0), cr.input("b", value=4.0)
    y = product(a, b)
    assert [g.item() for g in cr.gradients(y, [a, b])] == [4.0, 3.0]
    assert y.kind == "product"
    assert y.origin.scope[-1].says == "switches"
    assert cr.jvp(product, (3.0, 4.0), (1.0, 10.0))[1].item() == 34.0


def test_arrays_may_be_kept():
    @cr.gate
    def masked(x):
        mask = np.array([1.0, 0.0])
        return x * mask, {"mask": mask}

    @masked.backward
    def _(upstream, output, x, *, mask):
        return upstream * mask * 7

    x = cr.input("x", value=[1.0, 1.0])
    np.testing.assert_array_equal(cr.gradients(masked(x).sum(), [x])[0].value, [7.0, 0.0])


def test_a_backward_may_take_all_that_is_kept_together():
    @cr.gate
    def scaled(x):
        return x * 2, {"scale": cr.asarray(2.0)}

    @scaled.backward
    def _(upstream, output, x, **kept):
        return upstream * kept["scale"]

    assert cr.grad(scaled)(1.0).item() == 2.0


def test_what_is_kept_is_dropped_without_an_own_backward():
    @cr.gate
    def plain(x):
        return x * 2, {"kept": x}

    assert cr.grad(plain)(1.0).item() == 2.0


def test_none_says_that_there_is_no_path():
    @cr.gate
    def first(a, b):
        return a + b

    @first.backward
    def _(upstream, output, a, b):
        return upstream, None

    a, b = cr.input("a", value=1.0), cr.input("b", value=1.0)
    da, db = cr.gradients(first(a, b), [a, b])
    assert (da.item(), db) == (1.0, None)
    assert cr.jvp(first, (1.0, 1.0), (0.0, 1.0))[1].item() == 0.0
    assert cr.jvp(lambda b: first(1.0, b), (1.0,), (1.0,))[1].item() == 0.0


def test_a_gate_takes_numbers_arrays_and_nothing_tracked():
    assert cube(2.0).item() == 8.0
    assert cube(np.array([1, 2])).dtype == cr.int64
    assert not cube(2.0).tracked


# -- refused when declared ---------------------------------------------------------------------


def test_a_backward_that_does_not_fit_is_refused_when_declared():
    @cr.gate
    def pair(a, b):
        return a * b

    with pytest.raises(cr.PrimitiveError) as caught:

        @pair.backward
        def _(upstream, a):
            return upstream

    message = str(caught.value)
    assert "The backward of gate 'pair' takes (upstream, a)" in message
    assert "has the inputs (a, b)" in message
    assert "Declare it as backward(upstream, output, a, b)." in message


def test_a_gate_that_no_tensor_can_enter_is_refused_when_declared():
    with pytest.raises(
        cr.PrimitiveError, match="'empty' has no positional argument, so it has no input"
    ):

        @cr.gate
        def empty():
            return 1.0


# -- refused when called -----------------------------------------------------------------------


def test_the_number_of_operands():
    with pytest.raises(
        cr.PrimitiveError, match=r"'product' has the inputs \(a, b\) but was given 1"
    ):
        product(1.0)


@pytest.mark.parametrize("returned", [1.0, (1.0, 2.0, 3.0), None])
def test_a_forward_returns_a_tensor(returned):
    @cr.gate
    def odd(x):
        return returned

    with pytest.raises(cr.PrimitiveError, match=r"forward of gate 'odd' returned .*Return one ten"):
        odd(1.0)


def test_a_forward_keeps_a_dict():
    @cr.gate
    def odd(x):
        return x, [x]

    with pytest.raises(cr.PrimitiveError, match="or a tensor and a dict of what is kept"):
        odd(1.0)


# -- refused when differentiated ---------------------------------------------------------------


def backward_of(answer):
    @cr.gate
    def pair(a, b):
        return a * b

    @pair.backward
    def _(upstream, output, a, b):
        return answer(upstream)

    a, b = cr.input("a", value=[1.0, 2.0, 3.0]), cr.input("b", value=[1.0, 2.0, 3.0])
    return cr.gradients(pair(a, b).sum(), [a, b])


@pytest.mark.parametrize("answer", [lambda g: g, lambda g: (g,), lambda g: (g, g, g)])
def test_the_number_of_gradients(answer):
    with pytest.raises(
        cr.PrimitiveError, match=r"gate 'pair' returned [13] gradients for 2 inputs"
    ):
        backward_of(answer)


def test_the_gradients_may_come_in_a_list():
    assert [g.value[0] for g in backward_of(lambda g: [g, g * 2])] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "position"), [(lambda g: (g[:2], g), 0), (lambda g: (g, g.sum()), 1)]
)
def test_the_shape_of_a_gradient_is_that_of_its_input(answer, position):
    """The message counts the inputs as the user wrote them."""
    with pytest.raises(cr.ShapeError) as caught:
        backward_of(answer)
    assert "The backward of pair (test_own_gates.py:" in str(caught.value)
    assert f"its input {position}, which has shape (3,)" in str(caught.value)


def test_a_backward_that_does_not_take_what_is_kept():
    @cr.gate
    def forgetful(x):
        return x * 2, {"kept": x}

    @forgetful.backward
    def _(upstream, output, x):
        return upstream

    with pytest.raises(cr.PrimitiveError, match="kept"):
        cr.grad(forgetful)(1.0)


def test_inputs_of_a_gate_can_be_given_by_name():
    assert product(2.0, b=3.0).item() == product(b=3.0, a=2.0).item() == 6.0
    with pytest.raises(cr.PrimitiveError, match=r"'relu' was given z by name.*inputs are \(x\)"):
        cr.relu(z=1.0)
    with pytest.raises(cr.PrimitiveError, match=r"given a by name.*\(a, b\), each of them"):
        product(1.0, a=2.0)
    with pytest.raises(cr.PrimitiveError, match="was given 1 operands"):
        product(b=2.0)
    with pytest.raises(TypeError, match=r"tanh was given x by name.*by position"):
        cr.tanh(x=1.0)


@pytest.mark.parametrize("function", [cr.relu, cr.softplus, cr.tanh, cr.exp, product])
def test_gates_are_pickled_and_copied_by_name_as_functions_are(function):
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function


def test_a_model_with_gates_can_be_pickled():
    model = cr.nn.Sequential(cr.nn.Linear(2, 3, random=0), cr.relu, cr.tanh, cr.softmax)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again(np.ones((1, 2))).value, model(np.ones((1, 2))).value)


def test_a_pickle_of_an_undeclared_primitive_is_refused():
    text = pickle.dumps(cr.tanh).replace(b"tanh", b"tank")
    with pytest.raises(cr.PrimitiveError, match="'tank' was asked for, but is not declared"):
        pickle.loads(text)
