"""Compiled array functions beside NumPy: elementwise ones, reductions, rearrangements.

python -m benchmarks.array_functions [NAME ...]

On a busy machine: CHAINRULE_THREADS=1 python -m benchmarks.array_functions --processor

A case whose ratio seems too large is measured again with more rounds; this second figure is the one
that is printed.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

import chainrule as cr

Array = np.ndarray[Any, Any]
Clock = Callable[[], float]

DTYPES = ("float32", "float64", "int64")
ONE = """abs acos acosh asin asinh atan atanh cbrt ceil cos cosh deg2rad exp exp2 expm1 floor
    isfinite isinf isnan log log10 log1p log2 nan_to_num negative positive rad2deg reciprocal round
    sign signbit sin sinc sinh sqrt square tan tanh trunc"""
TWO = """add atan2 copysign divide equal float_power floor_divide fmax fmin fmod greater heaviside
    hypot less_equal logaddexp logaddexp2 maximum minimum
    multiply nextafter not_equal pow remainder subtract"""
LOGICAL = "logical_and logical_or logical_xor"
BITS = "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift"
REDUCTIONS = """all any argmax argmin count_nonzero max mean min nanmax nanmean nanmin nanprod
    nanstd nansum nanvar prod ptp std sum var"""
RUNNING = "cumulative_prod cumulative_sum diff"
MOVES = "column_stack flip fliplr flipud hstack matrix_transpose rot90 tril triu vstack"
_ABOVE, _MORE = 1.05, 4  # a ratio that is measured again, with so many times the rounds
_NAMES_OF_REDUCTIONS = ((None, "whole"), (0, "axis 0"), (1, "axis 1"))


@dataclass(frozen=True)
class Case:
    """One call, of a function that both libraries have under one name.

    run     calls the function of a library
    dtypes  the dtypes of the operands that are tried
    """

    name: str
    run: Callable[..., Any]
    operands: int = 1
    dtypes: tuple[str, ...] = DTYPES


def _of(name: str, *given: Any, **options: Any) -> Callable[..., Any]:
    return lambda library, *x: getattr(library, name)(*x, *given, **options)


def _cases() -> Iterator[Case]:
    for name in ONE.split():
        yield Case(name, _of(name))
    for name in TWO.split():
        yield Case(name, _of(name), 2)
    for name in LOGICAL.split():
        yield Case(name, _of(name), 2, ("bool",))
    for name in BITS.split():
        yield Case(name, _of(name), 2, ("int64",))
    for name in REDUCTIONS.split():
        for axis, where in _NAMES_OF_REDUCTIONS:
            yield Case(f"{name}, {where}", _of(name, axis=axis))
    for name in RUNNING.split():
        for axis in (0, 1):
            yield Case(f"{name}, axis {axis}", _of(name, axis=axis))
    for name in MOVES.split():
        yield Case(name, _moved(name))
    yield from _OTHERS


def _moved(name: str) -> Callable[..., Any]:
    """Return a call that moves elements; NumPy's views are copied, as every result of ours is."""

    def run(library: Any, x: Any) -> Any:
        given = (x, x) if name in ("column_stack", "hstack", "vstack") else x
        found = getattr(library, name)(given)
        return np.ascontiguousarray(found) if library is np else found

    return run


_OTHERS = (
    Case("clip", _of("clip", -0.5, 0.5), dtypes=DTYPES[:2]),
    Case("where", lambda m, x, y: m.where(x > y, x, y), 2),
    Case("isclose", _of("isclose"), 2, DTYPES[:2]),
    Case("square of a difference", lambda m, x, y: (x - y) ** 2, 2),
    Case("slices, last axis", lambda m, x: x[:, 1:] + x[:, :-1]),
    Case("slices, first axis", lambda m, x: x[1:] + x[:-1]),
    Case("even columns", lambda m, x: x[:, ::2] * x[:, 1::2]),
    Case("dot of vectors", lambda m, x, y: m.dot(x.reshape(-1), y.reshape(-1)), 2, DTYPES[:2]),
    Case("vecdot", _of("vecdot"), 2, DTYPES[:2]),
    Case("inner", lambda m, x, y: m.inner(x.reshape(-1), y.reshape(-1)), 2, DTYPES[:2]),
    Case("outer", lambda m, x: m.outer(x[0], x[:, 0])),
    Case("kron", lambda m, x: m.kron(x[:20, :20], x[:30, :30])),
    Case("gradient", _of("gradient", axis=1), dtypes=DTYPES[:2]),
    Case("broadcast row", lambda m, x: x + x[0]),
    Case("broadcast column", lambda m, x: x * x[:, :1]),
    Case("concat", lambda m, x: m.concat((x, x), axis=1)),
    Case("stack", lambda m, x: m.stack((x, x))),
    Case("roll", _of("roll", 5, axis=1)),
    Case("repeat, axis 0", _of("repeat", 3, axis=0)),
    Case("repeat, axis 1", _of("repeat", 3, axis=1)),
    Case("repeat, whole", _of("repeat", 2)),
    Case("tile", _of("tile", (2, 2))),
    Case("pad", _of("pad", ((2, 2), (3, 1)))),
    Case("trapezoid", _of("trapezoid", axis=1), dtypes=DTYPES[:2]),
    Case("take", lambda m, x: m.take(x, np.arange(x.shape[0])[::-1].copy(), axis=0)),
    Case("astype float32", lambda m, x: x.astype("float32"), dtypes=("float64", "int64")),
)


def operands_of(case: Case, dtype: str, extent: int) -> list[Array]:
    """Return matrices of random numbers; where logarithms are taken, they are positive."""
    random = np.random.default_rng(3)
    shape = (extent, extent)
    if dtype == "bool":
        return [random.random(shape) < 0.5 for _ in range(case.operands)]
    if dtype == "int64":
        highest = 40 if "shift" in case.name else 1000
        return [random.integers(1, highest, shape) for _ in range(case.operands)]
    above = 1.0 if case.name == "acosh" else 0.0
    low = 0.01 if case.name.startswith(("log", "pow", "float_power", "cumulative_prod")) else -0.99
    low = 0.01 if case.name in ("sqrt", "acosh") else low
    numbers = [random.uniform(low + above, 0.99 + above, shape) for _ in range(case.operands)]
    return [each.astype(dtype) for each in numbers]


def measured(case: Case, dtype: str, extent: int, rounds: int, clock: Clock) -> tuple[float, float]:
    """Return the medians of the seconds of a call, ours and NumPy's, measured in turns."""
    operands = operands_of(case, dtype, extent)
    compiled = cr.compile(lambda *x: case.run(cr, *x))
    calls: list[Callable[[], Any]] = [
        lambda: compiled(*operands),
        lambda: case.run(np, *operands),
    ]
    counts = [_count(call, clock) for call in calls]
    ours, theirs = _medians(calls, counts, rounds, clock)
    if ours > _ABOVE * theirs:
        ours, theirs = _medians(calls, counts, _MORE * rounds, clock)
    return ours, theirs


def _medians(
    calls: list[Callable[[], Any]], counts: list[int], rounds: int, clock: Clock
) -> list[float]:
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, count, seconds in zip(calls, counts, found, strict=True):
            seconds.append(_seconds(call, count, clock))
    return [statistics.median(seconds) for seconds in found]


def _count(call: Callable[[], Any], clock: Clock) -> int:
    """Return how many calls take some 5 ms."""
    for _ in range(3):
        call()
    return max(1, round(5e-3 / _seconds(call, 1, clock)))


def _seconds(call: Callable[[], Any], count: int, clock: Clock) -> float:
    for _ in range(3):
        call()
    start = clock()
    for _ in range(count):
        call()
    return (clock() - start) / count


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help="Beginnings of names; all if none.")
    ] = None,
    extent: Annotated[int, typer.Option(help="Operands are matrices of this extent.")] = 700,
    rounds: Annotated[int, typer.Option(help="Measurements of each, taken in turns.")] = 9,
    processor: Annotated[
        bool, typer.Option("--processor", help="Time of the processor, for a busy machine.")
    ] = False,
    above: Annotated[float, typer.Option(help="The least ratio that is printed.")] = 0.0,
) -> None:
    """Print the ratio of the medians, ours to NumPy's, per function and dtype."""
    table = Table("function", "dtype", "ours µs", "NumPy µs", "ratio", box=None)
    clock = time.thread_time if processor else time.perf_counter
    count = slower = 0
    with np.errstate(all="ignore"):
        for case in _cases():
            if names and not case.name.startswith(tuple(names)):
                continue
            for dtype in case.dtypes:
                ours, theirs = measured(case, dtype, extent, rounds, clock)
                count, slower = count + 1, slower + (ours > _ABOVE * theirs)
                if ours >= above * theirs:
                    figures = f"{ours * 1e6:,.0f}", f"{theirs * 1e6:,.0f}", f"{ours / theirs:.2f}"
                    table.add_row(case.name, dtype, *figures)
    console = Console()
    console.print(table)
    console.print(f"{slower} of {count} above {_ABOVE}; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    typer.run(main)
