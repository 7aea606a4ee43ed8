"""Collectives as gates of the graph: the sum over all ranks, with its derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.distributed.block_run import current_run
from chainrule.distributed.blocks import Blocks
from chainrule.distributed.communicator import Communicator
from chainrule.distributed.errors import DistributedError
from chainrule.distributed.traffic import Traffic
from chainrule.distributed.tree_sum import TreeSum
from chainrule.distributed.world import communicator
from chainrule.graph import (
    Array,
    DType,
    DTypeError,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    current_trace,
)

_TAG = 32_000  # the largest tag that every MPI has is 32,767


def rank_sum(array: Array, between: Communicator) -> Array:
    """Return the sum over all ranks, whose terms are added in an order that is fixed by the ranks.

    array  of the same shape and dtype on every rank
    """
    size = between.size
    if size == 1:
        return np.array(array)
    total = TreeSum(between, Traffic(), Blocks(size, size, size), array.size, array.dtype, _TAG)
    total.push([array])
    total.start()
    return total.total().reshape(array.shape)


def _numpy(x: Array, *, number: int) -> Array:
    run = current_run()
    if run is None:
        return rank_sum(x, communicator())
    return run.step.summed(number, run.block, x)


def _infer(x: Tensor, *, number: int) -> tuple[Shape, DType]:
    if x.dtype.kind not in "fiu":
        raise DTypeError(f"all_reduce was given {x.label} of dtype {x.dtype}. Give numbers.")
    return x.shape, x.dtype


def _rule(g: Tensor, y: Tensor, x: Tensor, *, number: int) -> Tensor:
    return all_reduce(g)


def _jvp(tangents: Any, y: Tensor, x: Tensor, *, number: int) -> Tensor:
    return all_reduce(tangents[0])


ALL_REDUCE = Primitive(
    name="all_reduce",
    family="gate",
    accepts="number",
    promotes=(),
    infer=_infer,
    numpy=_numpy,
    lowering=None,
    vjp=(_rule,),
    jvp=_jvp,
    jacobian="diagonal",
    notation=Notation("all_reduce({})"),
    says="adds up over ranks: the gradient is the sum of the upstream gradients of all ranks",
    branch=None,
    examples=(Example((Operand((2, 3)),), {"number": 0}),),
)


def all_reduce(x: TensorLike) -> Tensor:
    """Return the sum of `x` over all ranks, element by element, on every rank.

    x        of the same shape and dtype on every rank, which all call it in the same order
    returns  of the shape and dtype of `x`

    The gradient with respect to `x` is the sum over the ranks of the upstream gradients, so that it
    is that of the sum of the losses of all ranks. Terms are added in the order of the ranks. Inside
    of `cr.train.fit`, where a batch is computed in blocks, the sum is that over the blocks of the
    batch. In a process of its own the result is `x`.

    In compiled functions the gate runs on the reference evaluator, between native code. Raises
    DistributedError if `x` is a constant of a compiled function: it would be added up only once,
    while the function is traced.
    """
    given = as_tensor(x)
    if current_trace() is not None and not given.tracked:
        raise DistributedError(
            f"all_reduce was given {given.label} in a compiled function, which depends on none of "
            "its arguments and no parameter: it would be added up only once, while the function is "
            "traced. Add it up outside, or pass it as an argument."
        )
    run = current_run()
    return apply(ALL_REDUCE, given, number=-1 if run is None else run.next_number())
