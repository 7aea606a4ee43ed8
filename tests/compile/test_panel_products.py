"""Products by panels agree with NumPy, access no memory outside, and keep NaN in its place."""

import ctypes
import mmap
import sys
from itertools import product

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.gates.matrix_products import matrix_product_of
from chainrule.compile.kernels import panels
from chainrule.compile.kernels.panels import GROUP, INNER, rows_by_vectors, vector_bytes
from chainrule.compile.lower.step_calls import panel_product_calls
from chainrule.compile.native import blas
from chainrule.compile.plan.addresses import address_of
from chainrule.compile.plan.arena import aligned
from chainrule.compile.plan.call_table import CallTable, FixedAddress
from chainrule.compile.run.compile_progress import CompileProgress
from chainrule.compile.run.loaded_table import LoadedTable, load_codes

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(not blas.has_avx2(), reason="this CPU has no AVX2"),
]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
TURNED = list(product((False, True), (False, True)))
SHAPES = [
    *product((1, 5, 8, 9, 17, 40, 70), (1, 8, 15, 16, 17, 33, 64, 70), (1, 7, 33)),
    *product((4, 65), range(1, 71, 3), (3, 17)),
    *product((9, 70), (10, 64), (INNER - 1, INNER, INNER + 1, 4 * INNER + 2)),
]
ROWS = rows_by_vectors()
EDGES = sorted({count * rows + i for rows in ROWS.values() for count in (1, 2) for i in (-1, 0, 1)})


def multiplied(a, b, turned=(False, False), out=None):
    """Return a @ b by panels; a factor that is turned is stored as its transpose."""
    stored = [np.ascontiguousarray(x.mT) if t else x for x, t in zip((a, b), turned, strict=True)]
    return computed(*stored, turned, np.full((a @ b).shape, 7.0, a.dtype) if out is None else out)


def computed(a, b, turned, out):
    left, right = cr.input("a", a.shape, a.dtype), cr.input("b", b.shape, b.dtype)
    factors = [x.mT if t else x for x, t in zip((left, right), turned, strict=True)]
    step = matrix_product_of(factors[0] @ factors[1])
    arrays = {left: a, right: b, step.node: out}

    def where(place):
        if place.of not in arrays:
            arrays[place.of] = aligned(place.of.nbytes)
        return FixedAddress(address_of(arrays[place.of]) + place.offset, in_arena=False)

    table = CallTable(list(panel_product_calls(step)), where)
    codes = load_codes([table], CompileProgress("products", 0.0))
    LoadedTable(table, codes).bound().run()
    return out


@DTYPES
def test_products_of_all_shapes_are_numpys(dtype):
    random = np.random.default_rng(0)
    close = 1e-11 if dtype == "float64" else 2e-4
    for number, (rows, columns, inner) in enumerate(SHAPES):
        a = random.normal(size=(rows, inner)).astype(dtype)
        b = random.normal(size=(inner, columns)).astype(dtype)
        found = multiplied(a, b, TURNED[number % 4])
        np.testing.assert_allclose(found, a @ b, rtol=close, atol=close)


@pytest.fixture(params=[False, True], ids=["in place", "in bands"])
def copied(request, monkeypatch):
    """Read a transposed left factor as usual, or copy it into bands whatever its size."""
    if request.param:
        never_in_place(monkeypatch)


def never_in_place(monkeypatch):
    monkeypatch.setattr(panels, "_NARROW", 0)
    monkeypatch.setattr(panels, "_NARROW_ONCE", 0)


@DTYPES
@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("turned", TURNED)
def test_products_at_the_edges_of_every_tile_are_numpys(dtype, turned):
    random = np.random.default_rng(0)
    lanes = vector_bytes() // np.dtype(dtype).itemsize
    shapes = [(rows, vectors * lanes, 9) for rows in EDGES for vectors in ROWS]
    shapes += [(GROUP + i, vectors * lanes + i, 8 + i) for i in (-1, 0, 1) for vectors in ROWS]
    shapes += [(2 * GROUP + i, 5 * lanes, INNER + i) for i in (-1, 0, 1)]
    for rows, columns, inner in shapes:
        a = random.normal(size=(rows, inner)).astype(dtype)
        b = random.normal(size=(inner, columns)).astype(dtype)
        np.testing.assert_allclose(multiplied(a, b, turned), a @ b, rtol=2e-4, atol=2e-4)


@DTYPES
def test_any_number_of_rows_is_covered_by_blocks_of_two_heights(dtype):
    random = np.random.default_rng(0)
    lanes = vector_bytes() // np.dtype(dtype).itemsize
    for vectors, rows in ROWS.items():
        b = random.normal(size=(3, vectors * lanes - 1)).astype(dtype)
        for count in (*range(1, 2 * rows + 10), *range(GROUP - 2, GROUP + 6)):
            a = random.normal(size=(count, 3)).astype(dtype)
            np.testing.assert_allclose(multiplied(a, b), a @ b, rtol=2e-4, atol=2e-4)


@DTYPES
@pytest.mark.parametrize("turned", TURNED)
def test_products_big_enough_for_two_threads_are_numpys(dtype, turned):
    random = np.random.default_rng(0)
    for rows, columns, inner in ((130, 250, 70), (20, 300, 200), (301, 20, 200), (64, 64, 300)):
        a, b = (
            random.normal(size=each).astype(dtype) for each in ((rows, inner), (inner, columns))
        )
        np.testing.assert_allclose(multiplied(a, b, turned), a @ b, rtol=1e-3, atol=1e-3)


@DTYPES
@pytest.mark.parametrize("turned", TURNED)
def test_batches_of_products_are_numpys(dtype, turned):
    random = np.random.default_rng(0)
    for batch, rows, columns, inner in ((3, 9, 21, 5), (7, 65, 70, 64)):
        a = random.normal(size=(batch, rows, inner)).astype(dtype)
        b = random.normal(size=(batch, inner, columns)).astype(dtype)
        np.testing.assert_allclose(multiplied(a, b, turned), a @ b, rtol=1e-3, atol=1e-4)


@DTYPES
def test_the_compiler_uses_them_and_gets_what_numpy_gets(dtype):
    random = np.random.default_rng(0)
    multiply = cr.compile(lambda a, b: a @ b)
    wide = ((99, 150), (150, 121)), ((3, 90, 50), (3, 50, 121)), ((2, 90, 95), (95, 70))
    thin = ((99, 300), (300, 40)), ((3, 90, 270), (3, 270, 17)), ((2, 90, 260), (260, 48))
    for shapes in (*thin, *(wide if blas.has_avx512() else ())):
        a, b = (random.normal(size=each).astype(dtype) for each in shapes)
        np.testing.assert_allclose(multiply(a, b).value, a @ b, rtol=1e-3, atol=1e-4)
        assert "llvm.masked.load" in str(multiply.stages["lower"])


@DTYPES
@pytest.mark.parametrize("turned", TURNED)
def test_an_element_has_the_same_bits_wherever_its_row_and_column_are(dtype, turned):
    random = np.random.default_rng(0)
    for rows, columns, inner in ((301, 64, 1100), (64, 320, 1100), (130, 250, 70)):
        a = random.normal(size=(rows, inner)).astype(dtype)
        b = random.normal(size=(inner, columns)).astype(dtype)
        whole = multiplied(a, b, turned)
        for top, count in ((0, rows // 3), (rows // 3, rows - rows // 3)):
            part = multiplied(a[top : top + count], b, turned)
            np.testing.assert_array_equal(part, whole[top : top + count])


@DTYPES
def test_a_transposed_factor_has_the_same_bits_in_place_and_in_bands(dtype, monkeypatch):
    random = np.random.default_rng(0)
    for rows, columns, inner in ((64, 70, 1100), (23, 130, INNER + 3), (61, 33, 100)):
        a = random.normal(size=(rows, inner)).astype(dtype)
        b = random.normal(size=(inner, columns)).astype(dtype)
        with monkeypatch.context() as patched:
            in_place = multiplied(a, b, (True, False))
            never_in_place(patched)
            np.testing.assert_array_equal(in_place, multiplied(a, b, (True, False)))


@DTYPES
@pytest.mark.parametrize("turned", TURNED)
def test_gradients_of_products_are_those_of_the_evaluator(dtype, turned):
    random = np.random.default_rng(0)

    def gradients(a, b):
        factors = [x.mT if t else x for x, t in zip((a, b), turned, strict=True)]
        return cr.grad(lambda x, y: cr.tanh(x @ y).sum(), (0, 1))(*factors)

    for lead in ((), (3,)):
        shapes = (*lead, 97, 130), (*lead, 130, 65)
        a, b = (random.normal(size=each).astype(dtype) / 8 for each in shapes)
        stored = [
            np.ascontiguousarray(x.mT) if t else x for x, t in zip((a, b), turned, strict=True)
        ]
        for found, wanted in zip(
            cr.compile(gradients)(*stored), gradients(*map(cr.asarray, stored)), strict=True
        ):
            np.testing.assert_allclose(found.value, wanted.value, rtol=1e-3, atol=1e-4)


@DTYPES
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("turned", TURNED)
def test_what_is_not_finite_stays_in_its_row_and_column(dtype, special, turned):
    for rows, columns in ((5, 3), (9, 17), (17, 33), (13, 70)):
        ones = np.ones((rows, 4), dtype), np.ones((4, columns), dtype)
        for factor, place in ((0, (0, 2)), (0, (rows - 1, 2)), (1, (2, 0)), (1, (2, columns - 1))):
            for others in (1.0, 0.0):
                a, b = (each.copy() for each in ones)
                (a, b)[factor][place] = special
                (b, a)[factor][...] = others
                with np.errstate(invalid="ignore"):  # NumPy's BLAS warns of what it never stores
                    np.testing.assert_array_equal(multiplied(a, b, turned), a @ b)


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
@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("turned", TURNED)
def test_nothing_outside_the_matrices_is_touched(dtype, turned):
    fences = [Fenced() for _ in range(3)]
    try:
        for rows, columns, inner in ((4, 1, 1), (5, 3, 7), (9, 17, 5), (13, 33, 3), (17, 49, 2)):
            a, b = np.ones((rows, inner), dtype), np.ones((inner, columns), dtype)
            c = np.zeros((rows, columns), dtype)
            stored = [x.T if t else x for x, t in zip((a, b), turned, strict=True)]
            for where in (Fenced.at_the_end, Fenced.at_the_start):
                placed = [where(f, each) for f, each in zip(fences, (*stored, c), strict=True)]
                np.testing.assert_array_equal(computed(*placed[:2], turned, placed[2]), a @ b)
    finally:
        for each in fences:
            each.protect(mmap.PROT_READ | mmap.PROT_WRITE)
