"""A tile of a product that stays in registers: some rows by some vectors."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.compile.kernels.attention.block_writer import BlockWriter

ROWS = {4: 4, 3: 8, 2: 8, 1: 8}
"""Rows of a tile per number of vectors: enough sums that no addition waits for the last one."""
ROWS_OF_HALVES = 4
"""Rows of a tile of one vector, on CPUs whose registers hold half a vector."""
MOST_ROWS = 8


class RegisterTile:
    """The sums of a tile, and the loop that adds the products of an inner axis."""

    def __init__(self, f: BlockWriter, rows: int, vectors: int) -> None:
        self.f, self.rows, self.vectors = f, rows, vectors
        self.sums = [[f.cell(f.vector) for _ in range(vectors)] for _ in range(rows)]

    def clear(self) -> None:
        """Set the sums to zero."""
        for cell in (each for row in self.sums for each in row):
            self.f.write("zeroinitializer", cell)

    def load(self, base: str, step: str | int, factors: Sequence[str] = ()) -> None:
        """Load the sums from rows in memory, `step` elements apart, times a factor per vector."""
        f = self.f
        for number, row in enumerate(self.sums):
            at = f.place(base, f.times(step, number))
            for i, cell in enumerate(row):
                held = f.read(f.place(at, i * f.lanes))
                f.write(f.combined("fmul", held, factors[i]) if factors else held, cell)

    def store(self, base: str, step: str | int) -> None:
        """Store the sums to rows in memory."""
        for number, row in enumerate(self.sums):
            at = self.f.place(base, self.f.times(step, number))
            for i, cell in enumerate(row):
                self.f.write(self.f.read(cell), self.f.place(at, i * self.f.lanes))

    def add_products(
        self,
        lefts: tuple[str, str | int, str | int],
        right: tuple[str, str | int],
        extent: str,
    ) -> None:
        """Add left[row, k] · right[k, :] for every k of the inner axis.

        lefts  the first element, elements from one row to the next, and from one k to the next
        right  the first vector, and elements from one k to the next
        """
        f, (first, apart, along) = self.f, lefts
        rows = [f.place(first, f.times(apart, i)) for i in range(self.rows)]
        with f.loop(extent) as k:
            at = f.place(right[0], f.times(k, right[1]))
            factors = [f.read(f.place(at, i * f.lanes)) for i in range(self.vectors)]
            inner = f.times(k, along)
            for base, row in zip(rows, self.sums, strict=True):
                left = f.repeated(f.load(f.kind, base, inner))
                for factor, cell in zip(factors, row, strict=True):
                    f.write(f.multiplied_and_added(left, factor, f.read(cell)), cell)
