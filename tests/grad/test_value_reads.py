"""A path that is lost because a value is read outside the graph is an error that names the line."""

import math

import numpy as np
import pytest

import chainrule as cr

X = np.array([1.0, 2.0])

WAYS = {
    "value": lambda x: cr.asarray(np.sin(x.value)),
    "array": lambda x: cr.asarray(np.sin(np.asarray(x))),
    "list of values": lambda x: cr.asarray([each.item() for each in x]),
    "float": lambda x: cr.asarray([math.sin(float(each)) for each in x]),
    "value of a result": lambda x: cr.asarray((x * 2.0).value ** 2),
    "a parameter made of it": lambda x: cr.parameter(x) * 2.0,
    "an input made of it": lambda x: cr.input("y", value=x * 3.0) * 2.0,
    "value beside a jump": lambda x: cr.floor(x) + cr.asarray(x.value),
    "value in a compiled part": lambda x: cr.compile(lambda y: y * 2.0)(x.value),
}
TRANSFORMS = {
    "grad": lambda f: cr.grad(lambda x: f(x).sum())(X),
    "value_and_grad": lambda f: cr.value_and_grad(lambda x: f(x).sum())(X),
    "vjp": lambda f: cr.vjp(f, X)[1](X),
    "jvp": lambda f: cr.jvp(f, (X,), (X,)),
    "jacobian": lambda f: cr.jacobian(f)(X),
    "hessian": lambda f: cr.hessian(lambda x: f(x).sum())(X),
    "a product with the hessian": lambda f: cr.hessian_vector_product(lambda x: f(x).sum(), X, X),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_the_line_is_named(transform, way):
    with pytest.raises(cr.GradientError, match=r"left the graph by .* at test_value_reads.py:\d+"):
        TRANSFORMS[transform](WAYS[way])


@pytest.mark.native
@pytest.mark.parametrize("way", [name for name in WAYS if "compiled" not in name])
def test_a_compiled_gradient_is_refused_too(way):
    with pytest.raises(cr.UnboundInputError, match=r"while the compiled function .* was traced"):
        cr.compile(cr.grad(lambda x: WAYS[way](x).sum()))(X)


STRUCTURAL = {
    "of something else": lambda x: cr.asarray(X),
    "floor": lambda x: cr.floor(x),
    "argmax": lambda x: cr.argmax(x).astype("float64") * X,
    "comparison": lambda x: cr.where(x > 1.0, 1.0, 0.0),
    "stop_gradient": lambda x: cr.stop_gradient(x) * 2.0,
    "a stopped value": lambda x: cr.asarray(cr.stop_gradient(x).value),
    "an integer read": lambda x: cr.asarray(X) * int(cr.argmax(x)),
    "a branch": lambda x: cr.asarray(X) if x.sum() > 0 else cr.asarray(-X),
}


@pytest.mark.parametrize("name", STRUCTURAL)
@pytest.mark.parametrize("transform", ["grad", "vjp", "jvp", "jacobian", "hessian"])
def test_what_has_no_derivative_gives_zero(transform, name):
    found = TRANSFORMS[transform](STRUCTURAL[name])
    last = found[-1] if isinstance(found, tuple) else found
    np.testing.assert_array_equal(last.value, 0.0)


def test_a_value_may_be_looked_at_where_the_gradient_has_another_way():
    seen = []

    def loss(x):
        seen.append(float(x.sum()))
        return (x * x).sum()

    np.testing.assert_array_equal(cr.grad(loss)(X).value, 2 * X)
    np.testing.assert_array_equal(cr.hessian(loss)(X).value, 2 * np.eye(2))
    assert seen == [3.0, 3.0]


def test_the_second_derivative_of_a_linear_function_is_zero():
    np.testing.assert_array_equal(cr.hessian(lambda x: (x * 3.0).sum())(X).value, np.zeros((2, 2)))


LEAKED = {
    "value": lambda t: t.value,
    "value of a gate": lambda t: (t + 1).value,
    "gate of NumPy": lambda t: np.sin(t).value,
    "item": lambda t: t.sum().item(),
    "float": lambda t: float(t.sum()),
    "array": lambda t: np.asarray(t),
    "index": lambda t: X[t.value],
    "argument": lambda t: cr.compile(lambda x: x * 2)(t).value,
}


@pytest.mark.parametrize("way", LEAKED)
def test_a_tensor_that_leaks_out_of_a_traced_function_names_it(way):
    leaked = []

    @cr.compile
    def function(x):
        leaked.append(x * 2)
        return x

    function(X)
    if function.report().startswith("signature"):
        with pytest.raises(cr.UnboundInputError, match="the compiled function function was traced"):
            LEAKED[way](leaked[0])


def test_a_tensor_that_leaks_out_of_a_cell_names_it():
    leaked = []

    def cell(state, x):
        leaked.append(state)
        return state + x, None

    cr.scan(cell, 0.0, X)
    with pytest.raises(cr.UnboundInputError, match="the cell of a scan was traced"):
        (leaked[0] * 2).value  # noqa: B018


@pytest.mark.native
@pytest.mark.parametrize("read", [float, int, bool, lambda w: w.value, np.asarray, range])
def test_a_parameter_that_is_read_in_a_compiled_function_would_be_frozen(read):
    w = cr.parameter(3, "w", trainable=False)
    with pytest.raises(cr.ChainruleError, match="'w' was read in a compiled function"):
        cr.compile(lambda x: (read(w), x)[1])(X)
