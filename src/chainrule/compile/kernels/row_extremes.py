"""The extreme of a row, and its first position, by vectors of several registers.

The last vector of a row overlaps the one before, since an element may be compared twice: no loop
over single elements follows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.tile_sums import lanes_of as lanes_of_register
from chainrule.compile.kernels.vectors import VECTOR_BYTES, block_count, broadcast_vector
from chainrule.graph import DType
from chainrule.ops.scalars import literal, order_of, type_of

_REGISTERS = 4
_AHEAD = 1 << 12  # bytes; measured


@dataclass(frozen=True)
class RowExtremes:
    """Writes the search in a row of %p0 that starts at the element `start` and has `count`.

    which    "gt" for the largest element, "lt" for the smallest
    lanes    the elements of a vector, a power of two and at most those of a row
    numbers  whether NaN is ignored; otherwise it is the extreme
    """

    f: IRFunction
    dtype: DType
    which: str
    lanes: int
    start: str
    count: str
    numbers: bool = False

    def extreme(self, worst: float, *, pauses: bool = False) -> str:
        """Return the extreme; of NaN alone `worst` if NaN is ignored.

        worst   a value that every element replaces
        pauses  whether the row is read again before the next one, so that the CPU's own prefetching
                pauses; what follows is prefetched here then
        """
        f, steps = self.f, block_count(self.f, self.count, self.lanes)
        first = broadcast_vector(f, self.lanes, self._kind, literal(worst, self.dtype))
        carried = [(self._vector(self.lanes), first)]
        if self._finds_nan:
            carried.append((self._half, "zeroinitializer"))

        def further(i: str, best: str, *nan: str) -> list[str]:
            place = self._place(i)
            if pauses:
                self._prefetch(place)
            each = self._load(place)
            return [self._better(best, each, self.lanes), *(self._or_nan(n, each) for n in nan)]

        best, *nan = f.fold(steps, carried, further)
        found = self._of_lanes(best)
        for each in nan:
            found = self._nan_if(each, found)
        return found

    @property
    def _finds_nan(self) -> bool:
        """Whether NaN is the extreme; it is then collected apart, one flag for two lanes."""
        return self.dtype.kind == "f" and not self.numbers

    @property
    def _half(self) -> str:
        """The type of flags, one for two lanes."""
        return f"<{self.lanes // 2} x i{8 * self.dtype.itemsize}>"

    def _or_nan(self, flags: str, each: str) -> str:
        """Return the flags of NaN among earlier vectors and in this one."""
        f, half = self.f, f"<{self.lanes // 2} x {self._kind}>"
        low, high = self._halves(each, self.lanes)
        nan = f.put(f"fcmp uno {half} {low}, {high}")
        wide = f.put(f"sext <{self.lanes // 2} x i1> {nan} to {self._half}")
        return f.put(f"or {self._half} {flags}, {wide}")

    def _nan_if(self, flags: str, best: str) -> str:
        """Return NaN if a flag is set, else `best`."""
        f, bits = self.f, f"i{8 * self.dtype.itemsize}"
        name = f"llvm.vector.reduce.or.v{self.lanes // 2}{bits}"
        some = f.put(f"call {bits} @{name}({self._half} {flags})")
        is_nan = f.put(f"icmp ne {bits} {some}, 0")
        nan = literal(math.nan, self.dtype)
        return f.put(f"select i1 {is_nan}, {self._kind} {nan}, {self._kind} {best}")

    def first(self, best: str) -> str:
        """Return the position of the first element equal to `best`, of NaN if that is NaN."""
        f, kind = self.f, self._kind
        if self.dtype.kind != "f":
            return self._first("icmp eq", best)
        place = f.cell("i64")
        is_nan = f.put(f"fcmp uno {kind} {best}, {best}")
        with f.when(f.put(f"xor i1 {is_nan}, 1")):
            f.do(f"store i64 {self._first('fcmp oeq', best)}, ptr {place}")
        with f.when(is_nan, rarely=True):
            f.do(f"store i64 {self._first('fcmp uno', '0.0')}, ptr {place}")
        return f.put(f"load i64, ptr {place}")

    def _first(self, compare: str, other: str) -> str:
        """Return the position of the first element that compares true with a value.

        Vectors are searched by one flag per lane of a register, which needs fewer instructions than
        all flags; these are computed for the vector that is found.
        """
        f, lanes, kind = self.f, self.lanes, self._kind
        part = min(lanes, lanes_of_register(self.dtype))
        places = []

        def some(i: str) -> str:
            places.append(self._place(i))
            value, flags = broadcast_vector(f, part, kind, other), ""
            for number in range(0, lanes, part):
                at = f.put(f"add i64 {places[0]}, {number}") if number else places[0]
                found = f.put(f"{compare} <{part} x {kind}> {self._load(at, part)}, {value}")
                flags = f.put(f"or <{part} x i1> {flags}, {found}") if flags else found
            return f.put(f"bitcast <{part} x i1> {flags} to i{part}")

        f.search(f"i{part}", some)
        value = broadcast_vector(f, lanes, kind, other)
        found = f.put(f"{compare} <{lanes} x {kind}> {self._load(places[0])}, {value}")
        flags = f.put(f"bitcast <{lanes} x i1> {found} to i{lanes}")
        lane = f.put(f"call i{lanes} @llvm.cttz.i{lanes}(i{lanes} {flags}, i1 true)")
        if lanes != 64:
            lane = f.put(f"{'zext' if lanes < 64 else 'trunc'} i{lanes} {lane} to i64")
        return f.put(f"add i64 {places[0]}, {lane}")

    @property
    def _kind(self) -> str:
        return type_of(self.dtype)

    def _vector(self, lanes: int) -> str:
        return f"<{lanes} x {self._kind}>"

    def _place(self, i: str) -> str:
        """Return the position in the row of the vector number `i`."""
        f = self.f
        place = f.put(f"mul i64 {i}, {self.lanes}")
        last = f.put(f"sub i64 {self.count}, {self.lanes}")
        return f.put(f"call i64 @llvm.umin.i64(i64 {place}, i64 {last})")

    def _load(self, place: str, lanes: int = 0) -> str:
        at = self.f.at(self._kind, "%p0", self.f.put(f"add i64 {self.start}, {place}"))
        vector = self._vector(lanes or self.lanes)
        return self.f.put(f"load {vector}, ptr {at}, align {self.dtype.itemsize}")

    def _prefetch(self, place: str) -> None:
        """Prefetch what is `_AHEAD` bytes after a vector."""
        f, start = self.f, self.f.put(f"add i64 {self.start}, {place}")
        at = f.at("i8", f.at(self._kind, "%p0", start), str(_AHEAD))
        for line in range(0, self.lanes * self.dtype.itemsize, VECTOR_BYTES):
            line_at = f.at("i8", at, str(line))
            f.do(f"call void @llvm.prefetch.p0(ptr {line_at}, i32 0, i32 3, i32 1)")

    def _better(self, a: str, b: str, lanes: int) -> str:
        """Return the better one of two elements per lane; `a` if one is NaN."""
        f, vector = self.f, self._vector(lanes)
        compare = "fcmp o" if self.dtype.kind == "f" else f"icmp {order_of(self.dtype)}"
        flags = f.put(f"{compare}{self.which} {vector} {b}, {a}")
        return f.put(f"select <{lanes} x i1> {flags}, {vector} {b}, {vector} {a}")

    def _of_lanes(self, best: str) -> str:
        """Return the best one of all lanes, half of which are compared with the others."""
        f, lanes = self.f, self.lanes
        while lanes > 1:
            low, high = self._halves(best, lanes)
            lanes //= 2
            best = self._better(low, high, lanes)
        return f.put(f"extractelement <1 x {self._kind}> {best}, i64 0")

    def _halves(self, whole: str, lanes: int) -> tuple[str, str]:
        """Return the first and the second half of the lanes of a vector."""
        vector = self._vector(lanes)
        low, high = (
            self.f.put(f"shufflevector {vector} {whole}, {vector} poison, {_lanes(at, lanes // 2)}")
            for at in (0, lanes // 2)
        )
        return low, high


def lanes_of(dtype: DType, size: int) -> int:
    """Return the elements of a vector for rows of `size` elements or more."""
    most = _REGISTERS * VECTOR_BYTES // dtype.itemsize
    return int(min(most, 1 << size.bit_length() - 1))


def _lanes(first: int, count: int) -> str:
    """Return a mask of consecutive lanes in LLVM's notation."""
    return f"<{count} x i32> <{', '.join(f'i32 {first + i}' for i in range(count))}>"
