"""Stores and loops with masks: the same values with and without AVX-512, by other instructions."""

import ctypes

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.vectors import lane_masks, masked_load, masked_store
from chainrule.compile.native import blas
from chainrule.compile.native.llvm import kernel
from chainrule.graph import float32
from chainrule.ops.scalars import type_of

AVX512 = pytest.mark.parametrize("has_avx512", [False, True])
LANES = 16


def copying_text():
    """Return a kernel that copies the first lanes of one vector, whose number is given."""
    f = IRFunction(2, 1)
    (mask,) = lane_masks(f, LANES, 1, "%n0", "0")
    masked_store(f, float32, masked_load(f, float32, "%p0", mask), "%p1", mask)
    return f.text()


@pytest.mark.native
@AVX512
def test_a_masked_store_writes_its_lanes_and_no_other(has_avx512, monkeypatch):
    monkeypatch.setattr(blas, "has_avx512", lambda: has_avx512)
    code = kernel(copying_text())
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code.address)
    source = np.arange(1, LANES + 1, dtype=np.float32)
    for count in range(LANES + 3):
        target = np.zeros(2 * LANES, np.float32)
        arguments = np.array([source.ctypes.data, target.ctypes.data, count], np.int64)
        run(arguments.ctypes.data, None)
        kept = min(count, LANES)
        np.testing.assert_array_equal(target[:kept], source[:kept])
        assert not target[kept:].any()


def test_whole_vectors_are_stored_plainly_without_avx512(monkeypatch):
    monkeypatch.setattr(blas, "has_avx512", lambda: False)
    assert f"store <{LANES} x {type_of(float32)}> " in copying_text()
    monkeypatch.setattr(blas, "has_avx512", lambda: True)
    assert f"store <{LANES} x {type_of(float32)}> " not in copying_text()


@AVX512
def test_loops_have_masked_iterations_with_avx512_only(has_avx512, monkeypatch):
    monkeypatch.setattr(blas, "has_avx512", lambda: has_avx512)
    f = IRFunction(1, 1)
    with f.loop("%n0", masked=True) as i:
        f.store("float", "1.0", "%p0", i)
    assert ("predicate.enable" in f.text()) == has_avx512
    assert ("interleave.count" in f.text()) != has_avx512


@pytest.mark.native
@pytest.mark.parametrize("width", [1, 2, 7, 8, 9, 15, 16, 17, 33, 50, 100])
def test_narrow_rows_of_any_width_are_the_evaluators(width):
    x = np.random.default_rng(width).normal(size=(40, width)).astype("float32")
    found = cr.compile(cr.softmax)(x)
    np.testing.assert_allclose(found.value, cr.softmax(x).value, rtol=1e-5, atol=1e-7)
