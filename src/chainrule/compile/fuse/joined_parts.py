"""Joined parts: a fused kernel writes what only a concat reads to its place there.

The concat then has nothing to copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from chainrule.compile.fuse.fused_kernel import FusedKernel, JoinedPart
from chainrule.compile.gates.lowerings import template_of
from chainrule.compile.gates.strided_copies import StridedCopy, StridedPart
from chainrule.graph import Tensor

S = TypeVar("S")

_SHORTEST = 32  # elements of a row; shorter ones are computed in one pass and copied

Joined = dict[Tensor, JoinedPart]


def with_joined_parts(
    steps: Sequence[S], users: Mapping[Tensor, Sequence[Tensor]], results: set[Tensor]
) -> Iterator[S]:
    """Yield the steps, with fused kernels that write parts of concats in place.

    users    the gates that read each gate
    results  the gates that are read from outside
    """
    kernels = [each for each in steps if isinstance(each, FusedKernel)]
    kernel_of = {node: each for each in kernels for node in each.outputs}

    def is_joined(part: StridedPart, whole: Tensor, times: int) -> bool:
        """Return whether a kernel can write the source of a part in place."""
        node, kernel = part.source, kernel_of.get(part.source)
        if kernel is None or kernel.roles[node] != "full" or node in results or times > 1:
            return False
        is_alone = all(each is whole or each in kernel.roles for each in users[node])
        is_long = node.ndim > 1 and node.shape[-1] >= _SHORTEST and part.write[-1] == 1
        return is_alone and is_long and not part.read_from

    joined: Joined = {}
    for step in steps:
        if isinstance(step, StridedCopy) and template_of(step.node) == "concat":
            times = Counter(each.source for each in step.parts)
            for part in step.parts:
                if is_joined(part, step.node, times[part.source]):
                    joined[part.source] = JoinedPart(step.node, part.write, part.write_to)
    yield from (_with_places(each, joined) for each in steps)


def _with_places(step: S, joined: Joined) -> S:
    """Return a step that writes its outputs to their place, or copies only the other parts."""
    if isinstance(step, FusedKernel):
        mine = _of(step.outputs, joined)
        return replace(step, joined=mine) if mine else step
    if isinstance(step, StridedCopy) and template_of(step.node) == "concat":
        left = tuple(each for each in step.parts if each.source not in joined)
        return replace(step, parts=left) if len(left) < len(step.parts) else step
    return step


def _of(nodes: Iterable[Tensor], joined: Joined) -> Joined:
    """Return the places of some tensors."""
    return {each: joined[each] for each in nodes if each in joined}
