"""Scans in segments: the backward computes a segment again instead of keeping its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.grad.checkpoint import checkpoint
from chainrule.grad.scan_step import like, parts_of
from chainrule.graph import Tensor
from chainrule.ops import concat

Scan = Callable[..., tuple[Any, Any]]


def segment_length(asked: bool | int, steps: int) -> int:
    """Return the steps of a segment: the square root of all steps for True.

    Raises ValueError for a number below 1.
    """
    if asked is True:
        return max(1, math.isqrt(steps))
    if asked < 1:
        raise ValueError(
            f"scan was given checkpoint={asked}. Give the number of steps of a segment, 1 or more, "
            "or True for the square root of all steps."
        )
    return int(asked)


def scan_in_segments(
    scan: Scan, cell: Any, state: Any, inputs: Any, length: int, reverse: bool, every: int
) -> tuple[Any, Any]:
    """Return the result of a scan that runs in checkpointed segments of `every` steps.

    scan    the function `cr.scan`
    inputs  a tensor, a tuple of tensors, or None
    length  the number of steps
    """
    count, rest = divmod(length, every)
    stacks = parts_of(inputs)
    whole = [each[: count * every].reshape(count, every, *each.shape[1:]) for each in stacks]
    tail = [each[count * every :] for each in stacks]
    segment = _segment(scan, cell, every, reverse)

    def run(state: Any) -> tuple[Any, Any]:
        return scan(segment, state, like(inputs, whole), length=count, reverse=reverse)

    if not rest:
        state, outputs = run(state)
        return state, _joined(outputs, [])
    ending = _segment(scan, cell, rest, reverse)
    if reverse:
        state, last = ending(state, like(inputs, tail))
        state, outputs = run(state)
    else:
        state, outputs = run(state)
        state, last = ending(state, like(inputs, tail))
    return state, _joined(outputs, parts_of(last))


def _segment(scan: Scan, cell: Any, steps: int, reverse: bool) -> Scan:
    """Return the checkpointed scan of one segment."""
    return checkpoint(lambda state, x: scan(cell, state, x, length=steps, reverse=reverse))


def _joined(outputs: Any, last: Sequence[Tensor]) -> Any:
    """Return outputs (segments, steps, ...) as (all steps, ...), with those of the last steps."""
    found = parts_of(outputs)
    flat = [each.reshape(each.shape[0] * each.shape[1], *each.shape[2:]) for each in found]
    if last:
        flat = [concat([a, b]) for a, b in zip(flat, last, strict=True)]
    return like(outputs, flat)
