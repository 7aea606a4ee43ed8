"""cond and while_loop: values, gradients, native code, nesting, errors."""

from functools import partial

import numpy as np
import pytest

import chainrule as cr

jax = pytest.importorskip("jax")
W = cr.parameter(np.random.default_rng(0).normal(size=(3, 3)), "W")
X = np.random.default_rng(1).normal(size=(4, 3))


def modes(function):
    """Return a function, and the function compiled without gates on the reference evaluator."""
    compiled = cr.compile(function)

    def native(*args):
        result = compiled(*args)
        assert "reference" not in str(compiled.stages["fuse"])
        return result

    return function, native


def branch(x, limit=0.0):
    return cr.cond(x.sum() > limit, lambda x: cr.tanh(x @ W), lambda x: x * 2 + W[0], x)


def counted(x, limit=0.5, **options):
    """Halve x until its square is small; return it, and the number of steps."""
    return cr.while_loop(
        lambda s: (s[0] ** 2).sum() > limit,
        lambda s: (s[0] * 0.5 * cr.cos(W[0, 0]), s[1] + 1),
        (x, 0),
        **options,
    )


def swapped(x):
    """The new state is the old one in other places, so that it must be copied twice."""
    found = cr.while_loop(
        lambda s: s["n"] < 3,
        lambda s: {"n": s["n"] + 1, "a": s["b"], "b": s["a"], "c": s["c"], "d": W[0]},
        {"n": 0, "a": x[0], "b": x[1], "c": x[2], "d": x[3]},
        max_steps=5,
    )
    return cr.stack([found[each] for each in "abcd"])


def in_scan(x):
    """Branches and loops inside a scan, and inside each other."""

    def step(state, x):
        new = cr.cond(
            x.sum() > 0,
            lambda s: cr.while_loop(lambda s: abs(s).sum() > 1, lambda s: s / 2, s, max_steps=9),
            lambda s: cr.cond(s[0] > 0, lambda s: s * x, lambda s: cr.sin(s) @ W, s),
            state + x,
        )
        return new, new.sum()

    state, sums = cr.scan(step, cr.asarray(np.ones(3)), x)
    return cr.concat([state, sums])


def scan_in_loop(x):
    def body(state):
        summed, n = state
        return cr.scan(lambda s, row: (cr.tanh(s + row @ W), None), summed, x)[0], n + 1

    return cr.while_loop(lambda s: s[1] < 3, body, (x[0] * 0, 0), max_steps=3)[0]


FUNCTIONS = {
    "true": lambda x: branch(x, -1e9),
    "false": lambda x: branch(x, 1e9),
    "loop": lambda x: counted(x, max_steps=20)[0],
    "no step": lambda x: counted(x, 1e9, max_steps=4)[0],
    "ended by max_steps": lambda x: counted(x, 1e-9, max_steps=2)[0],
    "swapped": swapped,
    "in scan": in_scan,
    "scan in loop": scan_in_loop,
    "parameters": lambda x: cr.cond(x[0, 0] > 99.0, lambda: W * 2, lambda: W**2) * x[:3],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_native_code_gives_the_same(name):
    eager, native = modes(FUNCTIONS[name])
    for x in (X, -X):
        np.testing.assert_allclose(native(x).value, eager(x).value, rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients(name):
    function = FUNCTIONS[name]
    assert cr.check_gradients(function, X).ok, cr.check_gradients(function, X)
    eager, native = modes(cr.grad(lambda x: (function(x) ** 2).sum()))
    np.testing.assert_allclose(native(X).value, eager(X).value, rtol=1e-11)
    (by_forward,), (by_reverse,) = (
        each(lambda x: (function(x) ** 2).sum(), [0])(X) for each in (cr.jacfwd, cr.jacrev)
    )
    np.testing.assert_allclose(by_forward.value, by_reverse.value, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", ["true", "loop", "in scan"])
def test_second_derivatives(name):
    def slope(x):
        return (cr.grad(lambda x: (FUNCTIONS[name](x) ** 2).sum())(x) ** 2).sum()

    assert cr.check_gradients(slope, X).ok, cr.check_gradients(slope, X)


def test_they_are_those_of_jax():
    jnp = jax.numpy

    def ours(x):
        x, n = cr.while_loop(lambda s: s[0] > 1.5, lambda s: (s[0] / 1.25, s[1] + 1), (x, 0))
        return cr.cond(n > 3, lambda x: x * x, lambda x: -x, x)

    def theirs(x):
        x, n = jax.lax.while_loop(lambda s: s[0] > 1.5, lambda s: (s[0] / 1.25, s[1] + 1), (x, 0))
        return jax.lax.cond(n > 3, lambda x: x * x, lambda x: -x, x)

    for each in modes(lambda x: cr.jvp(ours, [x], [cr.asarray(1.0).astype(x.dtype)])):
        for start in (1.0, 2.0, 40.0):
            found = each(np.float32(start) * np.ones((), "float32"))
            wanted = jax.jvp(theirs, (jnp.float32(start),), (jnp.float32(1),))
            np.testing.assert_allclose([e.value for e in found], wanted, rtol=1e-5)


def test_the_number_of_steps_is_exact_and_only_one_side_runs():
    ran = []
    loud = cr.Primitive(
        **{
            **{f: getattr(cr.PRIMITIVES["identity"], f) for f in cr.Primitive.__dataclass_fields__},
            "name": "loud",
            "numpy": lambda x: ran.append(1) or x,
            "lowering": None,
        }
    )
    side = partial(cr.apply, loud)
    for predicate in (True, False):
        cr.cond(predicate, side, lambda x: x, X)
    assert len(ran) == 1
    assert (
        cr.while_loop(lambda s: s[0] < 9, lambda s: (s[0] + 1, s[1] / 2), (0, 1.0))[0].item() == 9
    )
    assert [each.item() for each in cr.cond(True, lambda: (1, 2.0), lambda: (3, 4.0))] == [1, 2.0]
    assert cr.while_loop(lambda n: n < 2**40, lambda n: n * 2 + 1, 0).item() == 2**41 - 1
    count = cr.compile(lambda n: cr.while_loop(lambda s: s < n, lambda s: s + 1, 0))
    for n in (0, 1, 100_000):
        assert count(np.int64(n) + np.zeros((), np.int64)).item() == n


def test_dtypes_keep():
    def loop(x, flag, n):
        return cr.while_loop(
            lambda s: s[1],
            lambda s: (s[0] * 2, s[2] > 0, s[2] - 1, s[3] + 0.5),
            (x, flag, n, cr.asarray(np.float64(0))),
        )

    x, big = np.float32([1, 2]), np.array(3, "int64") + 0
    for each in modes(loop):
        found = each(x, np.array(True), big)
        assert [e.dtype for e in found] == [cr.float32, cr.bool, cr.int64, cr.float64]
        assert [e.value.tolist() for e in found] == [[16.0, 32.0], False, -1, 2.0]
    pair = cr.cond(False, lambda: (1, x), lambda: (2**62, x + 1))
    assert pair[0].item() == 2**62
    assert pair[1].dtype == cr.float32


def test_an_id_outside_is_an_error_in_native_code():
    def lookup(ids):
        return cr.cond(ids[0] > 2, lambda: cr.take(W, ids), lambda: W[:2])

    function = cr.compile(lookup)
    assert function(np.array([1, 9])).shape == (2, 3)
    with pytest.raises(cr.RangeError, match="given the id 3"):
        function(np.array([3, 9]))


def test_a_graph_runs_again_with_another_predicate():
    x = cr.input("x", value=np.ones(3))
    graph = cr.Graph(cr.cond(x.sum() > 0, lambda x: x * 2, lambda x: x - 1, x).sum())
    assert graph.forward(x=-np.ones(3)) is not None
    assert graph.backward is not None


ERRORS = {
    "predicate shape": (
        lambda: cr.cond(X > 0, lambda: 1.0, lambda: 2.0),
        cr.ShapeError,
        "one bool: reduce it with cr.any",
    ),
    "predicate dtype": (
        lambda: cr.cond(cr.asarray(1), lambda: 1.0, lambda: 2.0),
        cr.DTypeError,
        "Compare it: x != 0",
    ),
    "structure": (
        lambda: cr.cond(True, lambda x: (x, x), lambda x: {"a": x}, X),
        cr.PrimitiveError,
        r"return \(tensor, tensor\) and \{'a': tensor\}",
    ),
    "shapes": (
        lambda: cr.cond(True, lambda x: x, lambda x: x[0], X),
        cr.ShapeError,
        r"Result 0 .* shape \(4, 3\) if the predicate is true and \(3,\)",
    ),
    "dtypes": (
        lambda: cr.cond(True, lambda x: x, lambda x: x > 0, X),
        cr.DTypeError,
        "is float64 if the predicate is true and bool",
    ),
    "condition": (
        lambda: cr.while_loop(lambda x: x > 0, lambda x: x, X),
        cr.ShapeError,
        "The condition of while_loop returned",
    ),
    "state structure": (
        lambda: cr.while_loop(lambda s: s[0] > 0, lambda s: s[0], (1.0, 2.0)),
        cr.PrimitiveError,
        r"returned tensor for a state of \(tensor, tensor\)",
    ),
    "state shape": (
        lambda: cr.while_loop(lambda x: x.sum() > 0, lambda x: x[:1], X),
        cr.ShapeError,
        r"part 0 of the state, of shape \(4, 3\), into shape \(1, 3\)",
    ),
    "state dtype": (
        lambda: cr.while_loop(lambda x: x < 9, lambda x: x * 0.5, 1),
        cr.DTypeError,
        "int64, into float64",
    ),
    "max_steps": (
        lambda: cr.while_loop(lambda x: x < 9, lambda x: x, 1, max_steps=-1),
        ValueError,
        "max_steps=-1",
    ),
    "no state": (
        lambda: cr.while_loop(lambda x: True, lambda x: x, ()),
        cr.PrimitiveError,
        "a state without tensors",
    ),
    "reverse": (
        lambda: cr.grad(lambda x: cr.while_loop(lambda s: s < 9, lambda s: s * 2, x))(1.0),
        cr.GradientError,
        "Give max_steps=",
    ),
    "update": (
        lambda: cr.compile(lambda x: cr.cond(True, lambda x: W.assign(x), lambda x: None, x))(
            X[:3]
        ),
        cr.ImmutableError,
        "A function of cond updates a parameter",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_sentences(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        call()
