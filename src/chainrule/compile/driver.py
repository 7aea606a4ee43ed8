"""Driver: the text of the function that makes all calls of a stretch of the program, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chainrule.compile import blas
from chainrule.compile.threads import FORK, SIZES, TABLE


@dataclass(frozen=True)
class Call:
    """One call: its form, and where its arguments stand.

    form     "kernel", "gemm float32", "gemm float64", "clear" (to zero) or "empty" (to -1)
    places   in the table of addresses: the function, for kernels and gemm, then the operands
    sizes    in the table of numbers: the extents
    offsets  in the table of numbers: bytes to add to each address; none if the list is empty
    """

    form: str
    places: list[int]
    sizes: list[int]
    offsets: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Halves:
    """Two calls that do not touch each other's results, for two threads or one after the other."""

    first: Call
    second: Call


_TABLES = [
    f"  %table.at = getelementptr i8, ptr %ctl, i64 {TABLE}",
    "  %table = load ptr, ptr %table.at",
    f"  %sizes.at = getelementptr i8, ptr %ctl, i64 {SIZES}",
    "  %sizes = load ptr, ptr %sizes.at",
]


def driver_text(calls: Sequence[Call | Halves]) -> str:
    """Return the function @run(control block, nothing) that makes `calls` in order."""
    parts: list[str] = []
    body: list[str] = []
    for number, call in enumerate(calls):
        if isinstance(call, Halves):
            parts += _part(number, call)
            body.append(f"  call void @fork(ptr %ctl, ptr @part{number})")
        else:
            body += _call(str(number), call)
    forks = [FORK] if parts else []
    head = ["declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)", *forks, *parts]
    run = ["define void @run(ptr %ctl, ptr %unused) {", *_TABLES, *body, "  ret void", "}"]
    return "\n".join([*head, *run])


def _part(number: int, halves: Halves) -> Iterator[str]:
    yield f"define internal void @part{number}(ptr %ctl, i64 %half) {{"
    yield from _TABLES
    yield "  %is_first = icmp eq i64 %half, 0"
    yield "  br i1 %is_first, label %first, label %second"
    for name, call in (("first", halves.first), ("second", halves.second)):
        yield f"{name}:"
        yield from _call(f"{number}.{name}", call)
        yield "  ret void"
    yield "}"


def _call(name: str, call: Call) -> Iterator[str]:
    pointers = [f"%p{name}.{i}" for i in range(len(call.places))]
    sizes = [f"%n{name}.{i}" for i in range(len(call.sizes))]
    for i, (pointer, place) in enumerate(zip(pointers, call.places, strict=True)):
        loaded = f"{pointer}.base" if call.offsets else pointer
        yield f"  {pointer}.at = getelementptr ptr, ptr %table, i64 {place}"
        yield f"  {loaded} = load ptr, ptr {pointer}.at"
        if call.offsets:
            yield f"  {pointer}.by.at = getelementptr i64, ptr %sizes, i64 {call.offsets[i]}"
            yield f"  {pointer}.by = load i64, ptr {pointer}.by.at"
            yield f"  {pointer} = getelementptr i8, ptr {loaded}, i64 {pointer}.by"
    for size, place in zip(sizes, call.sizes, strict=True):
        yield f"  {size}.at = getelementptr i64, ptr %sizes, i64 {place}"
        yield f"  {size} = load i64, ptr {size}.at"
    yield from _made(name, call.form, pointers, sizes)


def _made(name: str, form: str, pointers: list[str], sizes: list[str]) -> Iterator[str]:
    if form in ("clear", "empty"):
        byte = 0 if form == "clear" else -1
        arguments = f"ptr {pointers[0]}, i8 {byte}, i64 {sizes[0]}, i1 false"
        yield f"  call void @llvm.memset.p0.i64({arguments})"
    elif form == "kernel":
        given = [f"ptr {each}" for each in pointers[1:]] + [f"i64 {each}" for each in sizes]
        yield f"  call void {pointers[0]}({', '.join(given)})"
    else:
        yield from _gemm(name, form.split()[1], pointers, sizes)


def _gemm(label: str, kind: str, pointers: list[str], sizes: list[str]) -> Iterator[str]:
    """C = A B through cblas, once per matrix of the batch.

    Its arguments: order, transposes, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc.
    """
    function, *matrices = pointers
    scalar = "float" if kind == "float32" else "double"
    *shape, batch, step_a, step_b, step_c = sizes
    for each in shape:
        yield f"  {each}.i = trunc i64 {each} to i32"
    turned_a, turned_b, m, n, k, lda, ldb, ldc = (f"i32 {each}.i" for each in shape)
    yield f"  br label %before.{label}"
    yield f"before.{label}:"
    yield f"  br label %batch.{label}"
    yield f"batch.{label}:"
    yield f"  %b.{label} = phi i64 [ 0, %before.{label} ], [ %c.{label}, %batch.{label} ]"
    for base, step in zip(matrices, (step_a, step_b, step_c), strict=True):
        yield f"  {base}.off = mul i64 %b.{label}, {step}"
        yield f"  {base}.now = getelementptr {scalar}, ptr {base}, i64 {base}.off"
    a, b, c = (f"ptr {base}.now" for base in matrices)
    extents = f"i32 {blas.ROW_MAJOR}, {turned_a}, {turned_b}, {m}, {n}, {k}"
    factors = f"{scalar} 1.0, {a}, {lda}, {b}, {ldb}, {scalar} 0.0, {c}, {ldc}"
    yield f"  call void {function}({extents}, {factors})"
    yield f"  %c.{label} = add i64 %b.{label}, 1"
    yield f"  %more.{label} = icmp slt i64 %c.{label}, {batch}"
    yield f"  br i1 %more.{label}, label %batch.{label}, label %after.{label}"
    yield f"after.{label}:"
