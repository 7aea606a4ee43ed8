"""Products with few rows: dot products with the rows of a transposed factor."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.kernels.row_dots import has_row_dots
from chainrule.compile.lower import step_calls, thread_split
from chainrule.compile.native import blas

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(not blas.has_avx2(), reason="this CPU has no AVX2"),
]
SHAPES = [(1, 5, 1000), (1, 64, 768), (2, 777, 100), (3, 129, 33), (4, 300, 32), (4, 1, 5000)]


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Record for every product whether the kernel computes it."""
    found: list[bool] = []

    def has(step):
        found.append(has_row_dots(step))
        return found[-1]

    monkeypatch.setattr(step_calls, "has_row_dots", has)
    return found


def compared(product, *factors, dtype: str) -> None:
    limit = 1e-5 if dtype == "float32" else 1e-13
    wanted = product(*(each.astype("float64") for each in factors))
    found = cr.compile(product)(*factors).value
    assert found.dtype == dtype
    assert np.abs(found - wanted).max() <= limit * np.abs(wanted).max()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rows", "columns", "inner"), SHAPES)
def test_products_equal_those_of_float64(rows, columns, inner, dtype, chosen) -> None:
    random = np.random.default_rng(0)
    a, b = (random.normal(size=(n, inner)).astype(dtype) for n in (rows, columns))
    compared(lambda a, b: a @ b.T, a, b, dtype=dtype)
    assert chosen == [columns * inner >= 4096]


@pytest.mark.parametrize("shared", [False, True])
def test_batches_of_products(shared, chosen) -> None:
    random = np.random.default_rng(0)
    a = random.normal(size=(3, 2, 2, 70)).astype("float32")
    b = random.normal(size=(1 if shared else 3, 2, 90, 70)).astype("float32")
    b = b[0, 0] if shared else b
    compared(lambda a, b: a @ b.mT, a, b, dtype="float32")
    assert chosen == [not shared]  # twelve rows of one product, if they share a factor


def test_a_vector_times_a_matrix_and_a_matrix_times_a_vector(chosen) -> None:
    random = np.random.default_rng(0)
    a = random.normal(size=(200, 100)).astype("float32")
    x = random.normal(size=100).astype("float32")
    compared(lambda x, a: x @ a.T, x, a, dtype="float32")
    compared(lambda a, x: a @ x, a, x, dtype="float32")


@pytest.mark.parametrize("batch", [1, 5])
def test_two_parts_give_the_same_bits_as_one(batch, monkeypatch) -> None:
    random = np.random.default_rng(0)
    a = random.normal(size=(batch, 3, 300)).astype("float32")
    b = random.normal(size=(batch, 1001, 300)).astype("float32")

    def product(a, b):
        return a @ b.mT

    halves = cr.compile(product)(a, b).value
    monkeypatch.setattr(thread_split, "_WORTHWHILE_GATES", 10**12)
    whole = cr.compile(lambda a, b: product(a, b))(a, b).value
    assert np.array_equal(halves, whole)
