"""Sums and extrema in registers: float32 terms are added in blocks, and blocks in float64.

`kernels/sum_blocks.py` gives the length of a block and the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.sum_blocks import BLOCK
from chainrule.graph import Tensor, float32
from chainrule.graph.lowering import Template
from chainrule.ops.scalars import literal, type_of

_LANES = 8
_CHAINS, _FEW = 8, 4


class RegisterSums:
    """The sums and extrema that a kernel accumulates in registers.

    others  whether a row has more axes than the last
    long    whether the last axis may be longer than a block
    masked  whether the last few iterations use a masked vector
    """

    def __init__(
        self, f: IRFunction, nodes: Iterable[Tensor], *, others: bool, long: bool, masked: bool
    ) -> None:
        self.f, self.long, self.masked = f, long, masked
        self._cells = {each: f.cell(type_of(each.dtype)) for each in nodes}
        has_blocks = others or long
        self._wide = {
            each: f.cell("double") for each in self._cells if has_blocks and _is_rounded(each)
        }

    def begin(self, nodes: Iterable[Tensor]) -> None:
        """Set sums to zero, and extrema to the value that every element replaces."""
        for each in nodes:
            if each in self._wide:
                self.f.do(f"store double 0.0, ptr {self._wide[each]}")
            else:
                self._clear(each)

    @contextmanager
    def along(self, extent: str, nodes: Sequence[Tensor], gates: int) -> Iterator[str]:
        """Loop over the last axis, in blocks where it may be long; accumulate `nodes` inside."""
        blocked = [each for each in nodes if each in self._wide]
        is_cut = self.long and bool(blocked)
        chains = _CHAINS if is_cut and gates <= _FEW else 0
        with self._block(extent, chains) if is_cut else _whole(extent) as (start, end):
            for each in blocked:
                self._clear(each)
            with self.f.loop(end, start, masked=self.masked, chains=chains) as i:
                yield i
            for each in blocked:
                self._add(each)

    @contextmanager
    def _block(self, extent: str, chains: int) -> Iterator[tuple[str, str]]:
        """Loop over blocks; yield the bounds of each."""
        f, size = self.f, BLOCK * _LANES * max(chains, 1)
        count = f.put(f"udiv i64 {f.put(f'add i64 {extent}, {size - 1}')}, {size}")
        with f.loop(count) as block:
            start = f.put(f"mul i64 {block}, {size}")
            end = f.put(f"add i64 {start}, {size}")
            yield start, f.put(f"call i64 @llvm.umin.i64(i64 {end}, i64 {extent})")

    def collect(self, node: Tensor, term: str) -> None:
        """Add a term to a sum, or compare it with an extremum."""
        kind, cell = type_of(node.dtype), self._cells[node]
        held = self.f.put(f"load {kind}, ptr {cell}")
        self.f.do(f"store {kind} {self.f.put(_collected(node, held, term))}, ptr {cell}")

    def value(self, node: Tensor) -> str:
        """Return the result."""
        if node in self._wide:
            return self.f.put(f"fptrunc double {self.wide_value(node)} to float")
        return self.f.put(f"load {type_of(node.dtype)}, ptr {self._cells[node]}")

    def wide_value(self, node: Tensor) -> str:
        """Return the result of a float32 sum as a double."""
        if node in self._wide:
            return self.f.put(f"load double, ptr {self._wide[node]}")
        return self.f.put(f"fpext float {self.value(node)} to double")

    def _clear(self, node: Tensor) -> None:
        """Set a register to its first value."""
        kind = type_of(node.dtype)
        self.f.do(f"store {kind} {literal(_start(node), node.dtype)}, ptr {self._cells[node]}")

    def _add(self, node: Tensor) -> None:
        """Add the sum of the last block."""
        f, cell = self.f, self._wide[node]
        term = f.put(f"fpext float {f.put(f'load float, ptr {self._cells[node]}')} to double")
        both = f.put(f"fadd double {f.put(f'load double, ptr {cell}')}, {term}")
        f.do(f"store double {both}, ptr {cell}")


@contextmanager
def _whole(extent: str) -> Iterator[tuple[str, str]]:
    """Yield the bounds of the whole axis."""
    yield "0", extent


def is_long(extent: int) -> bool:
    """Return whether a row is longer than a block."""
    return extent > BLOCK * _LANES


def _is_rounded(node: Tensor) -> bool:
    """Return whether a gate is a sum of float32 terms."""
    return template_of(node) == "sum" and node.dtype == float32


def _start(node: Tensor) -> float:
    """Return the first value of an accumulator."""
    starts: dict[Template | None, float] = {"sum": 0.0, "max": -math.inf, "min": math.inf}
    return starts[template_of(node)]


def _collected(node: Tensor, held: str, term: str) -> str:
    """Return the instruction that adds a term, or compares it."""
    kind = type_of(node.dtype)
    if template_of(node) == "sum":
        return f"fadd reassoc {kind} {held}, {term}"
    name = f"llvm.{template_of(node)}imum.f{8 * node.dtype.itemsize}"
    return f"call nsz {kind} @{name}({kind} {held}, {kind} {term})"
