"""grad, value_and_grad, vjp, jvp, jacobian, hessian: functions of functions."""

from typing import NamedTuple

import numpy as np
import pytest

import chainrule as cr

torch = pytest.importorskip("torch")


@pytest.fixture
def random():
    return np.random.default_rng(31)


def network(x, w, b):
    """A smooth function, written alike for chainrule and PyTorch."""
    module = torch if isinstance(b, torch.Tensor) else cr
    return module.tanh(x @ w + b)


def operands(random):
    return random.normal(size=(2, 3)), random.normal(size=(3, 4)), random.normal(size=4)


def test_grad_is_that_of_torch(random):
    arrays = operands(random)
    value, found = cr.value_and_grad(lambda *a: (network(*a) ** 2).sum(), argnums=(0, 1, 2))(
        *arrays
    )
    tensors = [torch.tensor(each, requires_grad=True) for each in arrays]
    loss = (network(*tensors) ** 2).sum()
    loss.backward()
    assert isinstance(found, tuple)
    np.testing.assert_allclose(value.value, loss.item())
    for ours, theirs in zip(found, tensors, strict=True):
        np.testing.assert_allclose(ours.value, theirs.grad.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("argnum", [0, 1, 2, -1, -3])
def test_jacobian_and_hessian_are_those_of_torch(argnum, random):
    arrays = operands(random)
    tensors = [torch.tensor(each) for each in arrays]

    def theirs(moved):
        changed = list(tensors)
        changed[argnum] = moved
        return network(*changed)

    found = cr.jacobian(network, argnum)(*arrays)
    wanted = torch.autograd.functional.jacobian(theirs, tensors[argnum])
    assert found.shape == tuple(wanted.shape)
    np.testing.assert_allclose(found.value, wanted.numpy(), rtol=1e-11, atol=1e-13)
    found = cr.hessian(lambda *a: (network(*a) ** 3).sum(), argnum)(*arrays)
    wanted = torch.autograd.functional.hessian(lambda m: (theirs(m) ** 3).sum(), tensors[argnum])
    np.testing.assert_allclose(found.value, wanted.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("function", "at", "wanted"),
    [
        (lambda x: x.sum(), np.ones(3), np.ones(3)),
        (lambda x: cr.stack([x, x * x, x**3]), np.array(2.0), [1.0, 4.0, 12.0]),
        (lambda x: cr.asarray(np.ones(2)), np.ones(3), np.zeros((2, 3))),
        (lambda x: cr.asarray(np.ones(3)), np.ones(2), np.zeros((3, 2))),
        (lambda x: x, np.ones(2), np.eye(2)),
        (lambda x: x[:0], np.ones(2), np.zeros((0, 2))),
        (lambda x: cr.concat([x, x]), np.zeros(0), np.zeros((0, 0))),
        (lambda x: x * x, np.array([1.0, 3.0], np.float32), np.diag([2.0, 6.0])),
    ],
)
def test_jacobians_by_hand(function, at, wanted):
    found = cr.jacobian(function)(at)
    assert found.dtype == at.dtype
    assert found.shape == np.shape(wanted)
    np.testing.assert_allclose(found.value, wanted)


def test_a_jacobian_wants_a_function_of_tensors():
    with pytest.raises(cr.GradientError, match="returned a value of type float instead"):
        cr.jacobian(lambda x: 3.0)(np.ones(2))


@pytest.mark.parametrize("function", [lambda x: x * np.ones(3), lambda x: x * 2.0])
def test_integers_have_no_jacobian(function):
    """Neither column by column nor row by row, whichever is chosen."""
    with pytest.raises(cr.GradientError, match="int64"):
        cr.jacobian(function)(2)


def test_the_hessian_is_symmetric_and_agrees_with_its_product(random):
    x, t = random.normal(size=4), random.normal(size=4)

    def f(x):
        return cr.exp(cr.sin(x) @ x) + cr.logsumexp(x * x)

    hessian = cr.hessian(f)(x).value
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12)
    found = cr.hessian_vector_product(f, x, t)
    np.testing.assert_allclose(found.value, hessian @ t, rtol=1e-11)


def test_vjp_and_jvp_are_products_with_the_jacobian(random):
    arrays = operands(random)
    jacobians = [cr.jacobian(network, i)(*arrays).value.reshape(8, -1) for i in range(3)]
    upstream = random.normal(size=(2, 4))
    output, pullback = cr.vjp(network, *arrays)
    np.testing.assert_allclose(output.value, np.tanh(arrays[0] @ arrays[1] + arrays[2]))
    for _ in range(2):
        for found, jacobian in zip(pullback(upstream), jacobians, strict=True):
            np.testing.assert_allclose(found.value.ravel(), upstream.ravel() @ jacobian)
    directions = [random.normal(size=each.shape) for each in arrays]
    output, tangent = cr.jvp(network, arrays, directions)
    wanted = sum(j @ t.ravel() for j, t in zip(jacobians, directions, strict=True))
    assert tangent.shape == output.shape
    np.testing.assert_allclose(tangent.value.ravel(), wanted, rtol=1e-11)


def test_an_output_that_does_not_move_has_tangent_and_gradient_zero():
    _, tangent = cr.jvp(lambda x: cr.asarray([1.0, 2.0]), (1.0,), (1.0,))
    np.testing.assert_array_equal(tangent.value, [0.0, 0.0])
    (gradient,) = cr.vjp(lambda x: cr.asarray(1.0), np.ones(3))[1](1.0)
    np.testing.assert_array_equal(gradient.value, np.zeros(3))
    assert cr.grad(lambda x, y: cr.exp(x), 1)(2.0, np.float32(3.0)).dtype == cr.float32
    _, tangent = cr.jvp(cr.floor, (1.5,), (1.0,))
    assert tangent.item() == 0.0


@pytest.mark.parametrize(
    ("directions", "kind", "message"),
    [
        ((np.ones(3),), cr.ShapeError, r"direction of shape \(3,\) for a primal of shape \(2,\)"),
        ((np.ones(2), np.ones(2)), cr.GradientError, "1 primals and 2 directions"),
    ],
)
def test_directions_have_the_form_of_the_primals(directions, kind, message):
    with pytest.raises(kind, match=message):
        cr.jvp(cr.exp, (np.ones(2),), directions)


def test_a_gradient_of_integers_is_the_same_error_in_a_compiled_function():
    with pytest.raises(cr.GradientError, match="int64"):
        cr.compile(cr.grad(lambda ids: cr.sum(ids * 2)))(np.array([1, 2]))


@pytest.mark.parametrize("direction", [1, 1.5])
def test_integers_do_not_move_in_forward_mode_either(direction):
    """A silently truncated or misplaced tangent would be a wrong derivative."""
    with pytest.raises(cr.GradientError, match="int64"):
        cr.jvp(lambda x: x * 2.0, (3,), (direction,))


def test_directions_are_converted_to_the_primals_dtype():
    _, tangent = cr.jvp(lambda x: x * x, (np.float32(3),), (1,))
    assert tangent.dtype == cr.float32
    assert tangent.item() == 6.0


# -- orders and nesting ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "at", "derivatives"),
    [
        (cr.exp, 0.5, [np.exp(0.5)] * 3),
        (cr.sin, 0.5, [np.cos(0.5), -np.sin(0.5), -np.cos(0.5)]),
        (lambda x: x**4, -2.0, [-32.0, 48.0, -48.0]),
        (lambda x: 1 / x, 2.0, [-0.25, 0.25, -0.375]),
        (cr.log, 2.0, [0.5, -0.25, 0.25]),
        (cr.sqrt, 4.0, [1 / 4, -1 / 32, 3 / 256]),
        (cr.softplus, 0.0, [0.5, 0.25, 0.0]),
        (cr.sigmoid, 0.0, [0.25, 0.0, -0.125]),
        (lambda x: cr.sum(x * cr.stack([x, x * x])), 3.0, [33.0, 20.0, 6.0]),
    ],
)
def test_derivatives_to_the_third_order(function, at, derivatives):
    derivative = function
    for wanted in derivatives:
        derivative = cr.grad(derivative)
        np.testing.assert_allclose(derivative(at).item(), wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("outer", "inner"), [("grad", "jvp"), ("jvp", "grad"), ("jvp", "jvp")])
def test_forward_and_reverse_mode_nest(outer, inner):
    modes = {"grad": cr.grad, "jvp": lambda f: lambda x: cr.jvp(f, (x,), (1.0,))[1]}
    second = modes[outer](modes[inner](lambda x: cr.sin(x) * cr.sigmoid(x) * x))
    wanted = cr.grad(cr.grad(lambda x: cr.sin(x) * cr.sigmoid(x) * x))(0.7).item()
    np.testing.assert_allclose(second(0.7).item(), wanted, rtol=1e-12)


def test_perturbations_of_nested_gradients_are_not_confused():
    """d/dx (x · d/dy (x + y)) is 1; confusing dx with dy gives 2 (Siskind and Pearlmutter)."""
    assert cr.grad(lambda x: x * cr.grad(lambda y: x + y)(1.0))(1.0).item() == 1.0
    assert cr.grad(lambda x: x * cr.grad(lambda y: x * y)(x))(3.0).item() == 6.0

    def forward(x):
        return x * cr.jvp(lambda y: x + y, (1.0,), (1.0,))[1]

    assert cr.jvp(forward, (1.0,), (1.0,))[1].item() == 1.0
    assert cr.grad(lambda x: x * cr.grad(lambda y: x * y * y)(x))(2.0).item() == 24.0


def test_a_function_may_use_a_parameter_and_be_differentiated_by_it():
    w = cr.parameter([1.0, 2.0], "w")
    slope = cr.grad(lambda x: (x * w * w).sum())
    gradient = slope([3.0, 4.0])
    np.testing.assert_array_equal(gradient.value, [1.0, 4.0])
    np.testing.assert_array_equal(cr.gradients(gradient.sum(), [w])[0].value, [2.0, 4.0])
    np.testing.assert_array_equal(cr.grad(lambda w: (w * w).sum())(w).value, [2.0, 4.0])


# -- arguments ---------------------------------------------------------------------------------


class Layer(NamedTuple):
    weight: object
    bias: object


def test_a_gradient_has_the_form_of_its_argument():
    tree = {"w": np.ones((2, 2)), "more": [np.array(2.0), (np.array([1.0]), [3.0, 4.0])]}

    def f(p):
        inner, numbers = p["more"][1]
        return p["w"].sum() * p["more"][0] + inner.sum() * numbers.sum()

    found = cr.grad(f)(tree)
    assert found.keys() == tree.keys()
    assert isinstance(found["more"][1], tuple)
    np.testing.assert_array_equal(found["w"].value, np.full((2, 2), 2.0))
    assert found["more"][0].item() == 4.0
    np.testing.assert_array_equal(found["more"][1][0].value, [7.0])
    np.testing.assert_array_equal(found["more"][1][1].value, [1.0, 1.0])


def test_named_tuples_keep_their_names():
    found = cr.grad(lambda p: (p.weight * p.bias).sum())(Layer(np.ones(2), np.full(2, 3.0)))
    np.testing.assert_array_equal(found.weight.value, [3.0, 3.0])


def test_lists_of_numbers_are_arrays_and_empty_containers_stay():
    assert cr.grad(lambda x: (x * x).sum())([[1, 2.0], [3, 4]]).shape == (2, 2)
    found = cr.grad(lambda p: p[0] * 2.0)([1.0, np.ones(3)])
    assert found[0].item() == 2.0
    np.testing.assert_array_equal(found[1].value, np.zeros(3))
    found = cr.grad(lambda p: p["x"] * 1.0)({"x": 2.0, "none": [], "nothing": {}})
    assert (found["none"], found["nothing"]) == ([], {})


def test_argnums_and_keywords():
    def f(x, y, *, scale=1.0):
        return (x * y * scale).sum()

    assert cr.grad(f)(2.0, 3.0).item() == 3.0
    assert cr.grad(f, 1)(2.0, 3.0, scale=10.0).item() == 20.0
    assert cr.grad(f, -1)(2.0, 3.0).item() == 2.0
    both = cr.grad(f, [1, 0])(2.0, 3.0)
    assert [each.item() for each in both] == [2.0, 3.0]
    assert isinstance(cr.grad(f, (0,))(2.0, 3.0), tuple)
    assert cr.grad(f).__name__ == "f"


@pytest.mark.parametrize("argnums", [2, (0, 2), -3])
def test_an_argument_that_is_not_there(argnums):
    with pytest.raises(cr.GradientError, match=r"was\s+called with 2 arguments. Arguments are"):
        cr.grad(lambda x, y: x * y, argnums)(1.0, 2.0)


def test_functions_without_a_scalar_are_refused():
    with pytest.raises(cr.GradientError, match="only a scalar has one"):
        cr.grad(lambda x: x * 2)(np.ones(2))
    with pytest.raises(cr.GradientError, match=r"of type float instead.*without .item\(\)"):
        cr.grad(lambda x: x.item() * 2)(1.0)
    with pytest.raises(cr.GradientError, match="it is int64"):
        cr.grad(lambda x: x * 2.0)(3)
    with pytest.raises(cr.GradientError, match=r"upstream has shape \(3,\)"):
        cr.vjp(cr.exp, np.ones(2))[1](np.ones(3))


def test_values_pass_through_unbound_arguments():
    """While a graph is built, the same functions differentiate symbolically."""
    x = cr.input("x", (3,))
    value, gradient = cr.value_and_grad(lambda x: cr.exp(x).sum())(x)
    assert value.value is gradient.value is None
    assert gradient.shape == (3,)
    output, tangent = cr.jvp(cr.softmax, (x,), (np.ones(3),))
    assert output.value is tangent.value is None
    assert tangent.shape == (3,)


@pytest.mark.parametrize("transform", [cr.jacfwd, cr.jacrev])
@pytest.mark.parametrize("compiled", [False, True])
def test_jacobians_of_trees_in_both_modes_are_those_of_jax(transform, compiled, random):
    jax = pytest.importorskip("jax")
    weights = {"w": random.normal(size=(2, 3)), "b": [random.normal(size=2), random.normal()]}
    weights = {**weights, "b": [weights["b"][0], np.asarray(weights["b"][1])]}
    x = random.normal(size=3)

    def function(weights, x, numpy):
        return numpy.tanh(weights["w"] @ x + weights["b"][0]) * weights["b"][1]

    ours = transform(lambda weights, x: function(weights, x, cr), argnums=(0, 1))
    found = (cr.compile(ours) if compiled else ours)(weights, x)
    with jax.enable_x64(True):
        theirs = getattr(jax, transform.__name__)
        wanted = theirs(lambda weights, x: function(weights, x, jax.numpy), argnums=(0, 1))(
            weights, x
        )
    assert isinstance(found, tuple)
    pairs = [(found[0]["w"], wanted[0]["w"]), (found[1], wanted[1])]
    pairs += list(zip(found[0]["b"], wanted[0]["b"], strict=True))
    for each, other in pairs:
        np.testing.assert_allclose(each.value, other, rtol=1e-10, atol=1e-12)


def test_a_compiled_jacobian_holds_one_pass():
    sizes = []
    for n in (4, 40):
        compiled = cr.compile(cr.jacrev(lambda x: cr.tanh(x) * x.sum()))
        compiled(np.ones(n))
        sizes.append(len(str(compiled.stages["trace"]).splitlines()))
    assert sizes[0] == sizes[1]
