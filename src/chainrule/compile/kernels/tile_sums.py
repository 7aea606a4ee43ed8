"""Tiles of a matrix product whose sums stay in registers, and the choice of their extents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.native import blas
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

MOST_ROWS = 16
_LATENCY = 8  # products that must be independent of each other


def lanes_of(dtype: DType) -> int:
    """Return the elements of the widest vector that stays in a register."""
    return (64 if blas.has_avx512() else 32) // dtype.itemsize


def best_tile(
    extents: tuple[int, int],
    loads: Callable[[int, int], int],
    most: tuple[int, int] = (MOST_ROWS, 32),
) -> tuple[int, int]:
    """Return the tile (rows, vectors) that needs the least time for a product.

    extents  rows and vectors of the product, which whole tiles cover
    loads    the vectors that are read per inner index; as many as products take no time
    most     the most rows and vectors of a tile
    """
    fitting = [tile for tile in tiles() if tile[0] <= most[0] and tile[1] <= most[1]]
    return min(fitting, key=lambda tile: _cost(tile, extents, loads))


def best_rows(rows: int, vectors: int, loads: Callable[[int, int], int]) -> int:
    """Return the rows of the best tile with this number of vectors; arguments as above."""
    fitting = [tile for tile in tiles() if tile[1] == vectors]
    return min(fitting, key=lambda tile: _cost(tile, (rows, vectors), loads))[0]


def tiles() -> list[tuple[int, int]]:
    """Return the tiles that fit into the registers, with their vectors and a value of a row."""
    registers = 32 if blas.has_avx512() else 16
    return [
        (rows, vectors)
        for rows in range(1, MOST_ROWS + 1)
        for vectors in range(1, registers)
        if (rows + 1) * vectors + 1 <= registers or (rows == 1 and 2 * vectors <= registers)
    ]


def _cost(
    tile: tuple[int, int], extents: tuple[int, int], loads: Callable[[int, int], int]
) -> tuple[float, float]:
    """Return the time of a product by tiles; of equal ones the vectors read per product count."""
    rows, vectors = (-(-n // each) * each for n, each in zip(extents, tile, strict=True))
    return rows * vectors * slowness(tile, loads), loads(*tile) / (tile[0] * tile[1])


def slowness(tile: tuple[int, int], loads: Callable[[int, int], int]) -> float:
    """Return the time of a product of vectors in a tile, 1 where only the products take time."""
    products = tile[0] * tile[1]
    return max(products, loads(*tile), _LATENCY) / products


class TileSums:
    """The sums of a tile of some rows by some vectors, as local variables."""

    def __init__(self, f: IRFunction, dtype: DType, tile: tuple[int, int]) -> None:
        self.f, self.rows, self.vectors = f, *tile
        self.lanes = lanes_of(dtype)
        self.vector = f"<{self.lanes} x {type_of(dtype)}>"
        self._fma = f"llvm.fma.v{self.lanes}f{8 * dtype.itemsize}"
        self._cells = self._new()

    def begin(self) -> None:
        """Set the sums to zero."""
        for cell in (each for row in self._cells for each in row):
            self.f.do(f"store {self.vector} zeroinitializer, ptr {cell}")

    def value(self, row: int, number: int) -> str:
        """Return the sums in one vector."""
        return self.f.put(f"load {self.vector}, ptr {self._cells[row][number]}")

    def add(self, row: int, number: int, value: str) -> None:
        """Add a vector to the sums."""
        both = self.f.put(f"fadd {self.vector} {self.value(row, number)}, {value}")
        self.f.do(f"store {self.vector} {both}, ptr {self._cells[row][number]}")

    def add_products(self, row: int, left: str, factors: Sequence[str]) -> None:
        """Add the products of a vector with each factor to the sums of a row."""
        f, vector = self.f, self.vector
        for number, factor in enumerate(factors):
            operands = f"{vector} {left}, {vector} {factor}, {vector} {self.value(row, number)}"
            value = f.put(f"call {vector} @{self._fma}({operands})")
            f.do(f"store {vector} {value}, ptr {self._cells[row][number]}")

    def add_to(self, at: str) -> None:
        """Add the sums to totals in memory, a row after the other."""
        for row in range(self.rows):
            for number in range(self.vectors):
                place = self.f.at(self.vector, at, str(row * self.vectors + number))
                held = self.f.put(f"load {self.vector}, ptr {place}")
                total = self.f.put(f"fadd {self.vector} {held}, {self.value(row, number)}")
                self.f.do(f"store {self.vector} {total}, ptr {place}")

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Let the block sum from zero, and add its sums to those so far."""
        before, self._cells = self._cells, self._new()
        self.begin()
        yield
        parts, self._cells = self._cells, before
        for row, cells in enumerate(parts):
            for number, cell in enumerate(cells):
                self.add(row, number, self.f.put(f"load {self.vector}, ptr {cell}"))

    def _new(self) -> list[list[str]]:
        """Return local variables for the sums of a tile."""
        return [[self.f.cell(self.vector) for _ in range(self.vectors)] for _ in range(self.rows)]
