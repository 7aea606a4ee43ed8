"""Products by blocks in registers are NumPy's, touch nothing outside, and keep NaN in its place."""

import ctypes
import mmap
import sys
from itertools import product

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile import blas
from chainrule.compile.blocked import blocked_text
from chainrule.compile.llvm import kernel_address
from chainrule.compile.products import product_of

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(not blas.has_avx512(), reason="this CPU has no AVX-512"),
]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
SHAPES = [
    *product(
        (4, 5, 7, 8, 9, 12, 13, 16, 17, 24, 40), (1, 3, 8, 15, 16, 17, 32, 33, 64, 70), (1, 7)
    ),
    *product((4, 11, 16, 19), range(1, 71), (3,)),
    *product((6, 8, 31), (2, 16, 20, 47, 50), range(1, 41)),
    *product(range(4, 41), (5, 24, 49), (6,)),
]


def blocked(a, b, out=None, batch=1, steps=(0, 0)):
    """Return the product of the last two axes by the kernel itself."""
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    node = cr.input("a", value=a.reshape(-1, rows, inner)[0]) @ b.reshape(-1, inner, columns)[0]
    text = blocked_text(product_of(node))
    out = np.full((batch, rows, columns), 7.0, a.dtype) if out is None else out
    pointers = [each.__array_interface__["data"][0] for each in (a, b, out)]
    sizes = (rows, columns, inner, inner, columns, columns, batch, *steps, rows * columns)
    table = np.array([*pointers, *sizes], np.int64)
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(kernel_address(text))
    run(table.ctypes.data, None)
    return out


@DTYPES
def test_products_of_all_shapes_are_numpys(dtype):
    random = np.random.default_rng(0)
    close = 1e-12 if dtype == "float64" else 3e-5
    for rows, columns, inner in SHAPES:
        a = random.normal(size=(rows, inner)).astype(dtype)
        b = random.normal(size=(inner, columns)).astype(dtype)
        np.testing.assert_allclose(blocked(a, b)[0], a @ b, rtol=close, atol=close)


@DTYPES
def test_batches_move_along_both_factors_or_stay_at_one(dtype):
    random = np.random.default_rng(0)
    a, b = (random.normal(size=each).astype(dtype) for each in ((3, 9, 5), (3, 5, 21)))
    for moves in product((0, 1), (0, 1)):
        left, right = (each if m else each[:1] for each, m in zip((a, b), moves, strict=True))
        found = blocked(left, right, batch=3, steps=(45 * moves[0], 105 * moves[1]))
        np.testing.assert_allclose(found, np.matmul(left, right) + np.zeros((3, 1, 1)), rtol=1e-4)


@DTYPES
def test_the_compiler_uses_them_and_gets_what_numpy_gets(dtype):
    random = np.random.default_rng(0)
    multiply = cr.compile(lambda a, b: a @ b)
    for shapes in (((9, 5), (5, 21)), ((3, 9, 5), (3, 5, 21)), ((2, 9, 5), (5, 7))):
        a, b = (random.normal(size=each).astype(dtype) for each in shapes)
        np.testing.assert_allclose(multiply(a, b).value, a @ b, rtol=1e-4)
        assert "llvm.masked.load" in str(multiply.stages["lower"])


@DTYPES
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_in_its_row_and_column(dtype, special):
    for rows, columns in ((5, 3), (9, 17), (17, 33), (13, 70)):
        ones = np.ones((rows, 4), dtype), np.ones((4, columns), dtype)
        for factor, place in ((0, (0, 2)), (0, (rows - 1, 2)), (1, (2, 0)), (1, (2, columns - 1))):
            for others in (1.0, 0.0):
                a, b = (each.copy() for each in ones)
                (a, b)[factor][place] = special
                (b, a)[factor][...] = others
                with np.errstate(invalid="ignore"):  # NumPy's BLAS warns of what it never stores
                    np.testing.assert_array_equal(blocked(a, b)[0], a @ b)


class Fenced:
    """Memory between two pages that nobody may touch."""

    def __init__(self):
        self.page = mmap.PAGESIZE
        self.memory = mmap.mmap(-1, 4 * self.page)
        self.whole = np.frombuffer(self.memory, np.uint8)
        self.start = self.whole.ctypes.data
        self.protect(0)

    def protect(self, allowed):
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for page in (0, 3):
            assert protect(self.start + page * self.page, self.page, allowed) == 0

    def at_the_end(self, array):
        room = self.whole[3 * self.page - array.nbytes : 3 * self.page]
        return self._filled(room, array)

    def at_the_start(self, array):
        return self._filled(self.whole[self.page : self.page + array.nbytes], array)

    def _filled(self, room, array):
        placed = room.view(array.dtype).reshape(array.shape)
        placed[...] = array
        return placed


@pytest.mark.skipif(sys.platform != "linux", reason="pages are fenced by Linux' mprotect")
@DTYPES
def test_nothing_outside_the_matrices_is_touched(dtype):
    fences = [Fenced() for _ in range(3)]
    try:
        for rows, columns, inner in ((4, 1, 1), (5, 3, 7), (9, 17, 5), (13, 33, 3), (17, 49, 2)):
            a = np.ones((rows, inner), dtype)
            b, c = np.ones((inner, columns), dtype), np.zeros((rows, columns), dtype)
            for where in (Fenced.at_the_end, Fenced.at_the_start):
                placed = [where(f, each) for f, each in zip(fences, (a, b, c), strict=True)]
                np.testing.assert_array_equal(blocked(*placed), a @ b)
    finally:
        for each in fences:
            each.protect(mmap.PROT_READ | mmap.PROT_WRITE)
