"""Kernels of pooling: the extreme of every window, and the gradient to its position."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from chainrule.compile.gates.window_gates import Unfolding
from chainrule.compile.kernels.extremes import wins
from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.gathering import flat
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.kernels.reductions import extreme
from chainrule.graph import Tensor
from chainrule.ops.scalars import literal, type_of

_WIDTH = 8  # images are narrow: wider vectors would leave a rest


def extreme_of_windows(node: Tensor) -> GateKernel:
    """out[l, p] = the extreme of the elements of window p."""
    (x,) = node.inputs
    unfolding, kind = node.attributes["unfolding"], type_of(x.dtype)
    how = extreme(node.attributes["which"])
    f = _function(2, unfolding)

    def at(places: Sequence[str], out: str) -> None:
        best, *others = (f.load(kind, "%p0", each) for each in places)
        for each in others:
            best = how.combine(f, x.dtype, best, each)
        f.store(kind, best, "%p1", out)

    _everywhere(f, unfolding, at, _WIDTH)
    return GateKernel(f.text(), _extents(x, unfolding), per_unit=_sizes(unfolding)[::-1])


def to_winners(node: Tensor) -> GateKernel:
    """out = zeros, with g added at the position of the first extreme of each window."""
    _, x = node.inputs
    unfolding, which = node.attributes["unfolding"], node.attributes["which"]
    f = _function(3, unfolding)
    put = _put_apart if _are_apart(unfolding) else _add_to_winner

    def at(places: Sequence[str], out: str) -> None:
        put(f, x, which, places, f.load(type_of(x.dtype), "%p0", out))

    _everywhere(f, unfolding, at, _WIDTH if _are_apart(unfolding) else 0)
    size, whole = _sizes(unfolding)
    return GateKernel(
        f.text(),
        _extents(x, unfolding),
        cleared=not (_are_apart(unfolding) and _cover(unfolding)),
        per_unit=(size, whole, whole),
    )


def _put_apart(f: IRFunction, x: Tensor, which: str, places: Sequence[str], g: str) -> None:
    """Write every element of a window that shares none: g for the first extreme, 0 elsewhere."""
    kind, zero = type_of(x.dtype), literal(0, x.dtype)
    winner = _winner(f, x, which, places, [str(i) for i in range(len(places))], "i32")
    summed = f.put(f"fadd {kind} {g}, {zero}")
    for i, place in enumerate(places):
        here = f.put(f"icmp eq i32 {winner}, {i}")
        f.store(kind, f.put(f"select i1 {here}, {kind} {summed}, {kind} {zero}"), "%p2", place)


def _add_to_winner(f: IRFunction, x: Tensor, which: str, places: Sequence[str], g: str) -> None:
    """Add g at the position of the first extreme."""
    kind = type_of(x.dtype)
    winner = _winner(f, x, which, places, places, "i64")
    f.store(kind, f.put(f"fadd {kind} {f.load(kind, '%p2', winner)}, {g}"), "%p2", winner)


def _winner(
    f: IRFunction, x: Tensor, which: str, places: Sequence[str], names: Sequence[str], word: str
) -> str:
    """Return the name of the position of the first extreme."""
    kind = type_of(x.dtype)
    best, winner = f.load(kind, "%p1", places[0]), names[0]
    for place, name in zip(places[1:], names[1:], strict=True):
        each = f.load(kind, "%p1", place)
        better = wins(f, x.dtype, which, each, best)
        best = f.put(f"select i1 {better}, {kind} {each}, {kind} {best}")
        winner = f.put(f"select i1 {better}, {word} {name}, {word} {winner}")
    return winner


def _everywhere(
    f: IRFunction, unfolding: Unfolding, at: Callable[[Sequence[str], str], None], width: int
) -> None:
    """Call `at` inside loops, with the positions of a window's elements and the window's number.

    width  the number of adjacent windows per vector, 0 to let the vectoriser choose
    """
    rank = len(unfolding.size)

    def over(axis: int, places: Sequence[str], out: str) -> None:
        if axis == rank:
            at(places, out)
            return
        count, extent = f"%n{1 + axis}", f"%n{1 + rank + axis}"
        with f.loop(count, width=width if axis == rank - 1 else 0) as i:
            moved = f.put(f"mul i64 {i}, {unfolding.dilation[axis]}")
            rows = [flat(f, each, extent, moved) for each in places]
            steps = range(
                0, unfolding.positions[axis] * unfolding.stride[axis], unfolding.stride[axis]
            )
            further = [f.put(f"add i64 {row}, {step}") for row in rows for step in steps]
            over(axis + 1, further, flat(f, out, count, i))

    with f.loop("%n0") as image:
        over(0, [image], image)


def _function(pointers: int, unfolding: Unfolding) -> IRFunction:
    """Return the function. Extents: images, windows along each axis, elements along each axis."""
    return IRFunction(pointers, 1 + 2 * len(unfolding.size))


def _extents(x: Tensor, unfolding: Unfolding) -> tuple[int, ...]:
    """Return the extents of a call."""
    return (x.size // math.prod(unfolding.extents), *unfolding.size, *unfolding.extents)


def _sizes(unfolding: Unfolding) -> tuple[int, int]:
    """Return the number of windows of an image, and of its elements."""
    return math.prod(unfolding.size), math.prod(unfolding.extents)


def _are_apart(unfolding: Unfolding) -> bool:
    """Return whether no element of an image is in two windows."""
    spans = ((n - 1) * s for n, s in zip(unfolding.positions, unfolding.stride, strict=True))
    return all(step > span for step, span in zip(unfolding.dilation, spans, strict=True))


def _cover(unfolding: Unfolding) -> bool:
    """Return whether windows that are apart contain every element of an image."""
    held = math.prod(unfolding.size) * math.prod(unfolding.positions)
    return held == math.prod(unfolding.extents)
