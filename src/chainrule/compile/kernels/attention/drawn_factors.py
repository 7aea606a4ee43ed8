"""The factors of dropout of a block of weights, drawn in the kernel."""

from __future__ import annotations

from chainrule.compile.kernels.attention.attention_blocks import AttentionBlocks
from chainrule.compile.kernels.random_bits import WORDS, PhiloxWriter
from chainrule.compile.kernels.vectors import broadcast_vector


def draw_factors(blocks: AttentionBlocks, keys: str, first: str, first_key: str, rows: str) -> None:
    """Store the factors of the weights of a block, if weights are dropped; rows are keys.

    keys       the address of the keys of dropout
    first      the first query
    first_key  the first key, a multiple of 4
    rows       the number of keys, a multiple of 4

    The random bits of a weight are those that `random_bits` draws for its element of (batch, heads,
    queries, keys).
    """
    if blocks.form.drawn:
        _FactorWriter(blocks, keys).write(first, first_key, rows)


class _FactorWriter:
    """Writes the loop over vectors of queries, each with whole blocks of Philox along its keys."""

    def __init__(self, blocks: AttentionBlocks, keys: str) -> None:
        f = self.f = blocks.f
        self._blocks, self._form = blocks, blocks.form
        number = f.put(f"udiv i64 {blocks.batch}, {f['sequences per key']}")
        sequence = f.put(f"urem i64 {blocks.batch}, {f['sequences per key']}")
        self._philox = PhiloxWriter(f, f.at("i64", keys, f.times(number, 2)), f.lanes)
        self._head = f.plus(f.times(sequence, f["heads"]), blocks.head)
        self._factor = blocks.number("kept factor")
        last = f.put(f"trunc i64 {f['last kept']} to i32")
        self._last_kept = broadcast_vector(f, f.lanes, "i32", last)
        self._words = f"<{f.lanes} x i32>"
        self._wide = f"<{f.lanes} x i64>"

    def write(self, first: str, first_key: str, rows: str) -> None:
        f, queries = self.f, self._form.queries
        held = [f.cell(self._words) for _ in range(WORDS)]
        with f.loop(str(self._form.vectors)) as v:
            query = f.times(v, f.lanes)
            place = self._elements(f.plus(first, query), first_key)
            block = f.put(f"lshr {self._wide} {place}, {self._philox.number(2)}")
            by_two, by_one = (self._flags(place, each) for each in (2, 1))
            self._hold(held, self._philox.words(block))
            with f.loop(f.put(f"udiv i64 {rows}, {WORDS}")) as n:
                after = broadcast_vector(f, f.lanes, "i64", f.plus(n, 1))
                later = self._philox.words(f.put(f"add {self._wide} {block}, {after}"))
                words = [f.put(f"load {self._words}, ptr {each}") for each in held] + later
                words = [self._either(by_two, *words[i : i + 3 : 2]) for i in range(WORDS + 1)]
                for i in range(WORDS):
                    line = f.times(f.plus(f.times(n, WORDS), i), queries)
                    at = f.place(self._blocks.area("drawn"), line, query)
                    f.write(self._factors(self._either(by_one, *words[i : i + 2])), at)
                self._hold(held, later)

    def _elements(self, query: str, first_key: str) -> str:
        """Return the numbers of the weights of a vector of queries with the first key."""
        f = self.f
        line = f.plus(f.times(self._head, f["queries"]), query)
        lines = broadcast_vector(f, f.lanes, "i64", f.plus(f.times(line, f["keys"]), first_key))
        step = broadcast_vector(f, f.lanes, "i64", f["keys"])
        lanes = "<" + ", ".join(f"i64 {i}" for i in range(f.lanes)) + ">"
        return f.put(f"add {self._wide} {lines}, {f.put(f'mul {self._wide} {step}, {lanes}')}")

    def _flags(self, place: str, bit: int) -> str:
        """Return whether numbers of weights have a bit."""
        f = self.f
        masked = f.put(f"and {self._wide} {place}, {self._philox.number(bit)}")
        return f.put(f"icmp ne {self._wide} {masked}, zeroinitializer")

    def _either(self, flags: str, a: str, b: str) -> str:
        """Return the words of `b` where a flag is set, else those of `a`."""
        return self.f.put(
            f"select <{self.f.lanes} x i1> {flags}, {self._words} {b}, {self._words} {a}"
        )

    def _factors(self, words: str) -> str:
        """Return the factors that follow from random bits."""
        f = self.f
        is_kept = f.put(f"icmp sle {self._words} {words}, {self._last_kept}")
        return f.chosen(is_kept, self._factor, "zeroinitializer")

    def _hold(self, cells: list[str], words: list[str]) -> None:
        for cell, word in zip(cells, words, strict=True):
            self.f.do(f"store {self._words} {word}, ptr {cell}")
