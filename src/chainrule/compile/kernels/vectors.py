"""Instructions on vectors of 64 bytes, whose last lanes may lie beyond the end of a row."""

from __future__ import annotations

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.native import blas
from chainrule.graph import DType
from chainrule.ops.scalars import type_of

VECTOR_BYTES = 64


def block_count(f: IRFunction, extent: str, size: int) -> str:
    """Return the number of blocks in an extent; the last one may be partial."""
    return f.put(f"udiv i64 {f.put(f'add i64 {extent}, {size - 1}')}, {size}")


def lane_masks(f: IRFunction, lanes: int, vectors: int, columns: str, first: str) -> list[str]:
    """Return, for every vector of columns from `first` on, the mask of lanes that exist."""
    left = f.put(f"sub i64 {columns}, {first}")
    beyond = [f.put(f"sub i64 {left}, {number * lanes}") for number in range(vectors)]
    return [lanes_below(f, lanes, each) for each in beyond]


def lanes_below(f: IRFunction, lanes: int, count: str) -> str:
    """Return the mask of the first `count` lanes: of none if it is negative, of all at most.

    The mask is made of bits, since LLVM repeats a comparison of vectors wherever its mask is used.
    """
    existing = f.put(f"call i64 @llvm.smax.i64(i64 {count}, i64 0)")
    whole = f.put(f"call i64 @llvm.umin.i64(i64 {existing}, i64 {lanes})")
    bits = f.put(f"sub i64 {f.put(f'shl i64 1, {whole}')}, 1")
    return f.put(f"bitcast i{lanes} {f.put(f'trunc i64 {bits} to i{lanes}')} to <{lanes} x i1>")


def broadcast_vector(f: IRFunction, lanes: int, kind: str, value: str) -> str:
    """Return a vector with the same value in all lanes."""
    vector = f"<{lanes} x {kind}>"
    first = f.put(f"insertelement {vector} poison, {kind} {value}, i64 0")
    zeros = f"<{lanes} x i32> zeroinitializer"
    return f.put(f"shufflevector {vector} {first}, {vector} poison, {zeros}")


def masked_load(f: IRFunction, dtype: DType, at: str, mask: str, lanes: int = 0) -> str:
    """Load a vector; lanes outside the mask are zero."""
    lanes, bits = lanes or VECTOR_BYTES // dtype.itemsize, 8 * dtype.itemsize
    vector, letter = f"<{lanes} x {type_of(dtype)}>", "f" if dtype.kind == "f" else "i"
    rest = f"i32 {dtype.itemsize}, <{lanes} x i1> {mask}, {vector} zeroinitializer"
    return f.put(f"call {vector} @llvm.masked.load.v{lanes}{letter}{bits}.p0(ptr {at}, {rest})")


def masked_store(
    f: IRFunction, dtype: DType, value: str, at: str, mask: str, lanes: int = 0
) -> None:
    """Store the lanes of a vector that are inside the mask.

    CPUs without AVX-512 take tens of cycles for a masked store: there, a whole vector is stored
    without the mask.
    """
    lanes, bits = lanes or VECTOR_BYTES // dtype.itemsize, 8 * dtype.itemsize
    stored, flags = f"<{lanes} x {type_of(dtype)}> {value}, ptr {at}", f"<{lanes} x i1> {mask}"
    name = f"llvm.masked.store.v{lanes}f{bits}.p0"
    masked = f"call void @{name}({stored}, i32 {dtype.itemsize}, {flags})"
    if blas.has_avx512():
        f.do(masked)
        return
    is_whole = f.put(f"icmp eq i{lanes} {f.put(f'bitcast {flags} to i{lanes}')}, -1")
    with f.when(is_whole):
        f.do(f"store {stored}, align {dtype.itemsize}")
    with f.when(f.put(f"xor i1 {is_whole}, 1")):
        f.do(masked)


def packed_lanes(f: IRFunction, dtype: DType, value: str, mask: str, lanes: int) -> str:
    """Return the lanes of a vector that are inside the mask, moved to the front.

    They are packed in a register and then stored: the instruction that does both takes more than a
    hundred cycles on Zen 4.
    """
    vector = f"<{lanes} x {type_of(dtype)}>"
    name = f"llvm.experimental.vector.compress.v{lanes}f{8 * dtype.itemsize}"
    return f.put(f"call {vector} @{name}({vector} {value}, <{lanes} x i1> {mask}, {vector} poison)")
