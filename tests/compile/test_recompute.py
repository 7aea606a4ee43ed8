"""Values that follow element by element from fewer ones are computed again, not kept."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse import recompute

pytestmark = pytest.mark.native

A = np.random.default_rng(0).normal(size=(64, 64)).astype("float32") / 8

# Functions of rows x (n, 64), and whether their gradient needs less memory with values computed
# again.
CASES = {
    "gelu": (lambda x: cr.gelu(x @ A) @ A, True),
    "gelu by tanh": (lambda x: cr.gelu(x @ A, "tanh") @ A, True),
    "silu": (lambda x: cr.silu(x @ A) @ A, True),
    "softplus keeps its input": (lambda x: cr.softplus(x @ A) @ A, False),
    "tanh keeps its output": (lambda x: cr.tanh(x @ A) @ A, False),
    "relu keeps a bit": (lambda x: cr.relu(x @ A) @ A, False),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_have_the_same_bits_and_need_less_memory(name, monkeypatch):
    function, is_less = CASES[name]
    x = np.random.default_rng(1).normal(size=(300, 64)).astype("float32")
    found = []
    for smallest in (1, 1 << 60):
        monkeypatch.setattr(recompute, "_SMALLEST", smallest)
        step = cr.compile(cr.grad(lambda x: cr.sum(function(x) ** 2)))
        found.append((step(x).value, step._last.compilation.plan.bytes))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert (found[0][1] < found[1][1]) == is_less


def test_small_values_are_kept():
    step = cr.compile(cr.grad(lambda x: cr.sum(cr.gelu(x @ A) @ A)))
    step(np.ones((8, 64), "float32"))
    steps = step.stages["fuse"].result
    counted = [node.kind for each in steps for node in getattr(each, "nodes", ())]
    assert counted.count("erfc") == 1
