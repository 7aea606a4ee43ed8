"""Fused kernels of equal structure share one text, whatever their extents; it is the right one."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import all_steps
from chainrule.compile.lower import fused_kernel_cache as cache
from chainrule.compile.lower.fused_loops import fused_kernel_text
from growing import lines_run

pytestmark = pytest.mark.native

WIDTH = 24
EXTENTS = (1, 2, 3, 7, WIDTH, 31, 64, 255, 300, 600)
W = np.linspace(-1, 1, WIDTH * WIDTH, dtype=np.float32).reshape(WIDTH, WIDTH)


def classified(x, w):
    scores = cr.relu(x @ w) + w.sum(0)
    return cr.nn.cross_entropy(scores, cr.argmax(x, axis=1))


def normalised(x, w):
    away = x - x.mean(-1, keepdims=True)
    return cr.tanh(away / cr.sqrt((away * away).mean(-1, keepdims=True) + 1e-5) * w[0]).sum()


def attended(x, w):
    return (cr.softmax(x @ x.T, axis=-1) @ (x @ w)).sum()


def averaged(x, w):
    return (x.mean(0) * w).sum() + cr.logsumexp(x, axis=0).sum()


def neighbours(x, w):
    return cr.abs(x[:, 1:] - x[:, :-1]).sum() + (x[:, ::2] * x[:, 1::2]).sum() + w.sum()


def gathered(x, w):
    rows = cr.take(w, cr.argmax(x, axis=1), axis=0)
    return (rows * x).sum()


FUNCTIONS = [classified, normalised, attended, averaged, neighbours, gathered]


def fused_kernels(step):
    for versions in step._versions.values():
        for version in versions:
            yield from (e for e in all_steps(version.steps) if isinstance(e, FusedKernel))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_shared_text_is_the_one_that_would_be_written(function):
    step = cr.compile(cr.value_and_grad(function))
    for extent in EXTENTS:
        x = np.random.default_rng(extent).standard_normal((extent, WIDTH)).astype(np.float32)
        step(x, W)
    for fused in fused_kernels(step):
        shared, written = cache.kernel_of(fused, cache.numbers_of(fused)), fused_kernel_text(fused)
        assert shared == written


@pytest.mark.parametrize("function", [classified, normalised, averaged], ids=lambda f: f.__name__)
def test_another_extent_writes_no_text(function, monkeypatch):
    step = cr.compile(cr.value_and_grad(function))
    step(np.ones((40, WIDTH), np.float32), W)
    monkeypatch.setattr(cache, "fused_kernel_text", None)
    for extent in (41, 42, 97):
        step(np.ones((extent, WIDTH), np.float32), W)


def test_extents_that_are_equal_are_not_mistaken():
    def total(x, row):
        return (x * row).sum(0)

    step = cr.compile(total)
    for shape, other in (((3, 4), (3, 4)), ((3, 4), (1, 4)), ((3, 4), (3, 1)), ((4, 4), (4,))):
        random = np.random.default_rng(0)
        x, row = random.standard_normal(shape), random.standard_normal(other)
        assert np.allclose(step(x, row), (x * row).sum(0))


def test_a_longer_sequence_costs_what_a_shorter_one_costs():
    """Text that grows by a word per call is planned again, in work that does not grow."""

    def next_word(words, table):
        x = cr.take(table, words, axis=0)
        return cr.softmax(x[-1:] @ x.T) @ x

    step = cr.compile(next_word)

    def call(length):
        return lambda: step(np.arange(length) % WIDTH, W)

    for length in (20, 21):
        call(length)()
    first = lines_run(call(22))
    for length in (40, 100, 101):
        assert lines_run(call(length)) <= 1.2 * first
    compiled = [code.source for code in step._last.program.codes]
    assert set(compiled) == {"memory"}
