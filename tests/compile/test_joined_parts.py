"""What only a concat reads is computed at its place there; nothing is copied."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.gates.strided_copies import StridedCopy

pytestmark = pytest.mark.native

# Functions of x (6, 5, 40), and how many parts are copied.
CASES = {
    "columns": (lambda x: cr.concat([cr.exp(x), cr.tanh(x)], 2), 0),
    "rows": (lambda x: cr.concat([cr.exp(x), cr.tanh(x)], 0), 0),
    "between": (lambda x: cr.concat([cr.exp(x), cr.tanh(x), x * 2], 1), 0),
    "stacked": (lambda x: cr.stack([cr.exp(x), cr.tanh(x)], 1) * 2, 2),
    "an argument": (lambda x: cr.concat([cr.exp(x), x], 2), 1),
    "a part that is read elsewhere": (lambda x: cr.concat([cr.exp(x), cr.exp(x) @ x[0].T], 2), 2),
    "a part that is returned": (lambda x: (cr.concat([cr.exp(x), x + 1], 2), cr.exp(x)), 1),
    "a part twice": (lambda x: cr.concat([cr.exp(x), cr.exp(x)], 2), 2),
    "a sum beside": (lambda x: (cr.concat([cr.exp(x), x + 1], 2), cr.sum(cr.exp(x), 2)), 0),
    "normalised rows": (lambda x: cr.concat([cr.softmax(x), cr.softmax(-x)], 2), 0),
    "short rows": (lambda x: cr.concat([cr.exp(x[..., :3]), x[..., :3] + 1], 2), 2),
    "a concat of concats": (
        lambda x: cr.concat([cr.concat([cr.exp(x), x * 2], 2), cr.concat([x * 3, -x], 2)], 1),
        2,
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_joined_parts_have_the_values_of_copies(name, dtype):
    function, copied = CASES[name]
    x = (np.random.default_rng(0).normal(size=(6, 5, 40)) * 2).astype(dtype)
    step = cr.compile(function)
    found, wanted = step(x), function(cr.asarray(x))
    pairs = zip(found, wanted, strict=True) if isinstance(found, tuple) else [(found, wanted)]
    for a, b in pairs:
        rtol = 1e-12 if a.dtype == "float64" else 1e-5
        np.testing.assert_allclose(a.value, b.value, rtol=rtol, atol=rtol * np.abs(b.value).max())
    steps = [each for each in step.stages["fuse"].result if isinstance(each, StridedCopy)]
    joining = [each for each in steps if each.node.kind == "concat"]
    assert sum(len(each.parts) for each in joining) == copied


def test_parts_are_joined_in_the_body_of_a_scan():
    def cell(state, x):
        both = cr.concat([cr.tanh(x + state[:, :40]), cr.sin(x - state[:, 40:])], 1)
        return both, both

    xs = np.random.default_rng(1).normal(size=(9, 3, 40))

    def run(xs):
        return cr.scan(cell, np.zeros((3, 80)), xs)[1]

    np.testing.assert_allclose(cr.compile(run)(xs).value, run(xs).value, rtol=1e-12)
    slope = cr.grad(lambda xs: cr.sum(run(xs) ** 2))
    np.testing.assert_allclose(cr.compile(slope)(xs).value, slope(xs).value, rtol=1e-9)
