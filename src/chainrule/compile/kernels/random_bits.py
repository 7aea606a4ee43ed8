"""The kernel of random bits."""

from __future__ import annotations

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import Tensor


def random_bits(node: Tensor) -> GateKernel:
    """Philox 4x32-10, one block of four words per iteration; see `ops.random_numbers.philox`."""
    f = IRFunction(2, 1)
    seed, draw = f.load("i64", "%p0", "0"), f.load("i64", "%p0", "1")
    k0 = f.put(f"and i64 {seed}, 4294967295")
    k1 = f.put(f"lshr i64 {seed}, 32")
    d0, d1 = f.put(f"and i64 {draw}, 4294967295"), f.put(f"lshr i64 {draw}, 32")
    keys = [(k0, k1)]
    for _ in range(9):
        k0, k1 = (
            f.put(f"and i64 {f.put(f'add i64 {key}, {step}')}, 4294967295")
            for key, step in zip(keys[-1], (0x9E3779B9, 0xBB67AE85), strict=True)
        )
        keys.append((k0, k1))
    with f.loop("%n0") as block:
        c = [block, "0", d0, d1]
        for key0, key1 in keys:
            left = f.put(f"mul i64 {c[0]}, {0xD2511F53}")
            right = f.put(f"mul i64 {c[2]}, {0xCD9E8D57}")
            c = [
                _mixed(f, right, c[1], key0),
                f.put(f"and i64 {right}, 4294967295"),
                _mixed(f, left, c[3], key1),
                f.put(f"and i64 {left}, 4294967295"),
            ]
        first = f.put(f"mul i64 {block}, 4")
        for i, word in enumerate(c):
            narrow = f.put(f"trunc i64 {word} to i32")
            f.store("i32", narrow, "%p1", f.put(f"add i64 {first}, {i}"))
    return GateKernel(f.text(), (padded_size(node) // 4,))


def padded_size(node: Tensor) -> int:
    """Return the number of words that the kernel writes: whole blocks of four."""
    return -(-node.size // 4) * 4


def _mixed(f: IRFunction, product: str, counter: str, key: str) -> str:
    """Return one word of the next state of a Philox round."""
    high = f.put(f"lshr i64 {product}, 32")
    return f.put(f"xor i64 {f.put(f'xor i64 {high}, {counter}')}, {key}")
