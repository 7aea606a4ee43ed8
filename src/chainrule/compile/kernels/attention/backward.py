"""The backward kernel of attention."""

from __future__ import annotations

import math
from functools import cache

from chainrule.compile.kernels.attention.attention_blocks import AttentionBlocks, Square
from chainrule.compile.kernels.attention.block_form import (
    KEYS,
    NAMES,
    PARTS,
    BlockForm,
    drawn_names,
    mask_names,
)
from chainrule.compile.kernels.attention.block_writer import BlockWriter
from chainrule.compile.kernels.attention.drawn_factors import draw_factors
from chainrule.compile.kernels.attention.register_tile import RegisterTile
from chainrule.compile.kernels.tiles import transposed_rows
from chainrule.compile.kernels.vectors import lane_masks, masked_load

_COPIES = ("keys", "values", "of keys", "of values")
_COLUMNS = ("queries", "upstream", "of queries", "query rows", "upstream rows")
_BLOCKS = ("weights", "of scores", "pair bias")
_DRAWN = ("drawn",)
_ROWS = ("logarithms", "along")
_AREAS = (*_COPIES, *_COLUMNS, *_BLOCKS, *_ROWS, "key bias", *_DRAWN)


def backward_areas(form: BlockForm, numbers: dict[str, int]) -> dict[str, int]:
    """Return the elements of the areas of scratch memory."""
    rows = numbers["padded keys"] * numbers["padded width"]
    columns = numbers["padded width"] * form.queries
    whole = -(-numbers["padded keys"] // form.lanes) * form.lanes
    return {
        **dict.fromkeys(_COPIES, rows),
        **dict.fromkeys(_COLUMNS, columns),
        **dict.fromkeys(_BLOCKS, KEYS * form.queries),
        **dict.fromkeys(_ROWS, form.queries),
        "key bias": whole,
        "drawn": KEYS * form.queries if form.drawn else 0,
    }


@cache
def backward_text(form: BlockForm) -> str:
    """Return the kernel of the gradients of attention.

    Pointers: the gradient of the output, the output with its logarithms, operands, masks, keys of
    dropout, the gradients, scratch. Numbers: the first and the last head, the elements of the
    output, where the gradient of each operand begins, and those of `NAMES`, masks, dropout and
    areas.
    """
    return _Backward(form).text()


class _Backward:
    """Writes the backward kernel: for every block of queries, the weights of all blocks of keys."""

    def __init__(self, form: BlockForm) -> None:
        names = ("first", "end", "logarithms", *(f"operand {i}" for i in range(form.count)))
        names = (*names, *NAMES, *mask_names(form), *drawn_names(form))
        names = (*names, *(f"at {each}" for each in _AREAS))
        count = 2 + form.count + len(form.masks) + form.drawn
        self.f = BlockWriter(count + 2, names, form.dtype)
        self.form = form
        self.blocks = AttentionBlocks(self.f, form, 2, f"%p{count + 1}")
        self.target = f"%p{count}"
        self.tile = RegisterTile(self.f, form.rows_of(form.vectors), form.vectors)
        self.wide = RegisterTile(self.f, form.rows_of(form.columns), form.columns)

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
            rows = f.times(blocks.tiles_of(here, 8), 8)
            blocks.pair_bias(first, first_key, rows)
            key = f"%p{2 + self.form.count + len(self.form.masks)}"
            draw_factors(blocks, key, first, first_key, rows)
            with f.loop(blocks.tiles_of(here, self.tile.rows)) as n:
                self._weights(first, first_key, f.times(n, self.tile.rows))
            self._add_to_queries(first_key, here)
            self._add_to_keys("of values", "weights", "upstream rows", (first_key, here, count))
            self._add_to_keys("of keys", "of scores", "query rows", (first_key, here, count))
        token, scale = f["query token"], blocks.scale(1.0)
        blocks.store_queries("of queries", self._gradient("query"), token, first, lambda _: scale)

    def _load_logarithms(self, number: str, first: str) -> None:
        """Copy the logarithms of the sums of the weights."""
        f, area = self.f, self.blocks.area("logarithms")
        row = f.plus(f["logarithms"], f.times(number, f["queries"]), first)
        left = f.put(f"sub i64 {f['queries']}, {first}")
        for i, mask in enumerate(lane_masks(f, f.lanes, self.form.vectors, left, "0")):
            value = masked_load(f, f.dtype, f.place("%p1", row, i * f.lanes), mask)
            f.write(value, f.place(area, i * f.lanes))

    def _copy_rows(self, first: str) -> None:
        """Copy queries and upstream gradients, as rows and transposed; sum upstream · output."""
        f, blocks, along = self.f, self.blocks, self.blocks.area("along")
        token = f.times(f["heads"], f["width"])
        query, upstream, output = blocks.source("query"), blocks.output("%p0"), blocks.output("%p1")
        power, scale = blocks.scale(math.log2(math.e)), blocks.scale(1.0)
        self._clear("along", str(self.form.queries))
        for square in blocks.squares():
            rows = blocks.load_rows(query, f["query token"], first, square)
            self._store_rows_of("query rows", self._scaled(rows, scale), square)
            lines = transposed_rows(f, f.vector, rows)
            blocks.store_columns("queries", self._scaled(lines, power), square)
            rows = blocks.load_rows(upstream, token, first, square)
            self._store_rows_of("upstream rows", rows, square)
            lines = transposed_rows(f, f.vector, rows)
            blocks.store_columns("upstream", lines, square)
            rows = blocks.load_rows(output, token, first, square)
            at = f.place(along, square[1])
            total = f.read(at)
            for a, b in zip(lines, transposed_rows(f, f.vector, rows), strict=True):
                total = f.multiplied_and_added(a, b, total)
            f.write(total, at)

    def _scaled(self, rows: list[str], factor: str) -> list[str]:
        return [self.f.combined("fmul", each, factor) for each in rows]

    def _store_rows_of(self, name: str, rows: list[str], square: Square) -> None:
        """Store the queries of a square to rows of an area, (queries, width)."""
        f, (column, query, _) = self.f, square
        for i, row in enumerate(rows):
            line = f.times(f["padded width"], f.plus(query, i))
            f.write(row, f.place(self.blocks.area(name), line, column))

    def _weights(self, first: str, first_key: str, row: str) -> None:
        """Store a tile of weights, and of the gradients of scores."""
        f, blocks, tile = self.f, self.blocks, self.tile
        weights, of_scores = (
            f.place(blocks.area(each), f.times(row, self.form.queries))
            for each in ("weights", "of scores")
        )
        for number, line in enumerate(blocks.scores(tile, first_key, row, first)):
            for i, score in enumerate(line):
                logarithm = f.read(f.place(blocks.area("logarithms"), i * f.lanes))
                weight = f.function("exp2_flushed", f.combined("fsub", score, logarithm))
                f.write(weight, f.place(weights, number * self.form.queries + i * f.lanes))
        tile.clear()
        key = f.times(f.plus(first_key, row), f["padded width"])
        lefts = (f.place(blocks.area("values"), key), f["padded width"], 1)
        tile.add_products(lefts, (blocks.area("upstream"), self.form.queries), f["width"])
        for number, line in enumerate(tile.sums):
            for i, cell in enumerate(line):
                place = number * self.form.queries + i * f.lanes
                along = f.read(f.place(blocks.area("along"), i * f.lanes))
                weight, of_weight = f.read(f.place(weights, place)), f.read(cell)
                if self.form.drawn:
                    at = f.place(blocks.area("drawn"), f.times(row, self.form.queries), place)
                    factor = f.read(at)
                    of_weight = f.combined("fmul", of_weight, factor)
                    f.write(f.combined("fmul", weight, factor), f.place(weights, place))
                away = f.combined("fsub", of_weight, along)
                f.write(f.combined("fmul", weight, away), f.place(of_scores, place))

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
        for column, masks in self.blocks.columns():
            with f.loop(f["keys"]) as j:
                row, out = f.times(j, f["padded width"]), f.times(j, f[f"{part} token"])
                for i, mask in enumerate(masks):
                    at = f.plus(column, i * f.lanes)
                    value = f.read(f.place(area, row, at))
                    f.write_lanes(value, f.place(target, out, at), mask)
