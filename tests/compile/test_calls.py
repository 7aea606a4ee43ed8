"""A call of a compiled function is a gate; its gradients are those of the plain function."""

import numpy as np
import pytest

import chainrule as cr

X = np.array([[0.3, -0.2, 0.7], [1.1, 0.4, -0.5]])
DIRECTION = np.array([[0.5, 1.0, -2.0], [0.1, 0.0, 1.0]])


@pytest.fixture
def w():
    return cr.parameter(np.array([[1.0, -2.0], [0.5, 0.3], [-0.7, 0.9]]), "w")


def scalar(w):
    return lambda x: (cr.tanh(x @ w) ** 2).sum()


def of_nothing_else(w):
    return lambda x: (x * cr.exp(x)).sum()


def with_a_loop(w):
    return lambda x: cr.scan(lambda s, e: (cr.tanh(s * e[:2] + e @ w), s[0]), x[0, :2], x)[1].sum()


def of_a_compiled_one(w):
    inner = cr.compile(lambda x: x @ w)
    return lambda x: cr.sigmoid(inner(x)).sum()


FUNCTIONS = (scalar, of_nothing_else, with_a_loop, of_a_compiled_one)
TRANSFORMS = {
    "grad": lambda f: cr.grad(f)(X),
    "value_and_grad": lambda f: cr.value_and_grad(f)(X)[1],
    "vjp": lambda f: cr.vjp(f, X)[1](2.0)[0],
    "jvp": lambda f: cr.jvp(f, (X,), (DIRECTION,))[1],
    "jacobian": lambda f: cr.jacobian(f)(X),
    "hessian": lambda f: cr.hessian(f)(X),
    "product with the hessian": lambda f: cr.hessian_vector_product(f, X, DIRECTION),
    "third derivative": lambda f: cr.grad(lambda x: (cr.hessian(f)(x) ** 2).sum())(X),
    "gradients": lambda f: cr.gradients(f(x := cr.input("x", value=X)), [x])[0],
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", TRANSFORMS)
def test_derivatives_are_those_of_the_plain_function(function, name, w):
    plain = function(w)
    wanted = TRANSFORMS[name](plain)
    found = TRANSFORMS[name](cr.compile(plain))
    compiled = cr.compile(lambda: TRANSFORMS[name](cr.compile(plain)))()
    for each in (found, compiled):
        np.testing.assert_allclose(each.value, wanted.value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_parameters_that_are_captured_get_the_gradient_of_the_plain_function(function, w):
    found = cr.gradients(cr.compile(function(w))(X) * 3.0, [w])
    wanted = cr.gradients(function(w)(X) * 3.0, [w])
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours is None) is (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-12)


def test_inputs_and_results_that_are_captured_get_gradients_too(w):
    x = cr.input("x", value=X)
    half = w * 0.5
    function = cr.compile(lambda scale: ((x @ half) * scale).sum())
    found = cr.gradients(function(2.0), [x, w, half])
    wanted = cr.gradients(((x @ half) * 2.0).sum(), [x, w, half])
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-12)


@pytest.mark.parametrize("made", [lambda f: f, cr.compile], ids=["eager", "compiled"])
def test_a_result_that_is_captured_is_the_value_that_it_was(w, made):
    half = made(lambda x: cr.tanh(x @ w))(X)
    total = lambda scale: (half * scale).sum()  # noqa: E731
    by_w = lambda: cr.gradients(total(2.0), [w])[0]  # noqa: E731
    compiled, gradient = cr.compile(total), cr.compile(by_w)
    for ours, theirs in zip(
        cr.gradients(compiled(2.0), [half, w]), cr.gradients(total(2.0), [half, w]), strict=True
    ):
        np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-12)
    np.testing.assert_allclose(gradient().value, by_w().value, rtol=1e-12)
    wanted = total(2.0).item()
    for _ in range(2):
        w.assign(w.value * 2.0)
        assert compiled(2.0).item() == pytest.approx(wanted)
        for call in (gradient, by_w, lambda: cr.gradients(compiled(2.0), [w])):
            with pytest.raises(cr.GradientError, match="'w' last changed"):
                call()
    if compiled.report().startswith("signature"):
        assert "parameters have changed" in compiled.report()


def test_structural_zeros_stay_zero():
    for function in (
        lambda x, y: (y * 2.0).sum(),
        lambda x, y: cr.floor(x).sum() + y.sum(),
        lambda x, y: (cr.stop_gradient(x) * y).sum(),
        lambda x, y: y[cr.argmax(x, axis=0)[0]].sum(),
    ):
        compiled = cr.compile(function)
        np.testing.assert_array_equal(cr.grad(lambda x: compiled(x, X))(X).value, 0.0)  # noqa: B023
    linear = cr.compile(lambda x: (x * 3.0).sum())
    np.testing.assert_array_equal(cr.hessian(linear)(X).value, 0.0)


def test_of_several_outputs_each_has_its_gradient(w):
    def outputs(x):
        hidden = x @ w
        return {"hidden": hidden, "best": cr.argmax(hidden, axis=1), "size": (hidden**2).sum()}

    def loss(found):
        return found["size"] + (found["hidden"] * found["best"][:, None]).sum()

    found = cr.gradients(loss(cr.compile(outputs)(X)), [w])[0]
    wanted = cr.gradients(loss(outputs(cr.asarray(X))), [w])[0]
    np.testing.assert_allclose(found.value, wanted.value, rtol=1e-12)


def test_arguments_are_remembered_as_they_were(w):
    x = X.copy()
    result = cr.compile(lambda x: (x @ w).sum())(x)
    x[...] = 0.0
    np.testing.assert_allclose(
        cr.gradients(result, [w])[0].value, np.outer(X.sum(axis=0), [1.0, 1.0])
    )


def test_a_tensor_that_is_given_twice_gets_both_gradients(w):
    x = cr.input("x", value=X)
    product = cr.compile(lambda a, b: (a * b * b).sum())
    np.testing.assert_allclose(cr.gradients(product(x, x), [x])[0].value, 3 * X**2, rtol=1e-12)


def test_dropout_drops_the_same_in_both_directions():
    layer = cr.nn.Dropout(0.5, random=1)
    x = cr.input("x", value=np.ones(64))
    found = cr.compile(layer)(x)
    np.testing.assert_array_equal(cr.gradients(found.sum(), [x])[0].value, found.value)
    assert 0 < np.count_nonzero(found.value) < 64


def test_the_gradient_of_looked_up_rows_stays_rows():
    table = cr.nn.Embedding(10, 3, random=0)
    loss = (cr.compile(table)(np.array([1, 2, 2])) ** 2).sum()
    (gradient,) = cr.gradients(loss, [table.weight])
    assert gradient.primitive.name == "add_rows"


def test_a_loss_that_a_step_has_outdated_is_refused(w):
    optimizer = cr.optim.SGD([w], 0.1)

    @cr.compile
    def step(x):
        loss = (x @ w).sum()
        optimizer.minimize(loss)
        return loss

    loss = step(X)
    with pytest.raises(cr.GradientError, match="'w' last changed"):
        cr.gradients(loss, [w])
    later = cr.compile(lambda x: (x @ w).sum())(X)
    w.assign(w.value * 2)
    with pytest.raises(cr.GradientError, match="'w' last changed"):
        cr.gradients(later, [w])


def test_a_cell_of_a_scan_may_be_compiled(w):
    cell = lambda s, x: (cr.tanh(s + x @ w), s)  # noqa: E731
    start = np.zeros(2)
    for function in (cell, cr.compile(cell)):
        last, _ = cr.scan(function, start, X)
        found = cr.gradients(last.sum(), [w])[0].value
        if function is cell:
            wanted = found
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.native
def test_a_graph_runs_through_a_call_with_other_numbers(w):
    plain = scalar(w)
    graph = cr.Graph(cr.compile(plain)(cr.input("x", value=X)))
    assert graph.forward(x=DIRECTION) == pytest.approx(plain(cr.asarray(DIRECTION)).item())
    found = graph.backward()
    x = cr.input("x", value=DIRECTION)
    for name, wanted in zip(("x", "w"), cr.gradients(plain(x), [x, w]), strict=True):
        np.testing.assert_allclose(found[name], wanted.value, rtol=1e-12)
    assert graph.check().ok
    assert "in native code" in str(graph.explain())


def test_a_result_that_another_compiled_function_uses_is_native_there(w):
    x = cr.input("x", value=X)
    hidden = cr.compile(lambda x: cr.tanh(x @ w))(x)
    outer = cr.compile(lambda scale: (hidden * scale).sum())
    assert outer(2.0).item() == pytest.approx(2 * np.tanh(X @ w.value).sum())
    if outer.report().startswith("signature"):
        assert "on the reference evaluator: nothing" in outer.report()


@pytest.mark.native
def test_frozen_state_that_nothing_flows_through_leaves_constants():
    result = cr.compile(lambda x: x * 2.0)(X)
    assert not result.tracked
    counts = cr.parameter(np.arange(3), "counts", trainable=False)
    assert not cr.compile(lambda x: counts[x])(np.array([1, 2])).tracked


@pytest.mark.native
def test_an_input_that_is_captured_without_a_value_is_named():
    x = cr.input("x", (3,))
    with pytest.raises(cr.UnboundInputError, match="uses the input 'x', which has no value"):
        cr.compile(lambda scale: x * scale)(2.0)
    with pytest.raises(cr.UnboundInputError, match="uses the input 'x', which has no value"):
        cr.compile(lambda scale: cr.scan(lambda s, e: (s + e, s), scale, x)[0])(2.0)


def test_an_argument_without_a_value_makes_the_gates_of_the_plain_function(w):
    graph = cr.Graph(cr.compile(scalar(w))(cr.input("x", X.shape)))
    assert graph.forward(x=X) == pytest.approx(scalar(w)(cr.asarray(X)).item())
    assert "tanh" in [gate.kind for gate in graph.gates]
