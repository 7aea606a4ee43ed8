"""The backward kernel of attention."""

from __future__ import annotations

import math
from functools import cache

from chainrule.compile.kernels.attention.attention_blocks import AttentionBlocks
from chainrule.compile.kernels.attention.block_form import (
    KEYS,
    NAMES,
    PARTS,
    BlockForm,
    mask_names,
)
from chainrule.compile.kernels.attention.block_writer import BlockWriter
from chainrule.compile.kernels.attention.register_tile import RegisterTile
from chainrule.compile.kernels.tiles import transposed_rows
from chainrule.compile.kernels.vectors import block_count, lane_masks, masked_load

_COPIES = ("keys", "values", "of keys", "of values")
_COLUMNS = ("queries", "upstream", "of queries", "query rows", "upstream rows")
_BLOCKS = ("weights", "of scores", "pair bias")
_AREAS = (*_COPIES, *_COLUMNS, *_BLOCKS, "key bias")


def backward_areas(form: BlockForm, numbers: dict[str, int]) -> dict[str, int]:
    """Return the elements of the areas of scratch memory."""
    rows = numbers["padded keys"] * numbers["padded width"]
    columns = numbers["padded width"] * form.queries
    whole = -(-numbers["padded keys"] // form.lanes) * form.lanes
    return {
        **dict.fromkeys(_COPIES, rows),
        **dict.fromkeys(_COLUMNS, columns),
        **dict.fromkeys(_BLOCKS, KEYS * form.queries),
        "key bias": whole,
    }


@cache
def backward_text(form: BlockForm) -> str:
    """Return the kernel of the gradients of attention.

    Pointers: the gradient of the output, the output with its logarithms, operands, masks, the
    gradients, scratch. Numbers: the first and the last head, the elements of the output, where the
    gradient of each operand begins, and those of `NAMES`, masks and areas.
    """
    return _Backward(form).text()


class _Backward:
    """Writes the backward kernel: for every block of queries, the weights of all blocks of keys."""

    def __init__(self, form: BlockForm) -> None:
        names = ("first", "end", "logarithms", *(f"operand {i}" for i in range(form.count)))
        names = (*names, *NAMES, *mask_names(form), *(f"at {each}" for each in _AREAS))
        count = 2 + form.count + len(form.masks)
        self.f = BlockWriter(count + 2, names, form.dtype)
        self.form = form
        self.blocks = AttentionBlocks(self.f, form, 2, f"%p{count + 1}")
        self.target = f"%p{count}"
        self.tile = RegisterTile(self.f, form.vectors)
        self.wide = RegisterTile(self.f, form.columns)
        self.logarithms, self.along = (
            [self.f.cell(self.f.vector) for _ in range(form.vectors)] for _ in range(2)
        )

    def text(self) -> str:
        """Write the loops over heads, and blocks of their queries."""
        f, blocks = self.f, self.blocks
        with f.loop(f["end"], f["first"]) as number:
            blocks.enter(number)
            blocks.copy_keys()
            for area in ("of keys", "of values"):
                self._clear(area, f.times(f["padded keys"], f["padded width"]))
            with f.loop(f["blocks"]) as block:
                self._queries(number, *blocks.first_query(block))
            for part in ("key", "value"):
                self._store_rows(part)
        return f.text()

    def _clear(self, name: str, size: str) -> None:
        """Set an area to zero."""
        f, area = self.f, self.blocks.area(name)
        with f.loop(f.put(f"udiv i64 {size}, {f.lanes}")) as i:
            f.write("zeroinitializer", f.place(area, f.times(i, f.lanes)))

    def _queries(self, number: str, first: str, count: str) -> None:
        """Add the gradients that pass a block of queries."""
        f, blocks = self.f, self.blocks
        self._load_logarithms(number, first)
        self._copy_rows(first)
        self._clear("of queries", f.times(f["padded width"], self.form.queries))
        read = blocks.keys_read(first)
        with f.loop(blocks.key_blocks(read)) as each:
            first_key = f.times(each, KEYS)
            here = f.smaller(f.put(f"sub i64 {read}, {first_key}"), KEYS)
            blocks.pair_bias(first, first_key, f.times(blocks.tiles_of(here, 8), 8))
            with f.loop(blocks.tiles_of(here, self.tile.rows)) as n:
                self._weights(first, first_key, f.times(n, self.tile.rows))
            self._add_to_queries(first_key, here)
            self._add_to_keys("of values", "weights", "upstream rows", (first_key, here, count))
            self._add_to_keys("of keys", "of scores", "query rows", (first_key, here, count))
        token, target = f["query token"], self._gradient("query")
        factors = [blocks.scale(1.0)] * self.form.vectors
        blocks.store_queries(blocks.area("of queries"), target, token, first, factors)

    def _load_logarithms(self, number: str, first: str) -> None:
        """Load the logarithms of the sums of the weights."""
        f = self.f
        row = f.plus(f["logarithms"], f.times(number, f["queries"]), first)
        left = f.put(f"sub i64 {f['queries']}, {first}")
        for i, mask in enumerate(lane_masks(f, f.lanes, self.form.vectors, left, "0")):
            at = f.place("%p1", row, i * f.lanes)
            f.write(masked_load(f, f.dtype, at, mask), self.logarithms[i])

    def _copy_rows(self, first: str) -> None:
        """Copy queries and upstream gradients, as rows and transposed; sum upstream · output."""
        f, blocks = self.f, self.blocks
        token = f.times(f["heads"], f["width"])
        query, upstream, output = blocks.source("query"), blocks.output("%p0"), blocks.output("%p1")
        power, scale = blocks.scale(math.log2(math.e)), blocks.scale(1.0)
        for cell in self.along:
            f.write("zeroinitializer", cell)
        with f.loop(block_count(f, f["padded width"], f.lanes)) as c:
            column = f.times(c, f.lanes)
            for vector in range(self.form.vectors):
                place = (vector, column)
                rows = blocks.load_rows(query, f["query token"], first, *place)
                self._store_rows_of("query rows", rows, place, scale)
                self._store_columns("queries", rows, place, power)
                rows = blocks.load_rows(upstream, token, first, *place)
                self._store_rows_of("upstream rows", rows, place, None)
                lines = self._store_columns("upstream", rows, place, None)
                rows = blocks.load_rows(output, token, first, *place)
                total = f.read(self.along[vector])
                for a, b in zip(lines, transposed_rows(f, f.vector, rows), strict=True):
                    total = f.multiplied_and_added(a, b, total)
                f.write(total, self.along[vector])

    def _store_rows_of(
        self, area: str, rows: list[str], place: tuple[int, str], factor: str | None
    ) -> None:
        f, (vector, column) = self.f, place
        for i, row in enumerate(rows):
            value = row if factor is None else f.combined("fmul", row, factor)
            line = f.times(f["padded width"], vector * f.lanes + i)
            f.write(value, f.place(self.blocks.area(area), line, column))

    def _store_columns(
        self, area: str, rows: list[str], place: tuple[int, str], factor: str | None
    ) -> list[str]:
        f, (vector, column) = self.f, place
        lines = transposed_rows(f, f.vector, rows)
        for d, line in enumerate(lines):
            value = line if factor is None else f.combined("fmul", line, factor)
            at = f.times(f.plus(column, d), self.form.queries)
            f.write(value, f.place(self.blocks.area(area), at, vector * f.lanes))
        return lines

    def _weights(self, first: str, first_key: str, row: str) -> None:
        """Store a tile of weights, and of the gradients of scores."""
        f, blocks, tile = self.f, self.blocks, self.tile
        weights, of_scores = (
            f.place(blocks.area(each), f.times(row, self.form.queries))
            for each in ("weights", "of scores")
        )
        for number, line in enumerate(blocks.scores(tile, first_key, row, first)):
            for i, (score, logarithm) in enumerate(zip(line, self.logarithms, strict=True)):
                away = f.combined("fsub", score, f.read(logarithm))
                at = f.place(weights, number * self.form.queries + i * f.lanes)
                f.write(f.function("exp2_flushed", away), at)
        tile.clear()
        key = f.times(f.plus(first_key, row), f["padded width"])
        lefts = (f.place(blocks.area("values"), key), f["padded width"], 1)
        tile.add_products(lefts, (blocks.area("upstream"), self.form.queries), f["width"])
        for number, line in enumerate(tile.sums):
            for i, (cell, along) in enumerate(zip(line, self.along, strict=True)):
                place = number * self.form.queries + i * f.lanes
                away = f.combined("fsub", f.read(cell), f.read(along))
                product = f.combined("fmul", f.read(f.place(weights, place)), away)
                f.write(product, f.place(of_scores, place))

    def _add_to_queries(self, first_key: str, here: str) -> None:
        """Add keys times gradients of scores to the gradient of queries, (width, queries)."""
        f, blocks, tile = self.f, self.blocks, self.tile
        keys = f.place(blocks.area("keys"), f.times(first_key, f["padded width"]))
        with f.loop(f.put(f"udiv i64 {f['padded width']}, {tile.rows}")) as n:
            row = f.times(n, tile.rows)
            at = f.place(blocks.area("of queries"), f.times(row, self.form.queries))
            tile.load(at, self.form.queries)
            lefts = (f.place(keys, row), 1, f["padded width"])
            tile.add_products(lefts, (blocks.area("of scores"), self.form.queries), here)
            tile.store(at, self.form.queries)

    def _add_to_keys(self, area: str, left: str, right: str, extents: tuple[str, str, str]) -> None:
        """Add `left` times `right`, (queries, width), to the gradient of keys or values."""
        f, blocks, tile = self.f, self.blocks, self.wide
        first_key, here, count = extents
        step = tile.vectors * f.lanes
        with f.loop(blocks.tiles_of(here, tile.rows)) as n:
            row = f.times(n, tile.rows)
            start = f.times(f.plus(first_key, row), f["padded width"])
            line = f.place(blocks.area(left), f.times(row, self.form.queries))
            with f.loop(f.put(f"udiv i64 {f['padded width']}, {step}")) as c:
                column = f.times(c, step)
                at = f.place(blocks.area(area), start, column)
                tile.load(at, f["padded width"])
                rights = (f.place(blocks.area(right), column), f["padded width"])
                tile.add_products((line, self.form.queries, 1), rights, count)
                tile.store(at, f["padded width"])

    def _gradient(self, part: str) -> str:
        """Return the address of the gradient of this head's queries, keys or values."""
        f, operand = self.f, self.form.operands[PARTS.index(part)]
        return f.place(self.blocks.source(part, self.target), f[f"operand {operand}"])

    def _store_rows(self, part: str) -> None:
        """Write the gradient of keys or values."""
        f, target = self.f, self._gradient(part)
        area = self.blocks.area(f"of {part}s")
        with f.loop(f["keys"]) as j:
            row = f.place(area, f.times(j, f["padded width"]))
            out = f.place(target, f.times(j, f[f"{part} token"]))
            with f.loop(block_count(f, f["padded width"], f.lanes)) as c:
                column = f.times(c, f.lanes)
                (inside,) = lane_masks(f, f.lanes, 1, f["width"], column)
                f.write_lanes(f.read(f.place(row, column)), f.place(out, column), inside)
