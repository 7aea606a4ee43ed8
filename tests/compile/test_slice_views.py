"""Fused kernels read slices in place: one pass over memory, with the values of copied slices."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import Alias
from chainrule.graph import Replace, apply_together

pytestmark = pytest.mark.native

# Each case: a function of a tensor, and whether one kernel computes all of it.
CASES = {
    "neighbours in a row": (lambda x: x[..., 1:] - x[..., :-1], True),
    "differences": (lambda x: cr.diff(x, axis=-1), True),
    "second differences": (lambda x: cr.diff(x, 2, axis=-1), False),
    "even and odd columns": (lambda x: x[..., ::2] * x[..., 1::2], True),
    "backwards": (lambda x: x[::-1] * x[..., ::-1], True),
    "with a step in two axes": (lambda x: x[::2, 90:10:-2] + x[::2, 3:83:2], True),
    "of an inner axis": (lambda x: x.reshape(7, 8, 100)[:, 1:6] * 2, True),
    "beside whole rows": (lambda x: x[:, 4:64] + x[0, 4:64], False),
    "beside columns": (lambda x: x[:, 1:] * x[:, :1], False),
    "sums of rows": (lambda x: (x[:, 1:] * x[:, :-1]).sum(axis=1), True),
    "sums of columns": (lambda x: x[:, 1:].sum(axis=0), True),
    "a sum of everything": (lambda x: cr.sum(x[:, 1:] * x[:, :-1]), True),
    "softmax": (lambda x: cr.softmax(x[:, 7:77]), True),
    "maxima": (lambda x: cr.max(x[:, 1:] * 2, axis=1), True),
    "comparisons": (lambda x: x[:, 1:] > x[:, :-1], True),
    "of a value that other points need": (lambda x: (lambda y: y + y[::-1])(cr.exp(x)), False),
    "of an equal value": (lambda x: cr.exp(x) + cr.exp(x)[::-1], True),
    "of a slice": (lambda x: x[:, 2:][:, ::2] + 1, False),
    "read twice": (lambda x: (x[:, 1:], x[:, 1:] * 2), False),
    "too short": (lambda x: x[:, 3:9] + 1, False),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("name", CASES)
def test_slices_have_the_values_of_copies(name, dtype):
    function, is_one = CASES[name]
    if dtype == "int64" and name in ("sums of rows", "sums of columns", "a sum of everything"):
        is_one = False  # sums of integers have a kernel of their own
    if dtype == "int64" and name in ("softmax", "maxima"):
        pytest.skip("of floats")
    x = (np.random.default_rng(4).normal(size=(56, 100)) * 4).astype(dtype)
    compiled = cr.compile(function)
    found, wanted = compiled(x), function(cr.asarray(x))
    for a, b in zip(*(e if isinstance(e, tuple) else (e,) for e in (found, wanted)), strict=True):
        np.testing.assert_allclose(a.value, b.value, rtol=2e-5, atol=1e-3)
    steps = [e for e in compiled.stages["fuse"].result if not isinstance(e, Alias)]
    assert (len(steps) == 1 and isinstance(steps[0], FusedKernel)) == is_one


def test_large_slices_are_divided_between_threads_at_any_axis():
    x = np.random.default_rng(5).normal(size=(500, 400))
    for function in (
        lambda x: x[:, 1:] - x[:, :-1],
        lambda x: x[::-1, 50:350] + x[:, 350:50:-1],
        lambda x: x.reshape(-1)[::2] * x.reshape(-1)[1::2],
    ):
        np.testing.assert_array_equal(cr.compile(function)(x).value, function(x))


def test_derivatives_of_slices_to_second_order():
    x = np.random.default_rng(6).normal(size=(3, 40))

    def energy(x):
        return cr.sum((x[:, 1:] - x[:, :-1]) ** 3 * x[:, ::-1][:, 1:])

    for derivative in (cr.grad(energy), cr.grad(lambda x: cr.sum(cr.grad(energy)(x) ** 2))):
        found = cr.compile(derivative)(x).value
        np.testing.assert_allclose(found, derivative(x).value, rtol=1e-12)


def test_kernels_of_one_structure_and_other_slices_differ():
    x = np.arange(4000.0).reshape(40, 100)
    for start in (1, 2, 5):
        for step in (1, 2):
            found = cr.compile(lambda x, a=start, b=step: x[:, a : a + 70 : b] * 3)(x)
            np.testing.assert_array_equal(found.value, x[:, start : start + 70 : step] * 3)


def test_an_update_from_other_places_of_the_parameter_is_not_in_place():
    start = np.random.default_rng(7).normal(size=(40, 40))
    for function in (
        lambda p: p[::-1] * 2,
        lambda p: p + p[:, ::-1],
        lambda p: p[::-1, ::-1] - p,
    ):
        p = cr.parameter(start, "p")

        @cr.compile
        def step(p=p, function=function):
            apply_together([Replace(p, function(p))])

        step()
        np.testing.assert_array_equal(p.value, function(start))


def test_slices_in_the_bodies_of_loops_and_branches():
    random = np.random.default_rng(8)
    state, inputs, w = (random.normal(size=each) for each in ((4, 40), (6, 4, 80), (4, 120)))

    def cell(s, x):
        z = x[:, 1:41] * w[:, 3:43] + cr.tanh(x[:, ::2]) * s[:, ::-1]
        return cr.tanh(z[::-1] + z), z[:, 4:] * x[:, 44:]

    def loss(s, x):
        last, outputs = cr.scan(cell, s, x)
        return (last * last).sum() + cr.sin(outputs).sum()

    def looped(s, x):
        def step(now):
            return cr.tanh(now[0][:, ::-1] + now[0] * x[0, :, 10:50]), now[1] + 1

        return cr.while_loop(lambda now: now[1] < 4, step, (s, 0))[0]

    def branched(s, x):
        return cr.cond(x.sum() > 1e9, lambda s: s[:, 4:], lambda s: s[:, 4:] - s[:, :-4], s)

    for function in (lambda s, x: cr.scan(cell, s, x)[1], cr.grad(loss), looped, branched):
        found = cr.compile(function)(state, inputs).value
        wanted = function(cr.asarray(state), cr.asarray(inputs)).value
        np.testing.assert_allclose(found, wanted, rtol=1e-11)
