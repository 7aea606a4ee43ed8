"""What the forward and the backward kernel share: copies of keys, values and queries, masks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chainrule.compile.kernels.attention.block_form import KEYS, BlockForm
from chainrule.compile.kernels.attention.block_writer import BlockWriter
from chainrule.compile.kernels.attention.register_tile import MOST_ROWS, RegisterTile
from chainrule.compile.kernels.tiles import transposed_rows
from chainrule.compile.kernels.vectors import block_count, lane_masks, masked_load
from chainrule.graph import float64
from chainrule.ops.scalars import literal, type_of

HIDDEN = -1e30  # the score of a hidden key, far below any other
LIMIT = -5e29  # scores below are hidden


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
        sources = [(self.source(each), f[f"{each} token"]) for each in ("key", "value")]
        areas = [self.area("keys"), self.area("values")]
        bias = self.area("key bias") if self._masks(False) else ""
        with f.loop(f["padded keys"]) as j:
            key = f.smaller(j, last)
            shown = self._key_bias(key, j, bias) if bias else None
            rows = [f.place(at, f.times(key, step)) for at, step in sources]
            targets = [f.place(at, f.times(j, f["padded width"])) for at in areas]
            with f.loop(block_count(f, f["padded width"], f.lanes)) as c:
                column = f.times(c, f.lanes)
                (inside,) = lane_masks(f, f.lanes, 1, f["width"], column)
                inside = inside if shown is None else self._both(inside, shown)
                for row, target in zip(rows, targets, strict=True):
                    value = masked_load(f, f.dtype, f.place(row, column), inside)
                    f.write(value, f.place(target, column))

    def _both(self, lanes: str, flag: str) -> str:
        """Return the flags of lanes where another flag is set, else none."""
        of = f"<{self.f.lanes} x i1>"
        return self.f.put(f"select i1 {flag}, {of} {lanes}, {of} zeroinitializer")

    def _key_bias(self, key: str, j: str, bias: str) -> str:
        """Store what masks of keys add to the scores of a key; return whether they show it."""
        f, shown, total = self.f, "true", literal(0.0, self.form.dtype)
        for number in self._masks(False):
            added, visible = self._added(number, self._mask(number), key)
            total = f.put(f"fadd {f.kind} {total}, {added}")
            shown = f.put(f"and i1 {shown}, {visible}")
        f.store(f.kind, total, bias, j)
        return shown

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

    def _added(self, number: int, base: str, place: str) -> tuple[str, str]:
        """Return what an element of a mask adds to a score, and whether bools show the key."""
        f, dtype = self.f, self.form.masks[number].dtype
        value = f.load(type_of(dtype), base, place)
        hidden = f"{f.kind} {literal(HIDDEN, f.dtype)}"
        if dtype.kind == "b":
            shown = f.put(f"icmp ne i8 {value}, 0")
            zero = f"{f.kind} {literal(0.0, f.dtype)}"
            return f.put(f"select i1 {shown}, {zero}, {hidden}"), shown
        value = f.put(f"fmul {f.kind} {value}, {literal(math.log2(math.e), f.dtype)}")
        is_low = f.put(f"fcmp olt {f.kind} {value}, {literal(HIDDEN, f.dtype)}")
        return f.put(f"select i1 {is_low}, {hidden}, {f.kind} {value}"), "true"

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
        """Store what masks of pairs add to the scores of a block."""
        masks = self._masks(True)
        if not masks:
            return
        f, area = self.f, self.area("pair bias")
        last, last_key = (f.put(f"sub i64 {f[each]}, 1") for each in ("queries", "keys"))
        bases = [self._mask(each) for each in masks]
        with f.loop(str(self.form.queries)) as i:
            query = f.times(f.smaller(f.plus(first, i), last), f["keys"])
            with f.loop(rows) as j:
                place = f.plus(query, f.smaller(f.plus(first_key, j), last_key))
                total = literal(0.0, f.dtype)
                for number, base in zip(masks, bases, strict=True):
                    added, _ = self._added(number, base, place)
                    total = f.put(f"fadd {f.kind} {total}, {added}")
                f.store(f.kind, total, area, f.plus(f.times(j, self.form.queries), i))

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

    def load_rows(self, source: str, token: str, first: str, vector: int, column: str) -> list[str]:
        """Load a square of queries by features; beyond the last query, that one."""
        f = self.f
        last = f.put(f"sub i64 {f['queries']}, 1")
        (inside,) = lane_masks(f, f.lanes, 1, f["width"], column)
        rows = []
        for i in range(f.lanes):
            query = f.smaller(f.plus(first, vector * f.lanes + i), last)
            at = f.place(source, f.times(query, token), column)
            rows.append(masked_load(f, f.dtype, at, inside))
        return rows

    def store_queries(
        self, area: str, target: str, token: str, first: str, factors: Sequence[str]
    ) -> None:
        """Store a transposed block, (width, queries), times a factor per vector, to its rows."""
        f = self.f
        with f.loop(block_count(f, f["padded width"], f.lanes)) as c:
            column = f.times(c, f.lanes)
            (inside,) = lane_masks(f, f.lanes, 1, f["width"], column)
            for vector, factor in enumerate(factors):
                lines = [
                    f.place(area, f.times(f.plus(column, d), self.form.queries), vector * f.lanes)
                    for d in range(f.lanes)
                ]
                held = [f.combined("fmul", f.read(each), factor) for each in lines]
                for i, row in enumerate(transposed_rows(f, f.vector, held)):
                    query = f.plus(first, vector * f.lanes + i)
                    is_there = f.put(f"icmp slt i64 {query}, {f['queries']}")
                    at = f.place(target, f.times(query, token), column)
                    f.write_lanes(row, at, self._both(inside, is_there))

    def scale(self, factor: float) -> str:
        """Return a vector of the scale of scores times a factor."""
        f = self.f
        wide = f.put(f"bitcast i64 {f['scale']} to double")
        wide = f.put(f"fmul double {wide}, {literal(factor, float64)}")
        if f.kind == "float":
            wide = f.put(f"fptrunc double {wide} to float")
        return f.repeated(wide)
