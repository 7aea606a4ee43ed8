"""The forward kernel of attention."""

from __future__ import annotations

import math
from functools import cache

from chainrule.compile.kernels.attention.attention_blocks import HIDDEN, LIMIT, AttentionBlocks
from chainrule.compile.kernels.attention.block_form import (
    KEYS,
    NAMES,
    BlockForm,
    drawn_names,
    mask_names,
)
from chainrule.compile.kernels.attention.block_writer import BlockWriter
from chainrule.compile.kernels.attention.drawn_factors import draw_factors
from chainrule.compile.kernels.attention.register_tile import RegisterTile
from chainrule.compile.kernels.tiles import transposed_rows
from chainrule.compile.kernels.vectors import lane_masks

AREAS = (
    *("keys", "values", "queries", "output"),
    *("weights", "pair bias", "key bias", "inverse sums", "drawn"),
)


def forward_areas(form: BlockForm, numbers: dict[str, int]) -> dict[str, int]:
    """Return the elements of the areas of scratch memory."""
    rows = numbers["padded keys"] * numbers["padded width"]
    columns = numbers["padded width"] * form.queries
    block = KEYS * form.queries
    whole = -(-numbers["padded keys"] // form.lanes) * form.lanes
    drawn = block if form.drawn else 0
    sizes = (rows, rows, columns, columns, block, block, whole, form.queries, drawn)
    return dict(zip(AREAS, sizes, strict=True))


@cache
def forward_text(form: BlockForm) -> str:
    """Return the kernel of attention.

    Pointers: operands, masks, keys of dropout, output, scratch. Numbers: the first and the last
    block, and those of `NAMES`, masks, dropout and areas.
    """
    return _Forward(form).text()


class _Forward:
    """Writes the forward kernel: online softmax over blocks of keys, for one block of queries."""

    def __init__(self, form: BlockForm) -> None:
        names = ("first", "end", "logarithms", *NAMES, *mask_names(form))
        names = (*names, *drawn_names(form), *(f"at {each}" for each in AREAS))
        count = form.count + len(form.masks) + form.drawn
        self.f = BlockWriter(count + 2, names, form.dtype)
        self.form = form
        self.blocks = AttentionBlocks(self.f, form, 0, f"%p{count + 1}")
        self.target = f"%p{count}"
        self.tile = RegisterTile(self.f, form.rows_of(form.vectors), form.vectors)
        self.largest, self.totals, self.tops = (
            [self.f.cell(self.f.vector) for _ in range(form.vectors)] for _ in range(3)
        )

    def text(self) -> str:
        """Write the loop over blocks of queries of all heads."""
        f, blocks = self.f, self.blocks
        with f.loop(f["end"], f["first"]) as unit:
            number = f.put(f"udiv i64 {unit}, {f['blocks']}")
            block = f.put(f"urem i64 {unit}, {f['blocks']}")
            blocks.enter(number)
            is_first = f.put(f"icmp eq i64 {unit}, {f['first']}")
            is_new = f.put(f"icmp eq i64 {block}, 0")
            with f.when(f.put(f"or i1 {is_first}, {is_new}")):
                blocks.copy_keys()
            first, _ = blocks.first_query(block)
            self._copy_queries(first)
            self._begin()
            read = blocks.keys_read(first)
            with f.loop(blocks.key_blocks(read)) as each:
                self._block(first, read, f.times(each, KEYS))
            self._finish(number, first)
        return f.text()

    def _copy_queries(self, first: str) -> None:
        """Transpose a block of queries, times scale log2(e), so that weights are powers of 2."""
        f, blocks = self.f, self.blocks
        source, factor = blocks.source("query"), blocks.scale(math.log2(math.e))
        for square in blocks.squares():
            rows = blocks.load_rows(source, f["query token"], first, square)
            lines = transposed_rows(f, f.vector, rows)
            lines = [f.combined("fmul", each, factor) for each in lines]
            blocks.store_columns("queries", lines, square)

    def _begin(self) -> None:
        """Set maxima, sums and the output of a block of queries to those of no key."""
        f, area = self.f, self.blocks.area("output")
        for largest, total in zip(self.largest, self.totals, strict=True):
            f.write(f.constant(HIDDEN), largest)
            f.write("zeroinitializer", total)
        with f.loop(f.times(f["padded width"], self.form.vectors)) as i:
            f.write("zeroinitializer", f.place(area, f.times(i, f.lanes)))

    def _block(self, first: str, read: str, first_key: str) -> None:
        """Add a block of keys to the output."""
        f, blocks = self.f, self.blocks
        here = f.smaller(f.put(f"sub i64 {read}, {first_key}"), KEYS)
        rows = f.times(blocks.tiles_of(here, 8), 8)
        blocks.pair_bias(first, first_key, rows)
        draw_factors(blocks, f"%p{self.form.count + len(self.form.masks)}", first, first_key, rows)
        for top in self.tops:
            f.write(f.constant(HIDDEN), top)
        with f.loop(blocks.tiles_of(here, self.tile.rows)) as number:
            self._scores(first, first_key, f.times(number, self.tile.rows))
        kept = self._raise_maxima()
        self._weights(here)
        self._output(first_key, here, kept)

    def _scores(self, first: str, first_key: str, row: str) -> None:
        """Store a tile of scores, and raise the maxima of the block."""
        f = self.f
        for number, line in enumerate(self.blocks.scores(self.tile, first_key, row, first)):
            place = f.times(f.plus(row, number), self.form.queries)
            for i, (score, top) in enumerate(zip(line, self.tops, strict=True)):
                f.write(score, f.place(self.blocks.area("weights"), place, i * f.lanes))
                f.write(f.larger(score, f.read(top)), top)

    def _raise_maxima(self) -> list[str]:
        """Update the maxima, of no key 0; return the factors of earlier sums."""
        f, kept = self.f, []
        for top, largest, total in zip(self.tops, self.largest, self.totals, strict=True):
            before, new = f.read(largest), f.larger(f.read(top), f.read(largest))
            is_known = f.compared("ogt", new, f.constant(LIMIT))
            used = f.chosen(is_known, new, "zeroinitializer")
            factor = f.function("exp2_flushed", f.combined("fsub", before, used))
            f.write(new, largest)
            f.write(used, top)
            f.write(f.combined("fmul", f.read(total), factor), total)
            kept.append(factor)
        return kept

    def _weights(self, here: str) -> None:
        """Replace scores by powers of 2, and add these to the sums."""
        f = self.f
        with f.loop(here) as j:
            line = f.place(self.blocks.area("weights"), f.times(j, self.form.queries))
            for i, (top, total) in enumerate(zip(self.tops, self.totals, strict=True)):
                at = f.place(line, i * f.lanes)
                away = f.combined("fsub", f.read(at), f.read(top))
                weight = f.function("exp2_flushed", away)
                f.write(self._dropped(weight, j, i), at)
                f.write(f.combined("fadd", f.read(total), weight), total)

    def _dropped(self, weight: str, row: str, vector: int) -> str:
        """Return a vector of weights times the factors of dropout."""
        f = self.f
        if not self.form.drawn:
            return weight
        line = f.place(self.blocks.area("drawn"), f.times(row, self.form.queries))
        return f.combined("fmul", weight, f.read(f.place(line, vector * f.lanes)))

    def _output(self, first_key: str, here: str, kept: list[str]) -> None:
        """Add the weighted values to the output, (width, queries)."""
        f, blocks, tile = self.f, self.blocks, self.tile
        values = f.place(blocks.area("values"), f.times(first_key, f["padded width"]))
        with f.loop(f.put(f"udiv i64 {f['padded width']}, {tile.rows}")) as number:
            row = f.times(number, tile.rows)
            at = f.place(blocks.area("output"), f.times(row, self.form.queries))
            tile.load(at, self.form.queries, kept)
            lefts = (f.place(values, row), 1, f["padded width"])
            tile.add_products(lefts, (blocks.area("weights"), self.form.queries), here)
            tile.store(at, self.form.queries)

    def _finish(self, number: str, first: str) -> None:
        """Divide by the sums, write the output, and keep the logarithms of the sums."""
        f, blocks, inverses = self.f, self.blocks, self.blocks.area("inverse sums")
        row = f.plus(f["logarithms"], f.times(number, f["queries"]), first)
        left = f.put(f"sub i64 {f['queries']}, {first}")
        masks = lane_masks(f, f.lanes, self.form.vectors, left, "0")
        for i, (largest, total) in enumerate(zip(self.largest, self.totals, strict=True)):
            held = f.read(total)
            is_nothing = f.compared("oeq", held, "zeroinitializer")
            inverse = f.combined("fdiv", f.constant(1.0), held)
            inverse = f.chosen(is_nothing, "zeroinitializer", inverse)
            f.write(inverse, f.place(inverses, i * f.lanes))
            logarithm = f.combined("fadd", f.function("log2", held), f.read(largest))
            kept = f.chosen(is_nothing, "zeroinitializer", logarithm)
            f.write_lanes(kept, f.place(self.target, row, i * f.lanes), masks[i])
        token, target = f.times(f["heads"], f["width"]), blocks.output(self.target)
        blocks.store_queries(
            "output", target, token, first, lambda query: f.read(f.place(inverses, query))
        )
