"""Compiled functions with scans, and how they are compared with the eager ones."""

import numpy as np

import chainrule as cr
from chainrule.compile.arguments import CallSignature
from chainrule.compile.call_history import history_of
from chainrule.compile.run.arenas import Arenas
from chainrule.compile.trace import trace
from chainrule.compile.version import compile_version
from recurrent import weighed

TOLERANCE = {"float64": 1e-11, "float32": 2e-5}


def version_of(function, *signature):
    """Return what a function of tensors of these shapes and dtypes is compiled to."""
    names = [f"x{i}" for i in range(len(signature))]
    return compile_version(
        CallSignature(signature, ()),
        lambda: trace(function, signature, names),
        lambda traced: history_of(traced, "function", cr.compile),
        "a test",
        "function",
        Arenas(),
    )


def flat(tree):
    """Return the tensors of nested tuples, in order."""
    if tree is None:
        return ()
    return sum(map(flat, tree), ()) if isinstance(tree, tuple) else (tree,)


def with_gradients(build, parameters):
    """Return a function of `build`'s results and of their gradients with respect to all floats."""

    def function(*xs):
        results = flat(build(*xs))
        moving = [*(x for x in xs if x.dtype.kind == "f"), *parameters]
        loss = weighed(results, np.random.default_rng(3))
        found = cr.gradients(loss, moving) if isinstance(loss, cr.Tensor) and loss.tracked else []
        return (*results, *(each for each in found if each is not None))

    return function


def compare(build, *arrays, parameters=(), tolerance=None, native=True):
    """Compile what `build` makes of arrays, gradients included; it is the same as without."""
    function = with_gradients(build, parameters)
    compiled = cr.compile(function)
    found = compiled(*arrays)
    wanted = function(*(cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)))
    assert len(found) == len(wanted)
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        close = tolerance or TOLERANCE[str(ours.dtype)]
        np.testing.assert_allclose(ours.value, theirs.value, rtol=close, atol=close)
    assert ("on the reference evaluator: nothing" in compiled.report()) is native
    return compiled
