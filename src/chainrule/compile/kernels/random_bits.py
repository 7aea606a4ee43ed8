"""The kernel of random bits, and Philox in the text of other kernels."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.vectors import broadcast_vector
from chainrule.graph import Tensor

WORDS = 4  # of a block


class PhiloxWriter:
    """Writes Philox 4x32-10 for a key in memory; see `ops.random_numbers.philox`.

    lanes  the blocks that are drawn at once: the lanes of vectors; 0 for one block

    The upper halves of words and keys are not cleared but where a product reads them. There LLVM
    sees that it may take the instruction that multiplies lower halves; of values from outside a
    loop it knows nothing.
    """

    def __init__(self, f: IRFunction, key: str, lanes: int = 0) -> None:
        self._f, self._lanes = f, lanes
        self._kind, self._word = (
            (f"<{lanes} x i64>", f"<{lanes} x i32>") if lanes else ("i64", "i32")
        )
        seed, draw = f.load("i64", key, "0"), f.load("i64", key, "1")
        k0, k1 = seed, f.put(f"lshr i64 {seed}, 32")
        draws = (draw, f.put(f"lshr i64 {draw}, 32"))
        keys = [(k0, k1)]
        for _ in range(9):
            k0, k1 = f.put(f"add i64 {k0}, {0x9E3779B9}"), f.put(f"add i64 {k1}, {0xBB67AE85}")
            keys.append((k0, k1))
        self._draws = [self._spread(each) for each in draws]
        self._keys = [(self._spread(a), self._spread(b)) for a, b in keys]

    def words(self, block: str) -> list[str]:
        """Return the four words, i32, of blocks by their numbers, i64 below 2^32."""
        c = [block, self.number(0), *self._draws]
        for key0, key1 in self._keys:
            left = self._product(c[0], 0xD2511F53)
            right = self._product(c[2], 0xCD9E8D57)
            c = [self._mixed(right, c[1], key0), right, self._mixed(left, c[3], key1), left]
        return [self._f.put(f"trunc {self._kind} {each} to {self._word}") for each in c]

    def number(self, value: int) -> str:
        """Return an integer, in every lane."""
        if not self._lanes:
            return str(value)
        return "<" + ", ".join([f"i64 {value}"] * self._lanes) + ">"

    def _product(self, word: str, factor: int) -> str:
        """Return the product of the lower half of a word with a factor."""
        low = self._put("and", word, self.number(0xFFFFFFFF))
        return self._put("mul", low, self.number(factor))

    def _mixed(self, product: str, counter: str, key: str) -> str:
        """Return one word of the next state of a round."""
        high = self._put("lshr", product, self.number(32))
        return self._put("xor", self._put("xor", high, counter), key)

    def _put(self, operation: str, a: str, b: str) -> str:
        return self._f.put(f"{operation} {self._kind} {a}, {b}")

    def _spread(self, value: str) -> str:
        """Return a value in every lane."""
        if not self._lanes:
            return value
        return broadcast_vector(self._f, self._lanes, "i64", value)


def random_bits(node: Tensor) -> GateKernel:
    """Philox 4x32-10, one block of four words per iteration; see `ops.random_numbers.philox`."""
    f = IRFunction(2, 1)
    philox = PhiloxWriter(f, "%p0")
    with f.loop("%n0") as block:
        words = philox.words(block)
        first = f.put(f"mul i64 {block}, {WORDS}")
        for i, word in enumerate(words):
            f.store("i32", word, "%p1", f.put(f"add i64 {first}, {i}"))
    return GateKernel(f.text(), (padded_size(node) // WORDS,))


def padded_size(node: Tensor) -> int:
    """Return the number of words that the kernel writes: whole blocks of four."""
    return -(-node.size // WORDS) * WORDS
