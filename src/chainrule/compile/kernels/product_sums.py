"""The sums of the tiles of a product with windows: vectors of places, or vectors of kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.place_vectors import lane_mask
from chainrule.compile.kernels.tile_sums import TileSums
from chainrule.compile.kernels.tiles import transposed_rows
from chainrule.compile.kernels.vectors import (
    broadcast_vector,
    lanes_below,
    masked_store,
    packed_lanes,
)
from chainrule.graph import DType
from chainrule.ops.scalars import type_of


@dataclass(frozen=True)
class Span:
    """Adjacent places: the address of the first in the image, its number, the mask of places."""

    start: str
    number: str
    mask: str


class SumsOfPlaces(TileSums):
    """Tiles whose rows are kernels, and whose vectors hold places."""

    def __init__(self, f: IRFunction, dtype: DType, tile: tuple[int, int], gaps: bool) -> None:
        """Make the sums; `gaps` says whether spans hold lanes between places."""
        super().__init__(f, dtype, tile)
        self.dtype, self.kind, self._gaps = dtype, type_of(dtype), gaps

    def add_term(self, weights: str, spans: Sequence[Span], offset: str) -> None:
        """Add the products of one element of the windows; `weights` are those of a band."""
        f = self.f
        factors = [self.loaded(f.at(self.kind, each.start, offset)) for each in spans]
        for row in range(self.rows):
            value = f.load(self.kind, weights, str(row))
            self.add_products(row, broadcast_vector(f, self.lanes, self.kind, value), factors)

    def store(self, out: str, first: str, kernels: str, places: str, spans: Sequence[Span]) -> None:
        """Store the sums of kernels from `first` on, without the lanes between rows of places."""
        f = self.f
        masks = [self._masks(each) for each in spans]
        for row in range(self.rows):
            kernel = f.put(f"add i64 {first}, {row}")
            with f.when(f.put(f"icmp slt i64 {kernel}, {kernels}")):
                start = f.at(self.kind, out, f.put(f"mul i64 {kernel}, {places}"))
                for number, (span, mask) in enumerate(zip(spans, masks, strict=True)):
                    at = f.at(self.kind, start, span.number)
                    self._store_vector(self.value(row, number), at, *mask)

    def _masks(self, span: Span) -> tuple[str, str]:
        """Return the lanes of a span that hold places, and as many lanes from the first on."""
        f, held = self.f, lane_mask(self.f, self.lanes, span.mask)
        if not self._gaps:
            return held, held
        return held, lanes_below(f, self.lanes, f.put(f"call i64 @llvm.ctpop.i64(i64 {span.mask})"))

    def _store_vector(self, value: str, at: str, held: str, stored: str) -> None:
        """Store the lanes that hold places, without the gaps between them."""
        if self._gaps:
            value = packed_lanes(self.f, self.dtype, value, held, self.lanes)
        masked_store(self.f, self.dtype, value, at, stored, self.lanes)

    def loaded(self, at: str) -> str:
        """Load a vector from any address."""
        return self.f.put(f"load {self.vector}, ptr {at}, align {self.dtype.itemsize}")


class SumsOfKernels(SumsOfPlaces):
    """Tiles whose rows are adjacent places, and whose vectors hold kernels."""

    def add_term(self, weights: str, spans: Sequence[Span], offset: str) -> None:
        """Add the products of one element of the windows; `weights` are those of a band."""
        f, (span,) = self.f, spans
        left = f.at(self.kind, span.start, offset)
        factors = [
            self.loaded(f.at(self.kind, weights, str(number * self.lanes)))
            for number in range(self.vectors)
        ]
        for row in range(self.rows):
            value = f.load(self.kind, left, str(row))
            self.add_products(row, broadcast_vector(f, self.lanes, self.kind, value), factors)

    def store(self, out: str, first: str, kernels: str, places: str, spans: Sequence[Span]) -> None:
        """Store the sums of kernels from `first` on, transposed to rows of places."""
        f, (span,) = self.f, spans
        masks = self._masks(span)
        for number in range(self.vectors):
            rows = [self.value(row, number) for row in range(self.rows)]
            rows += ["zeroinitializer"] * (self.lanes - self.rows)
            for lane, value in enumerate(transposed_rows(f, self.vector, rows)):
                kernel = f.put(f"add i64 {first}, {number * self.lanes + lane}")
                with f.when(f.put(f"icmp slt i64 {kernel}, {kernels}")):
                    start = f.at(self.kind, out, f.put(f"mul i64 {kernel}, {places}"))
                    at = f.at(self.kind, start, span.number)
                    self._store_vector(value, at, *masks)
