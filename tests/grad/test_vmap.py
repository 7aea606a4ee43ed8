"""A mapped function is a loop over the examples, whatever it is made of."""

from collections import namedtuple

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import topological_order

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(4, 3))
Y = RANDOM.normal(size=(4, 3))
W = {"inner": RANDOM.normal(size=(3, 5)), "outer": RANDOM.normal(size=5)}
SEQUENCES = RANDOM.normal(size=(4, 6, 3))
U = RANDOM.normal(size=(3, 3))
KEYS = np.stack([np.full(4, 7), np.arange(4)], axis=1)
MODEL = cr.nn.Sequential(
    cr.nn.Linear(3, 4, random=0, dtype="float64"),
    cr.relu,
    cr.nn.Linear(4, 2, random=1, dtype="float64"),
)
CONVOLUTION = cr.nn.Conv2d(2, 3, 3, random=0, dtype="float64")
IMAGES = RANDOM.normal(size=(4, 2, 5, 5))


def net(weights, x):
    return cr.tanh(x @ weights["inner"]) @ weights["outer"]


def loss(weights, x, y):
    return ((net(weights, x) - y) ** 2).sum()


def recurrent(u, xs):
    def cell(state, x):
        state = cr.tanh(x + state @ u)
        return state, state * 2.0

    last, outputs = cr.scan(cell, np.zeros(3), xs)
    return (last * outputs.sum(0)).sum()


def reversed_with_count(u, xs):
    """A scan from the end, whose count is the same for all examples."""

    def cell(state, x):
        h, count = state
        return (cr.tanh(h @ u + x * count), count + 1.0), (h * count, count)

    (h, count), (outputs, counts) = cr.scan(cell, (np.ones(3), 0.0), xs, reverse=True)
    return (h + count + outputs.sum(0) * counts.sum()).sum()


@cr.gate
def cube(x, scale):
    return x * x * x * scale


@cube.backward
def _(upstream, output, x, scale):
    return upstream * 3.0 * x * x * scale, (upstream * x * x * x * 10.0).sum()


def model_gradients(x):
    return cr.gradients(MODEL(x).sum(), MODEL.parameters())


CASES = {
    "a model": (MODEL, (0,), (X,)),
    "grad": (cr.grad(loss), (None, 0, 0), (W, X, Y[:, 0])),
    "grad of the example": (cr.grad(loss, 1), (None, 0, 0), (W, X, Y[:, 0])),
    "value_and_grad": (cr.value_and_grad(loss), (None, 0, 0), (W, X, Y[:, 0])),
    "gradients of parameters": (model_gradients, 0, (X,)),
    "jvp": (lambda x, t: cr.jvp(lambda x: net(W, x), (x,), (t,)), 0, (X, Y)),
    "vjp": (lambda x, u: cr.vjp(lambda x: cr.tanh(x) * x, x)[1](u), 0, (X, Y)),
    "jacobian": (cr.jacobian(lambda x: cr.tanh(x) @ W["inner"]), 0, (X,)),
    "hessian": (cr.hessian(lambda x: net(W, x)), 0, (X,)),
    "hessian times a vector": (
        lambda x, t: cr.hessian_vector_product(lambda x: net(W, x), x, t),
        0,
        (X, Y),
    ),
    "vmap": (cr.vmap(lambda x, y: x * y + x), (0, None), (X, Y[0])),
    "vmap over another axis": (cr.vmap(lambda u, x: cr.sin(u) @ x, (-1, None)), (None, 0), (U, X)),
    "a scan": (recurrent, (None, 0), (U, SEQUENCES)),
    "a scan from the end": (reversed_with_count, (None, 0), (U, SEQUENCES)),
    "a scan of the same inputs": (recurrent, (0, None), (np.stack([U, -U]), SEQUENCES[0])),
    "the gradient of a scan": (cr.grad(recurrent), (None, 0), (U, SEQUENCES)),
    "the hessian of a scan": (cr.hessian(recurrent), (None, 0), (U, SEQUENCES[:, :2])),
    "a map in a scan": (
        lambda x: cr.scan(lambda s, t: (cr.vmap(lambda a: cr.tanh(a * t))(s), s), x, Y[0])[1],
        0,
        (X,),
    ),
    "maps of the gradient of a scan": (
        cr.vmap(cr.grad(recurrent), (None, 0)),
        (None, 0),
        (U, SEQUENCES.reshape(2, 2, 6, 3)),
    ),
    "where": (lambda x: cr.where(x.sum() > 0, x, -2.0 * x), 0, (X,)),
    "a gate with its own backward": (cube, (0, None), (X, np.array(2.0))),
    "the gradient of such a gate": (
        cr.grad(lambda x, s: cube(x, s).sum(), (0, 1)),
        (0, None),
        (X, np.array(2.0)),
    ),
    "a compiled function": (cr.compile(lambda x: cr.exp(x).sum()), 0, (X,)),
    "ids": (lambda x, i: cr.asarray(x)[i] * 2.0, 0, (X, np.array([0, 2, 1, -1]))),
    "ids into one table": (lambda i: cr.take(X, i), 0, (np.array([[0, 3], [1, 1]]),)),
    "put": (lambda x, i: cr.put(x, i[None], 9.0), 0, (X, np.array([0, 2, 1, 1]))),
    "random numbers": (lambda k: cr.random.uniform(k, (3,), "float64"), 0, (KEYS,)),
    "convolution": (lambda x: cr.max_pool(CONVOLUTION(x[None]), 2)[0], 0, (IMAGES,)),
    "positions and totals": (lambda x: (cr.argmax(x), cr.max(x), cr.cumulative_sum(x)), 0, (X,)),
}


def leaves(tree):
    if isinstance(tree, dict):
        return [leaf for each in tree.values() for leaf in leaves(each)]
    return (
        [leaf for each in tree for leaf in leaves(each)]
        if isinstance(tree, list | tuple)
        else [tree]
    )


def example(tree, axis, i):
    """Return one example of an argument."""
    if axis is None:
        return tree
    return {k: example(v, axis, i) for k, v in tree.items()} if isinstance(tree, dict) else tree[i]


def looped(function, axes, args):
    axes = axes if isinstance(axes, tuple) else (axes,) * len(args)
    size = next(len(arg) for arg, axis in zip(args, axes, strict=True) if axis is not None)
    rows = [
        leaves(function(*(example(*pair, i) for pair in zip(args, axes, strict=True))))
        for i in range(size)
    ]
    return [np.stack([each.value for each in column]) for column in zip(*rows, strict=True)]


def assert_mapped(function, axes, args, run):
    found = leaves(run(*args))
    for each, wanted in zip(found, looped(function, axes, args), strict=True):
        assert (each.shape, each.dtype) == (wanted.shape, wanted.dtype)
        np.testing.assert_allclose(each.value, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_it_is_a_loop_over_the_examples(name):
    function, axes, args = CASES[name]
    assert_mapped(function, axes, args, cr.vmap(function, in_axes=axes))


@pytest.mark.native
@pytest.mark.parametrize("name", CASES)
def test_it_compiles(name):
    function, axes, args = CASES[name]
    assert_mapped(function, axes, args, cr.compile(cr.vmap(function, in_axes=axes)))


@pytest.mark.native
def test_python_numbers_are_the_same_for_all_examples():
    scaled = cr.compile(cr.vmap(lambda x, n: x * n, (0, None)))
    for n in (3, 2.5):
        np.testing.assert_array_equal(scaled(X, n).value, X * n)
    repeated = cr.compile(lambda x, n: cr.vmap(lambda x: x, None, axis_size=n)(x))
    assert repeated(X, 2).shape == (2, 4, 3)


@pytest.mark.parametrize(
    ("function", "args"), [(recurrent, (U, SEQUENCES)), (reversed_with_count, (U, SEQUENCES))]
)
def test_a_mapped_scan_can_be_differentiated(function, args):
    def total(*args):
        return cr.vmap(function, in_axes=(None, 0))(*args).sum()

    def looped(u, xs):
        return sum((function(u, xs[i]) for i in range(4)), cr.asarray(0.0))

    for found, wanted in zip(
        cr.grad(total, (0, 1))(*args), cr.grad(looped, (0, 1))(*args), strict=True
    ):
        np.testing.assert_allclose(found.value, wanted.value, rtol=1e-10)


def test_a_mapped_function_passes_the_check_of_gradients():
    assert (
        cr.check_gradients(cr.vmap(lambda x: cube(cr.sin(x) + W["outer"][:3], x[0])), X).ok is False
    )
    assert cr.check_gradients(cr.vmap(lambda x: net(W, x) * x), X).ok


# -- axes and trees --------------------------------------------------------------------------------

Pair = namedtuple("Pair", ["left", "right"])


@pytest.mark.parametrize(
    ("in_axes", "args"),
    [
        (0, (X, Y)),
        ([0, 0], (X, Y)),
        ((-2, 0), (X, Y)),
        ((1, -1), (X.T, Y.T)),
        ((0, None), (X, Y[0])),
        ((0, None), (X, list(Y[0]))),
        ((0, 0), (X.tolist(), Y)),
        ((0, 1), (cr.asarray(X), cr.parameter(Y.T))),
    ],
)
@pytest.mark.parametrize("out_axis", [0, 1, -1])
def test_axes_may_be_anywhere(in_axes, args, out_axis):
    found = cr.vmap(lambda x, y: x * y, in_axes, out_axis)(*args)
    wanted = X * (Y[0] if isinstance(in_axes, tuple) and in_axes[1] is None else Y)
    np.testing.assert_allclose(found.value, np.moveaxis(wanted, 0, out_axis))


@pytest.mark.parametrize(
    "in_axes",
    [
        ({"x": 0, "rest": (0, None, None)}, None),
        [{"x": 0, "rest": [0, None, 0]}, None],
        ({"x": 0, "rest": (0, None, 0)}, 0),
    ],
)
def test_axes_are_prefixes_of_trees(in_axes):
    def function(tree, other):
        y, scale, nothing = tree["rest"]
        assert nothing is None
        assert tree["x"].shape == y.shape == (3,)
        return tree["x"] * y * scale + other

    tree = {"x": X, "rest": (Y, 2.0, None)}
    other = 1.0 if in_axes[1] is None else np.ones(4)
    found = cr.vmap(function, in_axes)(tree, other)
    np.testing.assert_allclose(found.value, X * Y * 2.0 + 1.0)


def test_results_keep_their_structure():
    def function(x):
        return {
            "pair": Pair(x, [x.sum(), None]),
            "text": "text",
            "number": 3,
            "same": cr.asarray(Y[0]),
        }

    axes = {"pair": 0, "text": None, "number": 0, "same": None}
    found = cr.vmap(function, out_axes=axes)(X)
    assert isinstance(found["pair"], Pair)
    assert found["pair"].right[1] is None
    assert found["text"] == "text"
    np.testing.assert_array_equal(found["pair"].left.value, X)
    np.testing.assert_array_equal(found["number"].value, [3] * 4)
    np.testing.assert_array_equal(found["same"].value, Y[0])
    np.testing.assert_array_equal(cr.vmap(function)(X)["same"].value, [Y[0]] * 4)


def test_the_number_of_examples_may_be_given():
    found = cr.vmap(lambda x: x * 2.0, in_axes=None, axis_size=3)(X[0])
    np.testing.assert_array_equal(found.value, [X[0] * 2.0] * 3)
    assert cr.vmap(lambda x: x * 2.0)(X[:0]).shape == (0, 3)
    assert cr.vmap(cr.grad(lambda x: recurrent(U, x)))(SEQUENCES[:0]).shape == (0, 6, 3)


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (
            lambda f: cr.vmap(f)(X, X[:3]),
            cr.ShapeError,
            "4 in axis 0 of argument 0, 3 in axis 0 of",
        ),
        (
            lambda f: cr.vmap(f, axis_size=5)(X, X),
            cr.ShapeError,
            "argument 1, axis_size=5. They must",
        ),
        (lambda f: cr.vmap(f)(X, 1.0), cr.ShapeError, "axis 0 of argument 1, which is a scalar"),
        (
            lambda f: cr.vmap(f, 2)(X, X),
            cr.ShapeError,
            r"axis 2 of argument 0, which has shape \(4",
        ),
        (lambda f: cr.vmap(f, (0,))(X, X), cr.ShapeError, r"in_axes=\(0,\) for 2 positional arg"),
        (lambda f: cr.vmap(f, {"x": 0})(X, X), cr.ShapeError, "for 2 positional arguments"),
        (lambda f: cr.vmap(f, None)(X, X), cr.ShapeError, "in_axes names no axis of an argument"),
        (lambda f: cr.vmap(f, (0, {"y": 0}))(X, {"z": X}), cr.ShapeError, "dict with the keys 'y'"),
        (lambda f: cr.vmap(f, (0, (0, 0)))(X, X), cr.ShapeError, "2 values, but argument 1 is one"),
        (lambda f: cr.vmap(f, True)(X, X), cr.ShapeError, "The axis True was given for argument 0"),
        (lambda f: cr.vmap(f, (0, "a"))(X, X), cr.ShapeError, "axis 'a' was given for argument 1"),
        (lambda f: cr.vmap(f, out_axes=None)(X, X), cr.ShapeError, "out_axes is None for add"),
        (lambda f: cr.vmap(f, out_axes=2)(X, X), cr.ShapeError, "axis 2 of the result, which has"),
        (lambda f: cr.vmap(f, out_axes=(0, 0))(X, X), cr.ShapeError, "but the result is one"),
        (lambda f: cr.vmap(f)(X, y=X), cr.DTypeError, "the array y by keyword"),
    ],
)
def test_axes_that_do_not_fit_are_refused(run, error, message):
    with pytest.raises(error, match=message):
        run(lambda x, y: x + y)


# -- values, updates, random numbers ---------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.native)])
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: x * float(x.sum()),
        lambda x: x * x.value,
        lambda x: x * int(cr.argmax(x)),
        lambda x: cr.asarray(np.asarray(x)),
    ],
)
def test_a_read_of_the_value_of_an_example_names_the_line(function, compiled):
    mapped = cr.compile(cr.vmap(function)) if compiled else cr.vmap(function)
    line = rf" at test_vmap.py:{function.__code__.co_firstlineno}[ ,]"
    with pytest.raises(cr.UnboundInputError, match=line):
        mapped(X)


def test_values_that_are_the_same_for_all_examples_may_be_read():
    found = cr.vmap(lambda x, s: x if float(s) > 0 else -x, (0, None))(X, cr.asarray(-1.0))
    np.testing.assert_array_equal(found.value, -X)


def test_an_update_with_values_of_an_example_is_refused():
    norm = cr.nn.BatchNorm(3, dtype="float64")
    mapped = cr.vmap(lambda x: norm(cr.stack([x, x * 2.0])))
    with pytest.raises(cr.ImmutableError, match=r"call model.eval\(\) first"):
        mapped(X)
    norm.eval()
    assert mapped(X).shape == (4, 2, 3)


@pytest.mark.native
def test_an_update_with_values_of_an_example_is_refused_in_a_compiled_function():
    norm = cr.nn.BatchNorm(3, dtype="float64")
    with pytest.raises(cr.ImmutableError, match="is updated with values of one example"):
        cr.compile(cr.vmap(lambda x: norm(cr.stack([x, x * 2.0]))))(X)


def test_a_parameter_must_not_change_between_its_reads():
    w = cr.parameter(np.ones(3), "w")

    def function(x):
        y = x * w
        w.assign(np.zeros(3))
        return y

    with pytest.raises(cr.ImmutableError, match="'w' was updated in a function mapped by vmap"):
        cr.vmap(function)(X)


def test_examples_with_one_key_have_the_same_numbers():
    stream = cr.random.Stream(5)
    drawn = cr.vmap(lambda x: x * 0.0 + cr.random.uniform(stream.key(), (3,)))(X).value
    assert stream.draws == 1
    np.testing.assert_array_equal(drawn, drawn[:1].repeat(4, 0))
    keys = cr.stack([stream.key() for _ in range(4)])
    drawn = cr.vmap(lambda k: cr.random.uniform(k, (3,)))(keys).value
    assert len(np.unique(drawn)) == 12


# -- the graph -------------------------------------------------------------------------------------


def gates(tensor):
    return [each for each in topological_order([tensor]) if each.primitive is not None]


def test_no_loop_over_the_examples_is_left():
    few, many = (cr.vmap(lambda x: net(W, x))(cr.input("x", value=X[[0] * n])) for n in (2, 50))
    assert len(gates(few)) == len(gates(many)) == 3


def test_gates_have_the_lines_of_the_function_and_come_call_by_call():
    x = cr.input("x", value=X)
    y = cr.vmap(MODEL)(x).sum()
    text = str(cr.Graph(y))
    assert "backward" not in text
    assert {each.origin.file for each in gates(y)} == {__file__}
    found = cr.Graph(y).forward(x=Y)
    np.testing.assert_allclose(found, MODEL(Y).value.sum())


def test_what_is_the_same_for_all_examples_is_computed_once():
    w = cr.parameter(U)
    y = cr.vmap(lambda x: x @ cr.exp(w))(cr.input("x", value=X))
    (inner,) = [each for each in gates(y) if each.kind == "exp"]
    assert inner.shape == U.shape


def test_a_result_that_is_the_same_leads_to_the_others():
    w = cr.parameter(U[0])

    def function(x):
        doubled = w * 2.0
        return doubled, doubled * x

    doubled, products = cr.vmap(function, out_axes=(None, 0))(X)
    np.testing.assert_allclose(cr.gradients(products.sum(), [doubled])[0].value, X.sum(0))


def test_gradients_of_arrays_keep_no_graph():
    found = cr.vmap(cr.grad(loss), in_axes=(None, 0, 0))(W, X, Y[:, 0])
    assert all(not each.inputs for each in found.values())


def test_a_model_that_maps_has_a_summary():
    class PerExample(cr.nn.Module):
        def __init__(self):
            self.layer = cr.nn.Linear(3, 2, random=0, dtype="float64")

        def forward(self, x):
            return cr.vmap(self.layer)(x)

    text = str(cr.summary(PerExample(), X))
    assert "layer" in text
    assert "forward: " in text
    assert cr.check_gradients(PerExample(), X).ok


def test_a_primitive_without_a_rule_runs_one_example_after_the_other(own_primitives):
    twice = cr.PRIMITIVES["exp"]
    fields = {name: getattr(twice, name) for name in twice.__dataclass_fields__}
    plain = cr.declare(cr.Primitive(**{**fields, "name": "own", "family": "rows"}))
    with pytest.warns(UserWarning, match="vmap runs own for one example after the other"):
        found = cr.vmap(lambda x: cr.apply(plain, x))(X)
    np.testing.assert_allclose(found.value, np.exp(X))
    wrong = cr.declare(
        cr.Primitive(**{**fields, "name": "wrong", "vmap": lambda batch, x: x.sum(0)})
    )
    with pytest.raises(cr.PrimitiveError, match=r"rule vmap of the primitive 'wrong' returned"):
        cr.vmap(lambda x: cr.apply(wrong, x))(X)


@pytest.mark.native
def test_the_windows_of_a_mapped_convolution_are_never_stored():
    """The compiler knows the products of windows again, also in the gradients per example."""

    def total(kernels, image):
        return cr.max_pool(cr.convolve(cr.convolve(image[None], kernels), kernels), 1).sum()

    step = cr.compile(cr.vmap(cr.grad(total), in_axes=(None, 0)))
    step(RANDOM.normal(size=(2, 2, 2, 2)), IMAGES)
    for rule in ("windows in a product", "product by windows", "product added up"):
        assert rule in str(step.report())
