"""The loops of strided copies: along rows where both sides have rows, else tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from chainrule.compile.gates.strided_copies import StridedPart
from chainrule.compile.kernels.alternate_rows import copy_alternate, is_alternate
from chainrule.compile.kernels.gathering import added
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.tiles import side_of, transposed_tile
from chainrule.compile.kernels.vectors import block_count
from chainrule.graph import DType, Tensor
from chainrule.ops.scalars import type_of

_STRIPE = 16
Put = Callable[[str, str], None]


def strided_copy_text(node: Tensor, part: StridedPart, adds: bool, clears: bool) -> str:
    """Return the kernel of a part. Pointers: input, output. Numbers: extents, strides, offsets.

    clears  whether rows are cleared before they are written; three more numbers say which elements
    """
    rank = len(part.extents)
    f = IRFunction(2, 3 * rank + (5 if clears else 2))
    kind = type_of(node.dtype)
    source = f.at(kind, "%p0", f"%n{3 * rank}")
    target = f.at(kind, "%p1", f"%n{3 * rank + 1}")
    loops = StridedLoops(f, node.dtype, part, adds, source, target)
    if clears:
        loops.write_cleared([f"%n{3 * rank + i}" for i in (2, 3, 4)])
    else:
        loops.write()
    return f.text()


@dataclass(frozen=True)
class StridedLoops:
    """The loops of a strided copy inside a function.

    adds            whether elements are added to the target
    source, target  addresses
    first           the number of the function's extent that is the first of the copy; the strides
                    to read and the strides to write follow the extents
    known           the largest extent of a last axis that is written into the text with its
                    strides, so that LLVM needs no loop
    """

    f: IRFunction
    dtype: DType
    part: StridedPart
    adds: bool
    source: str
    target: str
    first: int = 0
    known: int = 0

    def write(self) -> None:
        """Write the loops."""
        across = self._across()
        if across is None and self._is_alternate:
            self._along(range(self._last), self._put_alternate)
        elif across is None:
            self._along(range(self._last + 1), self._put)
        else:
            self._in_tiles(across)

    def write_cleared(self, zeros: Sequence[str]) -> None:
        """Write the loops; each row of the first axis is cleared before it is written.

        zeros  the first element of the first row, and the first and last element that are cleared
        """
        f, size, (start, first, end) = self.f, self.dtype.itemsize, zeros
        row = self._stride(2, 0)
        last = f.put(f"sub i64 {self._extent(0)}, 1")
        with f.loop(self._extent(0)) as i:
            begin = f.put(f"add i64 {start}, {f.put(f'mul i64 {i}, {row}')}")
            stop = f.put(f"add i64 {begin}, {row}")
            begin, stop = (
                f.put(f"select i1 {f.put(f'icmp eq i64 {i}, {edge}')}, i64 {known}, i64 {other}")
                for edge, known, other in (("0", first, begin), (last, end, stop))
            )
            count = f.put(f"mul i64 {f.put(f'sub i64 {stop}, {begin}')}, {size}")
            at = f.at(type_of(self.dtype), "%p1", begin)
            f.do(f"call void @llvm.memset.p0.i64(ptr {at}, i8 0, i64 {count}, i1 false)")
            self._along(range(1, self._last + 1), self._put, *self._moved(0, i, "0", "0"))

    @property
    def _last(self) -> int:
        """The number of the last axis."""
        return len(self.part.extents) - 1

    @property
    def _steps_by_one(self) -> bool:
        """Whether the last axis is contiguous in source and target."""
        return self.part.read[-1] == self.part.write[-1] == 1

    @property
    def _is_alternate(self) -> bool:
        """Whether every second element of known rows is read, or written."""
        part = self.part
        is_copied = not self.adds and self._is_known(self._last)
        return is_copied and is_alternate(self.dtype, part.read[-1], part.write[-1])

    def _put_alternate(self, read: str, write: str) -> None:
        """Copy a row of which every second element is read, or written."""
        f, kind, part = self.f, type_of(self.dtype), self.part
        ends = f.at(kind, self.source, read), f.at(kind, self.target, write)
        copy_alternate(f, self.dtype, *ends, part.extents[-1], part.read[-1])

    def _across(self) -> int | None:
        """Return the axis that is contiguous in the source, if tiles are copied.

        Tiles are copied if another axis is contiguous in the target, and both axes are long.
        """
        part, last = self.part, self._last
        if self.adds or part.write[last] != 1 or part.read[last] == 1 or 1 not in part.read:
            return None
        across = part.read.index(1)
        shorter = min(part.extents[across], part.extents[last])
        return across if shorter >= side_of(self.dtype) else None

    def _along(self, axes: Sequence[int], put: Put, read: str = "0", write: str = "0") -> None:
        """Loop over `axes`, the first outermost, and call `put` at every point."""
        if not axes:
            put(read, write)
            return
        axis, *inner = axes
        bound = str(self.part.extents[axis]) if self._is_known(axis) else self._extent(axis)
        with self.f.loop(bound) as i:
            self._along(inner, put, *self._moved(axis, i, read, write))

    def _put(self, read: str, write: str) -> None:
        """Copy one element, or add it."""
        f, kind = self.f, type_of(self.dtype)
        value = f.load(kind, self.source, read)
        if self.adds:
            value = added(f, self.dtype, f.load(kind, self.target, write), value)
        f.store(kind, value, self.target, write)

    def _in_tiles(self, across: int) -> None:
        """Loop over tiles of the last axis and the axis that is contiguous in the source.

        A cache line that is read is then used completely before it is evicted. The last axis is cut
        into stripes of `_STRIPE` tiles, so that lines that are written follow each other. A whole
        tile is transposed in registers; partial tiles are copied element by element.
        """
        f, last, side = self.f, self._last, side_of(self.dtype)

        def tiles(read: str, write: str) -> None:
            with (
                self._blocks(self._extent(last), side * _STRIPE) as (first, length),
                self._blocks(self._extent(across), side) as (a, rows),
                self._blocks(length, side, first) as (b, columns),
            ):
                corner = self._moved(last, b, *self._moved(across, a, read, write))
                whole = f.put(f"icmp eq i64 {f.put(f'mul i64 {rows}, {columns}')}, {side * side}")
                with f.when(whole):
                    self._turn(across, *corner)
                with f.when(f.put(f"xor i1 {whole}, 1")), f.loop(rows) as i:
                    row = self._moved(across, i, *corner)
                    with f.loop(columns) as j:
                        self._put(*self._moved(last, j, *row))

        self._along([axis for axis in range(last) if axis != across], tiles)

    @contextmanager
    def _blocks(self, extent: str, size: int, first: str = "0") -> Iterator[tuple[str, str]]:
        """Loop over blocks of `extent` indices from `first` on; yield start and length of each."""
        f = self.f
        with f.loop(block_count(f, extent, size)) as block:
            start = f.put(f"mul i64 {block}, {size}")
            left = f.put(f"sub i64 {extent}, {start}")
            length = f.put(f"call i64 @llvm.umin.i64(i64 {left}, i64 {size})")
            yield f.put(f"add i64 {first}, {start}"), length

    def _turn(self, across: int, read: str, write: str) -> None:
        """Transpose a whole tile."""
        kind = type_of(self.dtype)
        corner = self.f.at(kind, self.source, read), self.f.at(kind, self.target, write)
        transposed_tile(
            self.f, self.dtype, corner, (self._stride(1, self._last), self._stride(2, across))
        )

    def _is_known(self, axis: int) -> bool:
        """Whether an extent and its strides are written into the text."""
        return axis == self._last and self.part.extents[axis] <= self.known

    def _extent(self, axis: int) -> str:
        """Return the extent of an axis."""
        return f"%n{self.first + axis}"

    def _stride(self, turn: int, axis: int) -> str:
        """Return the stride to read (turn 1) or to write (turn 2) along an axis."""
        if self._is_known(axis):
            return str((self.part.read, self.part.write)[turn - 1][axis])
        return f"%n{self.first + (self._last + 1) * turn + axis}"

    def _moved(self, axis: int, i: str, read: str, write: str) -> tuple[str, str]:
        """Return both indices after `i` steps along an axis."""
        f, places = self.f, []
        is_dense = axis == self._last and self.part.write[-1] == 1 == abs(self.part.read[-1])
        for at, turn in ((read, 1), (write, 2)):
            step = i if is_dense else f.put(f"mul i64 {i}, {self._stride(turn, axis)}")
            turned = is_dense and turn == 1 and self.part.read[-1] < 0
            places.append(f.put(f"{'sub' if turned else 'add'} i64 {at}, {step}"))
        return places[0], places[1]
