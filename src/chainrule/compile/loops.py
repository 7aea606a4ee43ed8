"""Loops: the text of a kernel, from the structure of its step; extents come in at run time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainrule.compile.fuse import Loop, Total
from chainrule.compile.scalars import EMIT, Body, literal, type_of
from chainrule.graph import Constant, Shape, Tensor

Moves = tuple[bool, ...]


@dataclass(frozen=True)
class Kernel:
    """A kernel's text and what it is called with: pointers of `operands`, then `extents`.

    `moves` says, per extent, which operands move along it.

    The text names the function @kernel; two steps of equal structure have equal text, whatever
    their extents.
    """

    text: str
    operands: tuple[Tensor, ...]
    extents: tuple[int, ...]
    moves: tuple[Moves, ...]


def collapsed(shape: Shape, operands: Sequence[Shape]) -> tuple[tuple[int, ...], list[Moves]]:
    """Return the fewest axes that a loop over `shape` needs, and which operands move along each.

    An operand stands still along an axis over which it is broadcast. Neighbouring axes along which
    the same operands move are one axis; axes of extent 1 are none.
    """
    extents: list[int] = []
    moves: list[Moves] = []
    padded = [(1,) * (len(shape) - len(each)) + each for each in operands]
    for axis, extent in enumerate(shape):
        if extent == 1:
            continue
        along = tuple(each[axis] != 1 for each in padded)
        if moves and moves[-1] == along:
            extents[-1] *= extent
        else:
            extents.append(extent)
            moves.append(along)
    return (tuple(extents) or (1,)), (moves or [(True,) * len(operands)])


def loop_kernel(loop: Loop) -> Kernel:
    """Return the kernel of a fused loop."""
    operands = (*loop.inputs, *loop.outputs)
    extents, moves = collapsed(loop.shape, [each.shape for each in operands])
    kinds = [type_of(each.dtype) for each in operands]
    body = Body()
    values: dict[Tensor, str] = {}
    for i, each in enumerate(loop.inputs):
        values[each] = body.put(f"load {kinds[i]}, ptr %at{i}")
    for node in loop.nodes:
        values[node] = EMIT[node.primitive.name](  # type: ignore[union-attr]
            body, node, [_value(each, values) for each in node.inputs]
        )
    stores = [
        f"store {type_of(node.dtype)} {values[node]}, ptr %at{len(loop.inputs) + i}"
        for i, node in enumerate(loop.outputs)
    ]
    text = "\n".join(_nest(kinds, moves, [*body.lines, *stores]))
    return Kernel(text, operands, extents, tuple(moves))


def _value(node: Tensor, values: dict[Tensor, str]) -> str:
    if node in values:
        return values[node]
    assert isinstance(node, Constant)
    return literal(node.read().item(), node.dtype)


def _nest(kinds: Sequence[str], moves: Sequence[Moves], body: Sequence[str]) -> Iterator[str]:
    """Yield a function that runs `body` at every point, with %at0, %at1, ... at the operands."""
    count, depth = len(kinds), len(moves)
    pointers = ", ".join(f"ptr noalias nocapture %p{i}" for i in range(count))
    sizes = ", ".join(f"i64 %n{axis}" for axis in range(depth))
    yield f"define void @kernel({pointers}, {sizes}) {{"
    yield "entry:"
    yield from _strides(count, moves)
    yield "  br label %head0"
    for axis in range(depth):
        before = "entry" if axis == 0 else f"head{axis - 1}"
        yield f"head{axis}:"
        yield f"  %i{axis} = phi i64 [ 0, %{before} ], [ %next{axis}, %tail{axis} ]"
        for i in range(count):
            base = f"%p{i}" if axis == 0 else f"%q{axis - 1}.{i}"
            target = f"%at{i}" if axis == depth - 1 else f"%q{axis}.{i}"
            yield (
                f"  %o{axis}.{i} = mul i64 %i{axis}, %s{axis}.{i}"
                if moves[axis][i]
                else (f"  %o{axis}.{i} = add i64 0, 0")
            )
            yield f"  {target} = getelementptr {kinds[i]}, ptr {base}, i64 %o{axis}.{i}"
        if axis < depth - 1:
            yield f"  br label %head{axis + 1}"
    yield from (f"  {line}" for line in body)
    yield f"  br label %tail{depth - 1}"
    for axis in reversed(range(depth)):
        yield f"tail{axis}:"
        yield f"  %next{axis} = add nuw nsw i64 %i{axis}, 1"
        yield f"  %more{axis} = icmp slt i64 %next{axis}, %n{axis}"
        after = "exit" if axis == 0 else f"tail{axis - 1}"
        yield f"  br i1 %more{axis}, label %head{axis}, label %{after}"
    yield "exit:"
    yield "  ret void"
    yield "}"


def _strides(count: int, moves: Sequence[Moves]) -> Iterator[str]:
    """Yield, per axis and operand that moves along it, how many elements one step is."""
    depth = len(moves)
    for i in range(count):
        size = "1"
        for axis in reversed(range(depth)):
            if not moves[axis][i]:
                continue
            yield f"  %s{axis}.{i} = add i64 0, {size}"
            yield f"  %t{axis}.{i} = mul i64 {size}, %n{axis}"
            size = f"%t{axis}.{i}"


def total_kernel(total: Total) -> Kernel:
    """Return the kernel of a sum, which adds to an output that was cleared before."""
    x = total.node.inputs[0]
    axes = total.node.attributes["axis"]
    kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    extents, moves = collapsed(x.shape, [x.shape, kept])
    kind = type_of(x.dtype)
    lines = [
        f"%v0 = load {kind}, ptr %at0",
        f"%v1 = load {kind}, ptr %at1",
        f"%v2 = fadd reassoc {kind} %v1, %v0",
        f"store {kind} %v2, ptr %at1",
    ]
    text = "\n".join(_nest([kind, kind], moves, lines))
    return Kernel(text, (x, total.node), extents, tuple(moves))
