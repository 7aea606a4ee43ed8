"""A while loop of a batch is one loop, until the last example has ended; the others wait."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad.while_loop import WHILE
from chainrule.graph import topological_order

STARTS = np.array([3.0, 0.5, 40.0, 1.0, 7.5])  # 5, 0, 16, 0 and 9 steps of `halved`


def shrunk(x, w=1.25):
    """Return x divided until it is at most 1.5, and the number of divisions."""
    return cr.while_loop(lambda s: s[0] > 1.5, lambda s: (s[0] / w, s[1] + 1), (x, 0))


def bounded(x, w=1.25):
    return cr.while_loop(lambda x: x > 1.5, lambda x: x / w, x, max_steps=30)


def roots(x):
    """A loop whose step has no value, and no slope, where an example has ended."""
    return cr.while_loop(lambda x: x > 1, lambda x: cr.sqrt(x - 1), x, max_steps=9)


def up_to(table, end):
    """Sum a table up to an end; the id behind it is out of range."""
    return cr.while_loop(
        lambda s: s[0] < end, lambda s: (s[0] + 1, s[1] + cr.take(table, s[0], axis=0)), (0, 0.0)
    )


def powers(x, n):
    return cr.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, s[1] * x), (0, x * 0 + 1))


def nested(x):
    """The steps of the outer loop are loops."""
    return cr.while_loop(lambda x: x > 1.5, lambda x: shrunk(x, 1.1)[0] / 2, x)


TABLE = np.arange(1.0, 6.0)
CASES = {
    "other numbers of steps": (shrunk, 0, (STARTS,)),
    "at most so many steps": (bounded, 0, (STARTS,)),
    "an outer operand per example": (shrunk, 0, (STARTS, np.linspace(1.1, 2, 5))),
    "vectors with one end": (
        lambda x: cr.while_loop(lambda x: x.sum() > 2, lambda x: x * [0.5, 0.9], x),
        0,
        (np.stack([STARTS, STARTS[::-1]], 1),),
    ),
    "steps without a value after the end": (roots, 0, (STARTS,)),
    "ids out of range after the end": (up_to, (None, 0), (TABLE, np.array([5, 0, 3, 5, 1]))),
    "one number of steps": (powers, (0, None), (STARTS, 4)),
    "loops in loops": (nested, 0, (STARTS,)),
    "no example goes on": (shrunk, 0, (STARTS / 100,)),
}


def one_by_one(function, axes, operands):
    axes = axes if isinstance(axes, tuple) else (axes,) * len(operands)
    found = []
    for i in range(len(STARTS)):
        given = [x if axis is None else x[i] for x, axis in zip(operands, axes, strict=True)]
        result = function(*given)
        found.append(result if isinstance(result, tuple) else (result,))
    return [np.stack([each.value for each in part]) for part in zip(*found, strict=True)]


@pytest.mark.parametrize("name", CASES)
def test_all_examples_have_the_values_of_their_own_loop(name):
    function, axes, operands = CASES[name]
    wanted = one_by_one(function, axes, operands)
    mapped = cr.vmap(function, axes)
    for run in (mapped, cr.compile(mapped)):
        found = run(*operands)
        found = found if isinstance(found, tuple) else (found,)
        for a, b in zip(found, wanted, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a.value, b)


def test_the_examples_are_in_one_loop():
    gates = topological_order([cr.vmap(shrunk)(cr.parameter(STARTS, "x"))[0]])
    kinds = [each.primitive for each in gates if each.primitive]
    assert kinds.count(WHILE) == 1
    assert not any(each.name == "scan" for each in kinds)


def test_a_map_of_a_map():
    x = np.stack([STARTS, STARTS[::-1] * 3])
    found = cr.vmap(cr.vmap(shrunk))(x)
    for row in range(2):
        for a, b in zip(found, one_by_one(shrunk, 0, (x[row],)), strict=True):
            np.testing.assert_array_equal(a.value[row], b)


@pytest.mark.parametrize("function", [bounded, roots])
def test_gradients_per_example(function):
    wanted = [cr.grad(function)(each).item() for each in STARTS]
    assert np.all(np.isfinite(wanted))
    of_each = cr.vmap(cr.grad(function))
    of_sum = cr.grad(lambda x: cr.vmap(function)(x).sum())
    along = cr.vmap(lambda x: cr.jvp(function, [x], [1.0])[1])
    for derivative in (of_each, of_sum, along, cr.compile(of_each), cr.compile(of_sum)):
        np.testing.assert_allclose(derivative(STARTS).value, wanted, rtol=1e-14)


def test_the_gradient_of_a_shared_operand_is_the_sum_over_the_examples():
    def total(w):
        return cr.vmap(lambda x: bounded(x, w))(STARTS).sum()

    wanted = sum(cr.grad(lambda w, x=x: bounded(x, w))(1.25).item() for x in STARTS)
    np.testing.assert_allclose(cr.grad(total)(1.25).item(), wanted, rtol=1e-14)


def test_beside_jax():
    jax = pytest.importorskip("jax")

    def theirs(x):
        return jax.lax.while_loop(lambda s: s[0] > 1.5, lambda s: (s[0] / 1.25, s[1] + 1), (x, 0))

    x = STARTS.astype("float32")
    for a, b in zip(cr.vmap(shrunk)(x), jax.vmap(theirs)(x), strict=True):
        np.testing.assert_allclose(a.value, np.asarray(b), rtol=1e-6)
