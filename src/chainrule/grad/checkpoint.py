"""Checkpoint: a function whose values are computed again in the backward, not kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from chainrule.grad.body_values import flat_function, run_once
from chainrule.grad.pullbacks import pulled_back, pushed
from chainrule.grad.traced_function import TracedFunction, traced_function
from chainrule.graph import (
    Array,
    Batch,
    Body,
    Example,
    Input,
    Notation,
    Operand,
    Primitive,
    Tensor,
    apply,
    declare,
    float64,
    rebuild,
)
from chainrule.ops import ADD_ROWS, scan_branch, scan_infer, tanh

P = ParamSpec("P")
R = TypeVar("R")
_CALLED = "the function of a checkpoint"


def checkpoint(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` with a backward that computes its values again instead of keeping them.

        hidden = cr.checkpoint(block)(x)

    function  of tensors or arrays, or of nested lists, tuples and dicts of them, to such tensors;
              also a layer. Other arguments are passed as they are
    returns   a function with the same results and gradients. Between forward and backward it keeps
              its arguments, its results and the outer tensors that it uses, such as parameters. The
              backward costs one forward more

    A call is one gate, in eager and in compiled code; what is inside is never merged with gates
    outside. Checkpoints can be nested and differentiated to any order. The function is called once,
    with tensors without values, so that it cannot branch on values, and its keys of random numbers
    are those of the forward. Source: Chen et al., Training deep nets with sublinear memory cost
    (2016). Raises ImmutableError for an update of a parameter, such as the running statistics of
    `BatchNorm` in training, in a compiled function, UnboundInputError in eager code.
    """

    @wraps(function, updated=())
    def recomputed(*args: P.args, **kwargs: P.kwargs) -> Any:
        def call(positional: Any, named: Any) -> Any:
            return function(*positional, **named)

        return _applied(call, (args, kwargs))

    return recomputed


def _applied(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Return the result of a function as reads of one gate."""
    traced = traced_function(function, arguments, _CALLED)
    if not isinstance(traced, TracedFunction):
        return traced
    return traced.read(
        apply(CHECKPOINT, *traced.operands, body=traced.body, length=1, reverse=False)
    )


def _run(*arrays: Array, body: Body, length: int, reverse: bool) -> Array:
    return run_once(body, arrays)


def _backward(
    g: Tensor,
    y: Tensor,
    *operands: Tensor,
    body: Body,
    length: int,
    reverse: bool,
    wanted: tuple[int, ...],
) -> tuple[Tensor | None, ...]:
    """Return the downstream gradients by a checkpoint that computes the forward again."""
    rows: dict[int, tuple[Tensor, Sequence[Tensor]]] = {}

    def pullback(upstream: Tensor, *given: Tensor) -> dict[int, Tensor]:
        found = dict(zip(wanted, pulled_back(body, upstream, given, wanted), strict=True))
        kept = {i: each for i, each in found.items() if each is not None}
        for i, each in kept.items():
            if each.primitive is ADD_ROWS:
                rows[i] = each, given
                kept[i] = each.inputs[0]
        return kept

    found: dict[int, Tensor] = _applied(pullback, (g, *operands))
    for i, (gradient, given) in rows.items():
        ids = gradient.inputs[1]
        made = rebuild([ids], dict(zip(given, operands, strict=True)))[ids]
        found[i] = apply(ADD_ROWS, found[i], made, **gradient.attributes)
    return tuple(found.get(i) for i in range(len(operands)))


def _forward(
    directions: Sequence[Tensor],
    y: Tensor,
    *operands: Tensor,
    body: Body,
    length: int,
    reverse: bool,
) -> Tensor:
    """Return the tangent of the flat result, by a checkpoint."""

    def push(along: Sequence[Tensor], given: Sequence[Tensor]) -> Tensor:
        return pushed(body, along, given)

    tangent: Tensor = _applied(push, (list(directions), list(operands)))
    return tangent


def _batched(batch: Batch, *operands: Tensor, body: Body, length: int, reverse: bool) -> Tensor:
    """Return the flat results of all examples, by a checkpoint of the batch."""
    found: Tensor = _applied(
        lambda *given: batch.over(flat_function(body), batch.mapped)(*given), operands
    )
    return found


def _example_body() -> Body:
    """Return the body of tanh(x w) x."""
    x, w = (Input(name, (3,), float64, None) for name in ("x", "w"))
    return Body((), (), (x, w), (), (tanh(x * w) * x,))


CHECKPOINT = declare(
    Primitive(
        name="checkpoint",
        family="scan",
        accepts="any",
        promotes=(),
        infer=scan_infer,
        numpy=_run,
        lowering="scan",
        vjp=_backward,
        jvp=_forward,
        jacobian="dense",
        notation=lambda *operands, **_: Notation(
            f"checkpoint({', '.join('{}' for _ in operands)})"
        ),
        says=lambda gate: (
            f"computes its {len(gate.attributes['body'].gates)} gates again in the backward, "
            "instead of keeping their values: gradient flows as through the gates inside"
        ),
        branch=scan_branch,
        selective=True,
        examples=(
            Example(
                (Operand((3,)), Operand((3,))),
                {"body": _example_body(), "length": 1, "reverse": False},
            ),
        ),
        vmap=_batched,
    )
)
