"""Panels and bands: the form of the factors in matrix products by panels.

The right factor is copied into panels: as many of its columns as some vectors hold, one inner index
after the other. A block of C, some rows by the width of a panel, then stays in registers while its
rows of A and one panel are read from end to end. A transposed left factor is copied into bands,
each with the rows of a block: a group of rows at a time, which stays in the cache (Goto and van de
Geijn, Anatomy of high-performance matrix multiplication, 2008). One with few rows is read in place,
since its elements for many inner indices stay in the cache. docs/performance.md has the sizes at
which this is faster than OpenBLAS: on CPUs with AVX-512 most, on others products with few columns,
for which OpenBLAS copies the left factor.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.kernels.vectors import VECTOR_BYTES
from chainrule.compile.native import blas

_ROWS = {4: 6, 3: 8, 2: 12, 1: 12}  # of a block, by vectors per row: 24 registers hold most blocks
_ROWS_OF_16 = {3: 4, 2: 6, 1: 8}  # the same for 16 registers, which also hold a row of the panel
ROWS_AT_END = 4  # of the blocks that end a group of rows, for any width
_COST = {4: 1.0, 3: 1.05, 2: 1.1, 1: 1.5}  # per vector: narrower panels read more of A and C
INNER = 512  # terms summed before C is written, for accuracy, and so that panels stay in the cache
LeftForm = Literal["rows", "columns", "bands"]
_NARROW, _NARROW_ONCE = 1024, 3072  # bytes between inner indices that are read in place; read once
GROUP = 96  # rows of A per pass over the panels: a multiple of the rows of any block
_SHORTEST, _SMALLEST, _SMALLEST_OF_MANY = 16, 1 << 20, 1 << 17
_FEW_COLUMNS, _LONG_INNER = 48, 256  # at most and at least, without AVX-512


def vector_bytes() -> int:
    """Return the bytes of a vector register."""
    return VECTOR_BYTES if blas.has_avx512() else VECTOR_BYTES // 2


def rows_by_vectors() -> dict[int, int]:
    """Return the rows of a block by the vectors per row."""
    return _ROWS if blas.has_avx512() else _ROWS_OF_16


def has_panels(step: MatrixProduct) -> bool:
    """Return whether a product is computed by panels rather than by BLAS."""
    extents = (step.rows, step.columns, step.inner)
    smallest = _SMALLEST if step.batch == 1 else _SMALLEST_OF_MANY
    fits = min(extents) >= _SHORTEST and math.prod(extents) >= smallest
    if blas.has_avx512():
        return fits
    is_thin = step.columns <= _FEW_COLUMNS and step.inner >= _LONG_INNER
    return fits and is_thin and not step.left_transposed and blas.has_avx2()


def vectors_of(step: MatrixProduct) -> int:
    """Return the width of the panels in vectors: the one that pads the columns least."""
    lanes = vector_bytes() // step.node.dtype.itemsize
    return _vectors_for(step.columns, lanes, tuple(rows_by_vectors()))


@cache
def _vectors_for(columns: int, lanes: int, widths: tuple[int, ...]) -> int:
    """Return the width among some that pads the columns least."""

    def cost(vectors: int) -> float:
        return -(-columns // (vectors * lanes)) * vectors * _COST[vectors]

    return min(widths, key=cost)


def width_of(step: MatrixProduct) -> int:
    """Return the columns of a panel."""
    return vectors_of(step) * vector_bytes() // step.node.dtype.itemsize


def rows_of_block(step: MatrixProduct) -> int:
    """Return the rows of C that stay in registers together, which are those of a band."""
    return rows_by_vectors()[vectors_of(step)]


def left_form(step: MatrixProduct) -> LeftForm:
    """Return how the left factor is read: by rows, or, if it is transposed, by columns or bands.

    Every panel reads it once more: with several, its elements must stay in the cache.
    """
    if not step.left_transposed:
        return "rows"
    narrow = _NARROW_ONCE if step.columns <= width_of(step) else _NARROW
    return "columns" if step.rows * step.node.dtype.itemsize <= narrow else "bands"


def band_bytes(step: MatrixProduct) -> int:
    """Return the bytes of the bands of one group of rows, 0 if the left factor is read in place."""
    if left_form(step) != "bands":
        return 0
    rows, block = min(step.rows, GROUP), rows_of_block(step)
    return -(-rows // block) * block * min(step.inner, INNER) * step.node.dtype.itemsize


def panel_room(step: MatrixProduct) -> int:
    """Return the elements of the panels of one right factor."""
    return -(-step.columns // width_of(step)) * width_of(step) * step.inner


def is_panel(step: MatrixProduct) -> bool:
    """Return whether the right factor is a panel as it is stored, or one per product."""
    return step.columns == width_of(step) and not step.right_transposed


def panel_bytes(step: MatrixProduct) -> int:
    """Return the bytes of all panels; a factor that all products share is copied once."""
    return (step.batch if step.steps[1] else 1) * panel_room(step) * step.node.dtype.itemsize
