"""Small kernels that many steps share: fill, copy, add, check ids, products by BLAS."""

from __future__ import annotations

from functools import cache

from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.native import blas
from chainrule.graph import DType
from chainrule.ops.scalars import as_int64, type_of


@cache
def fill_text() -> str:
    """Set every byte to one value. Pointers: target. Numbers: the byte, number of bytes."""
    f = IRFunction(1, 2)
    byte = f.put("trunc i64 %n0 to i8")
    f.do(f"call void @llvm.memset.p0.i64(ptr %p0, i8 {byte}, i64 %n1, i1 false)")
    return f.text()


@cache
def copy_text() -> str:
    """Copy bytes. Pointers: target, source. Numbers: number of bytes."""
    f = IRFunction(2, 1)
    f.do("call void @llvm.memcpy.p0.p0.i64(ptr %p0, ptr %p1, i64 %n0, i1 false)")
    return f.text()


@cache
def copy_rows_text() -> str:
    """Copy rows. Pointers: target, source. Numbers: rows, bytes per row."""
    f = IRFunction(2, 2)
    nbytes = f.put("mul i64 %n0, %n1")
    f.do(f"call void @llvm.memcpy.p0.p0.i64(ptr %p0, ptr %p1, i64 {nbytes}, i1 false)")
    return f.text()


@cache
def add_text(dtype: DType) -> str:
    """target[i] += source[i]. Pointers: target, source. Numbers: number of elements."""
    f = IRFunction(2, 1)
    kind = type_of(dtype)
    with f.loop("%n0") as i:
        held, term = f.load(kind, "%p0", i), f.load(kind, "%p1", i)
        f.store(kind, f.put(f"fadd {kind} {held}, {term}"), "%p0", i)
    return f.text()


@cache
def add_wide_text() -> str:
    """target[i] += wide[i], added in float64. Pointers: target, wide. Numbers: elements, even 0."""
    f = IRFunction(2, 1)
    with f.when(f.put("icmp sgt i64 %n0, 0")), f.loop("%n0") as i:
        held = f.put(f"fpext float {f.load('float', '%p0', i)} to double")
        both = f.put(f"fadd double {held}, {f.load('double', '%p1', i)}")
        f.store("float", f.put(f"fptrunc double {both} to float"), "%p0", i)
    return f.text()


@cache
def inside_text(dtype: DType) -> str:
    """Set a flag if an id is out of range. Pointers: flag, ids. Numbers: ids, size of the axis."""
    f = IRFunction(2, 2)
    with f.loop("%n0") as i:
        wide = as_int64(f, dtype, f.load(type_of(dtype), "%p1", i))
        with f.when(f.put(f"icmp uge i64 {wide}, %n1")):
            f.store("i64", "0", "%p0", "0")
    return f.text()


@cache
def gemm_text(dtype: DType) -> str:
    """C = A B by BLAS, once per matrix of the batch.

    Pointers: the function, A, B, C. Numbers: transposes, m, n, k, leading dimensions, batch,
    elements per matrix of the batch.
    """
    f = IRFunction(4, 12)
    kind = type_of(dtype)
    narrow = [f.put(f"trunc i64 %n{i} to i32") for i in range(8)]
    turned_a, turned_b, m, n, k, lda, ldb, ldc = (f"i32 {each}" for each in narrow)
    with f.loop("%n8") as number:
        a, b, c = (
            "ptr " + f.at(kind, f"%p{i}", f.put(f"mul i64 {number}, %n{8 + i}")) for i in (1, 2, 3)
        )
        extents = f"i32 {blas.ROW_MAJOR}, {turned_a}, {turned_b}, {m}, {n}, {k}"
        factors = f"{kind} 1.0, {a}, {lda}, {b}, {ldb}, {kind} 0.0, {c}, {ldc}"
        f.do(f"call void %p0({extents}, {factors})")
    return f.text()
