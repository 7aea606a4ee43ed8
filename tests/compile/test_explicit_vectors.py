"""Kernels with explicit vectors are compiled by few passes, with the bits of all passes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.native import explicit_vectors, llvm

pytestmark = pytest.mark.native

ATTENTION = cr.nn.MultiHeadAttention(64, 2, random=0)


def product(x, y):
    return x @ y, x.T @ (x @ y), y @ y.T


def attention(x, y):
    out = ATTENTION(x.reshape(4, 35, 64), causal=True)
    return (out, *cr.gradients((out * out).sum(), [x]))


def random(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.fixture(autouse=True)
def _nothing_is_cached(monkeypatch):
    monkeypatch.setattr(llvm.cache, "load", lambda key: None)
    monkeypatch.setattr(llvm.cache, "save", lambda key, code: None)


def bits(function):
    llvm._known.clear()
    step = cr.compile(function)
    found = [each.value.tobytes() for each in step(random(0, 140, 64), random(1, 64, 300))]
    llvm._known.clear()
    return found, [each.text for each in step._last.program.codes]


@pytest.mark.parametrize("function", [product, attention])
def test_few_passes_give_the_bits_of_all_passes(monkeypatch, function):
    optimised, optimise = [], explicit_vectors.optimise
    monkeypatch.setattr(
        explicit_vectors,
        "optimise",
        lambda *given: optimised.append(given) or optimise(*given),
    )
    few, texts = bits(function)
    explicit = [each for each in texts if explicit_vectors.is_explicit(each)]
    assert len(optimised) == len(explicit) > 0
    monkeypatch.setattr(explicit_vectors, "is_explicit", lambda text: False)
    assert bits(function)[0] == few
    assert len(optimised) == len(explicit)


def test_loops_that_llvm_vectorises_are_compiled_by_all_passes():
    _, texts = bits(lambda x, y: cr.tanh(x).sum(0))
    assert not any(map(explicit_vectors.is_explicit, texts))
