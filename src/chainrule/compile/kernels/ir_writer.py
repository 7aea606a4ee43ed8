"""Write functions in LLVM's language; a loop is a `with` block of the code that writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from chainrule.compile.native import blas
from chainrule.compile.native.explicit_vectors import MARK

_UNMASKED_CHAINS = 2  # vectors per iteration where the last few have no mask


class IRFunction:
    """The text of `@kernel`, called with pointers %p0, %p1, ... and extents %n0, %n1, ...

    explicit  whether its vectors are written out, so that LLVM has nothing to vectorise
    """

    def __init__(self, pointers: int, extents: int, *, explicit: bool = False) -> None:
        given = [f"ptr noalias nocapture %p{i}" for i in range(pointers)]
        given += [f"i64 %n{i}" for i in range(extents)]
        marks = [MARK] if explicit else []
        self._head = [*marks, f"define void @kernel({', '.join(given)}) {{", "entry:"]
        self._cells: list[str] = []
        self._lines: list[str] = []
        self._block = "entry"
        self._count = 0
        self._hints: list[str] = []
        self._mark = ""

    def put(self, instruction: str) -> str:
        """Append an instruction, and return the name of its value."""
        name = f"%v{self._next()}"
        self._lines.append(f"  {name} = {instruction}")
        return name

    def do(self, instruction: str) -> None:
        """Append an instruction without a value."""
        self._lines.append(f"  {instruction}")

    def load(self, kind: str, base: str, index: str) -> str:
        """Load one element of an array, and return the name of its value."""
        return self.put(f"load {kind}, ptr {self.at(kind, base, index)}{self._mark}")

    def store(self, kind: str, value: str, base: str, index: str) -> None:
        """Store one element of an array."""
        self.do(f"store {kind} {value}, ptr {self.at(kind, base, index)}{self._mark}")

    def at(self, kind: str, base: str, index: str) -> str:
        """Return the address of one element of an array."""
        return self.put(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def prefetch(self, place: str, *, written: bool = False, near: bool = True) -> None:
        """Fetch the cache line of an address, which may be outside all memory.

        written  whether it will be written
        near     whether it will be used at once, so that it should be in the first cache
        """
        operands = f"ptr {place}, i32 {int(written)}, i32 {3 if near else 2}, i32 1"
        self.do(f"call void @llvm.prefetch.p0({operands})")

    def cell(self, kind: str) -> str:
        """Return a local variable, which LLVM keeps in a register."""
        name = f"%cell{self._next()}"
        self._cells.append(f"  {name} = alloca {kind}")
        return name

    @contextmanager
    def loop(
        self,
        extent: str,
        start: str = "0",
        *,
        width: int = 0,
        masked: bool = False,
        chains: int = 0,
    ) -> Iterator[str]:
        """Repeat the body for every index from `start` to below `extent`.

        width   the number of iterations per vector, for a loop whose iterations access different
                elements
        masked  whether the last few iterations use a masked vector, which pays in short loops; on
                CPUs without AVX-512, whose masked stores take tens of cycles, they use none
        chains  the number of vectors of sums that the loop carries, 0 to let LLVM choose

        The body runs at least once: extents of kernels are positive.
        """
        number, before = self._next(), self._block
        hint = self._width_metadata(width) if width else self._vector_metadata(masked, chains)
        head, index = f"head{number}", f"%i{number}"
        self.do(f"br label %{head}")
        self._lines.append(f"{head}:")
        self.do(f"{index} = phi i64 [ {start}, %{before} ], [ %next{number}, %tail{number} ]")
        self._block = head
        yield index
        self._mark = ""
        self.do(f"br label %tail{number}")
        self._lines.append(f"tail{number}:")
        self.do(f"%next{number} = add nsw i64 {index}, 1")
        self.do(f"%more{number} = icmp slt i64 %next{number}, {extent}")
        self.do(f"br i1 %more{number}, label %{head}, label %exit{number}{hint}")
        self._lines.append(f"exit{number}:")
        self._block = f"exit{number}"

    def fold(
        self,
        extent: str,
        carried: Sequence[tuple[str, str]],
        body: Callable[..., Sequence[str]],
    ) -> list[str]:
        """Carry values in registers through a loop, and return their values after it.

        carried  the type and the first value of each
        body     (index, *values) -> the values of the next iteration

        The body runs at least once.
        """
        before, names = self._block, [f"%f{self._next()}" for _ in carried]
        with self.loop(extent) as index:
            top = len(self._lines)
            new = list(body(index, *names))
        tail = index.replace("%i", "%tail")
        self._lines[top:top] = [
            f"  {name} = phi {kind} [ {first}, %{before} ], [ {each}, {tail} ]"
            for name, (kind, first), each in zip(names, carried, new, strict=True)
        ]
        return new

    def search(self, kind: str, flags: Callable[[str], str]) -> str:
        """Repeat the body for every index from 0 on until its value is not 0; return that value.

        kind   the integer type of the value
        flags  (index) -> the name of the value
        """
        number, before = self._next(), self._block
        self.do(f"br label %look{number}")
        self._lines.append(f"look{number}:")
        self.do(f"%i{number} = phi i64 [ 0, %{before} ], [ %next{number}, %look{number} ]")
        found = flags(f"%i{number}")
        self.do(f"%next{number} = add nsw i64 %i{number}, 1")
        self.do(f"%none{number} = icmp eq {kind} {found}, 0")
        self.do(f"br i1 %none{number}, label %look{number}, label %found{number}")
        self._lines.append(f"found{number}:")
        self._block = f"found{number}"
        return found

    @contextmanager
    def nested(self, extents: Sequence[str]) -> Iterator[list[str]]:
        """Repeat the body for every tuple of indices below `extents`."""
        with ExitStack() as loops:
            yield [loops.enter_context(self.loop(each)) for each in extents]

    @contextmanager
    def when(self, flag: str | None, *, rarely: bool = False) -> Iterator[None]:
        """Run the body only if `flag` is true; always if it is None.

        rarely  whether the flag is seldom true, so that LLVM favours the other branch
        """
        if flag is None:
            yield
            return
        number = self._next()
        hint = self._rare_metadata() if rarely else ""
        self.do(f"br i1 {flag}, label %then{number}, label %after{number}{hint}")
        self._lines.append(f"then{number}:")
        self._block = f"then{number}"
        yield
        self.do(f"br label %after{number}")
        self._lines.append(f"after{number}:")
        self._block = f"after{number}"

    def find_slot(
        self, kind: str, keys: str, key: str, table: str, mask: str, extension: str
    ) -> str:
        """Return the slot of a hash table of positions that holds `key`, or the empty slot for it.

        key        an id as i64
        table      int64 positions in `keys`, -1 where empty; it has mask + 1 slots, a power of two
        extension  the instruction that makes a shorter id an i64
        """
        n, before = self._next(), self._block
        mixed = self.put(f"mul i64 {key}, -7046029254386353131")
        first = self.put(f"and i64 {self.put(f'lshr i64 {mixed}, 32')}, {mask}")
        self.do(f"br label %probe{n}")
        self._lines += [
            f"probe{n}:",
            f"  %slot{n} = phi i64 [ {first}, %{before} ], [ %further{n}, %advance{n} ]",
            f"  %cell{n} = getelementptr i64, ptr {table}, i64 %slot{n}",
            f"  %position{n} = load i64, ptr %cell{n}",
            f"  %empty{n} = icmp slt i64 %position{n}, 0",
            f"  br i1 %empty{n}, label %found{n}, label %compare{n}",
            f"compare{n}:",
            f"  %other{n} = getelementptr {kind}, ptr {keys}, i64 %position{n}",
            f"  %there{n} = load {kind}, ptr %other{n}",
            f"  %wide{n} = {'add' if kind == 'i64' else f'{extension} {kind} %there{n} to'} "
            + (f"i64 %there{n}, 0" if kind == "i64" else "i64"),
            f"  %same{n} = icmp eq i64 %wide{n}, {key}",
            f"  br i1 %same{n}, label %found{n}, label %advance{n}",
            f"advance{n}:",
            f"  %next_slot{n} = add i64 %slot{n}, 1",
            f"  %further{n} = and i64 %next_slot{n}, {mask}",
            f"  br label %probe{n}",
            f"found{n}:",
        ]
        self._block = f"found{n}"
        return f"%slot{n}"

    def text(self) -> str:
        """Return the finished function."""
        lines = [*self._head, *self._cells, *self._lines, "  ret void", "}", *self._hints]
        return "\n".join(lines)

    def _vector_metadata(self, masked: bool, chains: int) -> str:
        """Return the loop metadata for masked iterations, or for a number of vectors of sums."""
        if masked and not blas.has_avx512():
            masked, chains = False, chains or _UNMASKED_CHAINS
        if not masked and not chains:
            return ""
        own, name = len(self._hints), "predicate.enable" if masked else "interleave.count"
        folder = "vectorize." if masked else ""
        value = "i1 true" if masked else f"i32 {chains}"
        self._hints += [
            f"!{own} = distinct !{{!{own}, !{own + 1}}}",
            f'!{own + 1} = !{{!"llvm.loop.{folder}{name}", {value}}}',
        ]
        return f", !llvm.loop !{own}"

    def _rare_metadata(self) -> str:
        """Return the branch metadata of a branch that is seldom taken."""
        own = len(self._hints)
        self._hints.append(f'!{own} = !{{!"branch_weights", i32 1, i32 100}}')
        return f", !prof !{own}"

    def _width_metadata(self, width: int) -> str:
        """Return the loop metadata of a fixed vector width, and mark the accesses of the body.

        Without the mark, LLVM compares the memory that the body writes over all iterations of the
        outer loops, and finds that it overlaps.
        """
        own = len(self._hints)
        self._mark = f", !llvm.access.group !{own + 1}"
        self._hints += [
            f"!{own} = distinct !{{!{own}, !{own + 2}, !{own + 3}, !{own + 4}}}",
            f"!{own + 1} = distinct !{{}}",
            f'!{own + 2} = !{{!"llvm.loop.parallel_accesses", !{own + 1}}}',
            f'!{own + 3} = !{{!"llvm.loop.vectorize.width", i32 {width}}}',
            f'!{own + 4} = !{{!"llvm.loop.interleave.count", i32 1}}',
        ]
        return f", !llvm.loop !{own}"

    def _next(self) -> int:
        self._count += 1
        return self._count
