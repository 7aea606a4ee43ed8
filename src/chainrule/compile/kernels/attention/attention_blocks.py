"""What the forward and the backward kernel share: copies of keys, values and queries, masks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from chainrule.compile.kernels.attention.block_form import KEYS, BlockForm
from chainrule.compile.kernels.attention.block_writer import BlockWriter
from chainrule.compile.kernels.attention.register_tile import MOST_ROWS, RegisterTile
from chainrule.compile.kernels.tiles import transposed_rows
from chainrule.compile.kernels.vectors import block_count, lane_masks, masked_load
from chainrule.graph import float64
from chainrule.ops.scalars import literal, type_of

HIDDEN = -1e30  # the score of a hidden key, far below any other
LIMIT = -5e29  # scores below are hidden


Square = tuple[str, str, str]
"""A square of a block: the first feature, the first query, the lanes that exist."""


class AttentionBlocks:
    """Writes the parts of a kernel that works on one head of one sequence at a time.

    Scores are in units of log 2, so that weights are powers of 2. They are transposed: rows are
    keys, and the lanes of vectors are queries, so that maxima and sums over keys are operations of
    whole vectors.
    """

    def __init__(self, f: BlockWriter, form: BlockForm, first: int, scratch: str) -> None:
        """`first` is the position of the first operand among the pointers."""
        self.f, self.form, self._first, self._scratch = f, form, first, scratch
        self.batch = self.head = ""

    def area(self, name: str) -> str:
        """Return the address of an area of scratch memory."""
        return self.f.place(self._scratch, self.f[f"at {name}"])

    def enter(self, number: str) -> None:
        """Begin a head of a sequence, by its number among all."""
        f = self.f
        self.batch = f.put(f"udiv i64 {number}, {f['heads']}")
        self.head = f.put(f"urem i64 {number}, {f['heads']}")

    def source(self, part: str, pointer: str | None = None) -> str:
        """Return the address of the first queries, keys or values of this head."""
        f = self.f
        operand = self.form.operands[("query", "key", "value").index(part)]
        start = f.plus(
            f[f"{part} start"],
            f.times(self.batch, f[f"{part} batch"]),
            f.times(self.head, f["width"]),
        )
        return f.place(pointer or f"%p{self._first + operand}", start)

    def output(self, pointer: str) -> str:
        """Return the address of this head in a tensor (batch, queries, heads, width)."""
        f = self.f
        token = f.times(f["heads"], f["width"])
        return f.place(
            pointer,
            f.times(self.batch, f["queries"], token),
            f.times(self.head, f["width"]),
        )

    def copy_keys(self) -> None:
        """Copy keys and values to adjacent rows of whole vectors; beyond the last, repeat it."""
        f = self.f
        last = f.put(f"sub i64 {f['keys']}, 1")
        bias = self._key_bias(last) if self._masks(False) else ""
        parts = [
            (self.source(part), f[f"{part} token"], self.area(f"{part}s"))
            for part in ("key", "value")
        ]
        for column, masks in self.columns():
            with f.loop(f["padded keys"]) as j:
                key = f.smaller(j, last)
                inside = masks if not bias else self._where_shown(masks, bias, j)
                for source, token, area in parts:
                    row, target = f.times(key, token), f.times(j, f["padded width"])
                    for i, mask in enumerate(inside):
                        at = f.plus(column, i * f.lanes)
                        self._fetch_next_head(f.place(source, row, at))
                        value = masked_load(f, f.dtype, f.place(source, row, at), mask)
                        f.write(value, f.place(area, target, at))

    def columns(self) -> Iterator[tuple[str, list[str]]]:
        """Loop over tiles of the width: the first column, and the lanes that exist per vector."""
        f, step = self.f, self.form.columns * self.f.lanes
        with f.loop(f.put(f"udiv i64 {f['padded width']}, {step}")) as number:
            column = f.times(number, step)
            yield column, lane_masks(f, f.lanes, self.form.columns, f["width"], column)

    def _key_bias(self, last: str) -> str:
        """Store what masks of keys add to the scores of every key; return where."""
        f, area = self.f, self.area("key bias")
        masks = [(i, self._mask(i)) for i in self._masks(False)]
        with f.loop(f["padded keys"]) as j:
            key, total = f.smaller(j, last), literal(0.0, f.dtype)
            for number, base in masks:
                added = self._added(number, base, key)
                total = f.put(f"fadd {f.kind} {total}, {added}")
            f.store(f.kind, total, area, j)
        return area

    def _where_shown(self, masks: list[str], bias: str, key: str) -> list[str]:
        """Return flags of lanes, none of which is set for a key that is hidden."""
        f, of = self.f, f"<{self.f.lanes} x i1>"
        added = f.load(f.kind, bias, key)
        shown = f.put(f"fcmp ugt {f.kind} {added}, {literal(LIMIT, f.dtype)}")
        return [f.put(f"select i1 {shown}, {of} {each}, {of} zeroinitializer") for each in masks]

    def _masks(self, of_pairs: bool) -> list[int]:
        """Return the numbers of the masks of pairs, or of keys."""
        return [i for i, each in enumerate(self.form.masks) if each.of_pairs == of_pairs]

    def _mask(self, number: int) -> str:
        """Return the address of this head's part of a mask."""
        f = self.f
        start = f.plus(
            f.times(self.batch, f[f"mask{number} batch"]),
            f.times(self.head, f[f"mask{number} head"]),
        )
        pointer = f"%p{self._first + self.form.count + number}"
        return f.at(type_of(self.form.masks[number].dtype), pointer, start)

    def _added(self, number: int, base: str, place: str) -> str:
        """Return what an element of a mask adds to a score."""
        f, dtype = self.f, self.form.masks[number].dtype
        value = f.load(type_of(dtype), base, place)
        hidden = f"{f.kind} {literal(HIDDEN, f.dtype)}"
        if dtype.kind == "b":
            shown = f.put(f"icmp ne i8 {value}, 0")
            return f.put(f"select i1 {shown}, {f.kind} {literal(0.0, f.dtype)}, {hidden}")
        value = f.put(f"fmul {f.kind} {value}, {literal(math.log2(math.e), f.dtype)}")
        is_low = f.put(f"fcmp olt {f.kind} {value}, {literal(HIDDEN, f.dtype)}")
        return f.put(f"select i1 {is_low}, {hidden}, {f.kind} {value}")

    def first_query(self, block: str) -> tuple[str, str]:
        """Return the first query of a block, and the number of its queries."""
        f = self.f
        first = f.times(block, self.form.queries)
        left = f.put(f"sub i64 {f['queries']}, {first}")
        return first, f.smaller(left, self.form.queries)

    def keys_read(self, first: str) -> str:
        """Return the number of keys that some query of a block reads."""
        if not self.form.causal:
            return self.f["keys"]
        return self.f.smaller(self.f["keys"], self.f.plus(first, self.form.queries))

    def pair_bias(self, first: str, first_key: str, rows: str) -> None:
        """Store what masks of pairs add to the scores of a block, and hide keys beyond the last."""
        masks = [(i, self._mask(i)) for i in self._masks(True)]
        if not masks:
            return
        f, area = self.f, self.area("pair bias")
        last = f.put(f"sub i64 {f['queries']}, 1")
        with f.loop(block_count(f, rows, f.lanes)) as n:
            row = f.times(n, f.lanes)
            key = f.plus(first_key, row)
            (inside,) = lane_masks(f, f.lanes, 1, f["keys"], key)
            with f.loop(str(self.form.vectors)) as v:
                query, lines = f.times(v, f.lanes), []
                for i in range(f.lanes):
                    place = f.times(f.smaller(f.plus(first, query, i), last), f["keys"])
                    lines.append(self._pair_line(masks, f.plus(place, key), inside))
                for i, line in enumerate(transposed_rows(f, f.vector, lines)):
                    at = f.times(f.plus(row, i), self.form.queries)
                    f.write(line, f.place(area, at, query))

    def _pair_line(self, masks: list[tuple[int, str]], place: str, inside: str) -> str:
        """Return what masks of pairs add to the scores of one query and a vector of keys."""
        f, total = self.f, "zeroinitializer"
        for number, base in masks:
            dtype = self.form.masks[number].dtype
            at = f.at(type_of(dtype), base, place)
            value = masked_load(f, dtype, at, inside, f.lanes)
            if dtype.kind == "b":
                flags = f.put(f"icmp ne <{f.lanes} x i8> {value}, zeroinitializer")
                added = f.chosen(flags, "zeroinitializer", f.constant(HIDDEN))
            else:
                added = f.combined("fmul", value, f.constant(math.log2(math.e)))
                is_low = f.compared("olt", added, f.constant(HIDDEN))
                added = f.chosen(is_low, f.constant(HIDDEN), added)
            total = f.combined("fadd", total, added)
        return f.chosen(inside, total, f.constant(HIDDEN))

    def scores(self, tile: RegisterTile, first_key: str, row: str, first: str) -> list[list[str]]:
        """Compute a tile of scores, with masks applied: rows are keys."""
        f = self.f
        key = f.plus(first_key, row)
        tile.clear()
        keys = f.place(self.area("keys"), f.times(key, f["padded width"]))
        lefts = (keys, f["padded width"], 1)
        tile.add_products(lefts, (self.area("queries"), self.form.queries), f["width"])
        return [
            [
                self._masked(f.read(cell), (key, row, first), number, i)
                for i, cell in enumerate(each)
            ]
            for number, each in enumerate(tile.sums)
        ]

    def _masked(self, score: str, at: tuple[str, str, str], number: int, vector: int) -> str:
        """Return a vector of scores with what masks add, and hidden ones replaced."""
        f, (first_key, row, first) = self.f, at
        key = f.plus(first_key, number)
        biases = []
        if self._masks(False):
            biases.append(f.repeated(f.load(f.kind, self.area("key bias"), key)))
        if self._masks(True):
            line = f.times(f.plus(row, number), self.form.queries)
            biases.append(f.read(f.place(self.area("pair bias"), line, vector * f.lanes)))
        for bias in biases:
            is_shown = f.compared("ugt", bias, f.constant(LIMIT))
            both = f.combined("fadd", score, bias)
            score = f.chosen(is_shown, both, f.constant(HIDDEN))
        if self.form.causal:
            before = f.put(f"sub i64 {key}, {f.plus(first, vector * f.lanes)}")
            is_past = self._lanes_from(before)
            score = f.chosen(is_past, score, f.constant(HIDDEN))
        return score

    def _lanes_from(self, start: str) -> str:
        """Return the flags of the lanes from `start` on."""
        f = self.f
        narrow = f.put(f"trunc i64 {start} to i32")
        of = f"<{f.lanes} x i32>"
        one = f.put(f"insertelement {of} poison, i32 {narrow}, i64 0")
        starts = f.put(f"shufflevector {of} {one}, {of} poison, {of} zeroinitializer")
        places = ", ".join(f"i32 {i}" for i in range(f.lanes))
        return f.put(f"icmp sge {of} <{places}>, {starts}")

    def tiles_of(self, count: str, rows: int) -> str:
        """Return the number of tiles that cover some rows; of all heights the same rows."""
        return self.f.times(block_count(self.f, count, MOST_ROWS), MOST_ROWS // rows)

    def key_blocks(self, read: str) -> str:
        """Return the number of blocks of keys."""
        return block_count(self.f, read, KEYS)

    def squares(self) -> Iterator[Square]:
        """Loop over squares of a block: the first feature, the first query, lanes that exist."""
        f = self.f
        with f.loop(block_count(f, f["padded width"], f.lanes)) as c:
            column = f.times(c, f.lanes)
            (inside,) = lane_masks(f, f.lanes, 1, f["width"], column)
            with f.loop(str(self.form.vectors)) as number:
                yield column, f.times(number, f.lanes), inside

    def load_rows(self, source: str, token: str, first: str, square: Square) -> list[str]:
        """Load a square of queries by features; beyond the last query, that one."""
        f, (column, query, inside) = self.f, square
        last = f.put(f"sub i64 {f['queries']}, 1")
        rows = []
        for i in range(f.lanes):
            row = f.smaller(f.plus(first, query, i), last)
            at = f.place(source, f.times(row, token), column)
            self._fetch_next_head(at)
            rows.append(masked_load(f, f.dtype, at, inside))
        return rows

    def _fetch_next_head(self, address: str) -> None:
        """Fetch what the next head reads where this one reads `address`.

        Rows of a head are far apart, so that no processor foresees where the next one begins.
        """
        self.f.prefetch(self.f.place(address, self.f["width"]), near=False)

    def store_columns(self, name: str, rows: Sequence[str], square: Square) -> None:
        """Store the features of a square to rows of an area, (width, queries)."""
        f, (column, query, _) = self.f, square
        for d, line in enumerate(rows):
            at = f.times(f.plus(column, d), self.form.queries)
            f.write(line, f.place(self.area(name), at, query))

    def store_queries(
        self, name: str, target: str, token: str, first: str, factor: Callable[[str], str]
    ) -> None:
        """Store an area (width, queries) to the rows of its queries.

        factor  the first query of a square -> the factors of its queries

        Queries beyond the last are stored in its place, and it is stored after them.
        """
        f = self.f
        last = f.put(f"sub i64 {f['queries']}, 1")
        for column, number, inside in self.squares():
            query = f.put(f"sub i64 {self.form.queries - f.lanes}, {number}")
            held = []
            for d in range(f.lanes):
                at = f.times(f.plus(column, d), self.form.queries)
                line = f.read(f.place(self.area(name), at, query))
                held.append(f.combined("fmul", line, factor(query)))
            rows = transposed_rows(f, f.vector, held)
            for i in reversed(range(f.lanes)):
                row = f.smaller(f.plus(first, query, i), last)
                at = f.place(target, f.times(row, token), column)
                f.write_lanes(rows[i], at, inside)

    def scale(self, factor: float) -> str:
        """Return a vector of the scale of scores times a factor."""
        return self.number("scale", factor)

    def number(self, name: str, factor: float = 1.0) -> str:
        """Return a vector of a number given as the bits of a float64, times a factor."""
        f = self.f
        wide = f.put(f"bitcast i64 {f[name]} to double")
        wide = f.put(f"fmul double {wide}, {literal(factor, float64)}")
        if f.kind == "float":
            wide = f.put(f"fptrunc double {wide} to float")
        return f.repeated(wide)
