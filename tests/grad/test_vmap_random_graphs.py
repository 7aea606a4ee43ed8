"""Random functions, mapped over random arguments, are loops over the examples."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chainrule as cr
from numerical import inputs
from random_graphs import SMOOTH_MOVES, functions, scalar_of

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
SIZE = 3


def examples(count):
    return settings(
        max_examples=count * 50 if THOROUGH else count,
        derandomize=not THOROUGH,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


DRAWN = functions(names=tuple(SMOOTH_MOVES), dtypes=("float64",), most=8, gradients=False)
FLAGS = st.lists(st.sampled_from([0, -1, None]), min_size=6, max_size=6)


def arguments(function, flags, seed):
    """Return the axis of the examples in each argument, and arguments with it."""
    random = np.random.default_rng(seed)
    examples = [function.arrays(random, 0.0) for _ in range(SIZE)]
    axes = (0, *flags)[: len(examples[0])]
    columns = zip(axes, zip(*examples, strict=True), strict=True)
    return axes, [rows[0] if axis is None else np.stack(rows, axis) for axis, rows in columns]


def assert_loop(function, axes, args, run):
    """Compare with a loop. Arguments are inputs, so that no gate becomes a constant."""
    found = run(*inputs(args))
    for i in range(SIZE):
        one = [
            a if axis is None else np.take(a, i, axis) for axis, a in zip(axes, args, strict=True)
        ]
        wanted = function(*inputs(one))
        assert len(found) == len(wanted)
        for each, other in zip(found, wanted, strict=True):
            assert (each.shape[1:], each.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(each.value[i], other.value, rtol=1e-8, atol=1e-8)


def with_gradients(function):
    """Return a function of the same arguments to the results, their sum and its gradients."""
    floats = tuple(i for i, each in enumerate(function.dtypes) if each == "float64")

    def one(*args):
        both = cr.value_and_grad(lambda *moved: scalar_of(function(*moved)), floats)
        total, gradients = both(*args)
        return (*function(*args), total, *gradients)

    return one


@examples(60)
@given(DRAWN, FLAGS, st.integers(0, 2**32 - 1))
def test_a_mapped_function_is_a_loop(function, flags, seed):
    axes, args = arguments(function, flags, seed)
    one = with_gradients(function)
    assert_loop(one, axes, args, cr.vmap(one, axes))


@pytest.mark.native
@examples(10)
@given(DRAWN, FLAGS, st.integers(0, 2**32 - 1))
def test_a_compiled_mapped_function_is_a_loop(function, flags, seed):
    axes, args = arguments(function, flags, seed)
    one = with_gradients(function)
    assert_loop(one, axes, args, cr.compile(cr.vmap(one, axes)))


@examples(15)
@given(DRAWN, FLAGS, st.integers(0, 2**32 - 1))
def test_a_function_mapped_twice_is_a_loop(function, flags, seed):
    """The inner map is over the first argument, the outer one over any."""
    axes, args = arguments(function, flags, seed)
    inner = cr.vmap(with_gradients(function), (0, *(None for _ in args[1:])))
    doubled = np.stack([args[0], args[0] + 0.25], 1)
    assert_loop(inner, axes, [doubled, *args[1:]], cr.vmap(inner, axes))
