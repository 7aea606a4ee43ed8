"""The gate `call`: a call of a compiled function, whose derivatives are compiled when needed.

The result of a compiled function is a tensor with a history: the call, its arguments, and the
parameters and tensors that the function uses. The derivatives are compiled functions too, so that
they can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from chainrule.grad.forward import tangents
from chainrule.grad.reverse import gradients
from chainrule.graph import (
    Array,
    Batch,
    Body,
    DType,
    DTypeError,
    Example,
    GateView,
    Input,
    Notation,
    Operand,
    Primitive,
    PrimitiveError,
    Shape,
    Tensor,
    computed_once,
    declare,
    evaluate,
    float64,
    is_float,
    made_for,
    rebuild,
    topological_order,
)
from chainrule.ops import add_rows, branch_of, identity, tanh

Compile = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, eq=False, repr=False)
class CalledBody(Body):
    """The graph of a compiled function, from its arguments and captured tensors to its outputs.

    name     the name of the function
    compile  compiles a function
    derived  the compiled derivatives
    """

    name: str = "function"
    compile: Compile = lambda function: function
    derived: dict[Any, Callable[..., Any]] = field(default_factory=dict, init=False)

    @computed_once
    def order(self) -> tuple[Tensor, ...]:
        """The nodes from arguments and captured tensors to outputs."""
        return tuple(topological_order(self.outputs, without=set(self.placeholders)))

    def result(self, index: int, operands: Sequence[Tensor]) -> Tensor:
        """Return the output at `index` as gates on other operands."""
        output = self.outputs[index]
        return rebuild([output], dict(zip(self.placeholders, operands, strict=True)))[output]

    def derivative(self, key: Any, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a compiled function; it is compiled once for every `key`."""
        if key not in self.derived:
            self.derived[key] = self.compile(function)
        return self.derived[key]

    def __repr__(self) -> str:
        return f"{self.name} of {len(self.gates)} gates"


def _infer(*operands: Tensor, function: CalledBody, index: int) -> tuple[Shape, DType]:
    """Return shape and dtype of an output; raises DTypeError for other operands."""
    if len(operands) != len(function.placeholders):
        raise PrimitiveError(
            f"A call of {function!r} was given {len(operands)} operands but was traced for "
            f"{len(function.placeholders)}."
        )
    for given, asked in zip(operands, function.placeholders, strict=True):
        if (given.shape, given.dtype) != (asked.shape, asked.dtype):
            raise DTypeError(
                f"A call of {function!r} was given {given.label} {given.dtype}{list(given.shape)} "
                f"where it was traced for {asked.dtype}{list(asked.shape)}. Call the function "
                "again for other shapes and dtypes."
            )
    return function.outputs[index].shape, function.outputs[index].dtype


def _values(arrays: Sequence[Array], function: CalledBody, index: int) -> dict[Tensor, Array]:
    """Return the value of an output, and of the nodes it needs."""
    bound = dict(zip(function.placeholders, arrays, strict=True))
    return evaluate([function.outputs[index]], bound)


def _run(*arrays: Array, function: CalledBody, index: int) -> Array:
    """Return the value of an output on the reference evaluator."""
    return _values(arrays, function, index)[function.outputs[index]]


def _branch(*arrays: Array, function: CalledBody, index: int) -> Array:
    """Return a number for the smooth branch that all gates inside are on."""
    values = _values(arrays, function, index)
    made = (node for node in function.gates if node in values)
    branching = (node for node in made if node.primitive and node.primitive.branch)
    return np.asarray(hash(b"".join(branch_of(node, values) for node in branching)))


def _distinct(operands: Sequence[Tensor]) -> list[Tensor]:
    """Return copies of the operands, so that an operand given twice counts as two."""
    return [identity(each) if is_float(each.dtype) else each for each in operands]


def _backward(
    g: Tensor,
    y: Tensor,
    *operands: Tensor,
    function: CalledBody,
    index: int,
    wanted: tuple[int, ...],
) -> tuple[Tensor | None, ...]:
    """Return the downstream gradients, by a compiled function that computes the call again."""

    def pullback(upstream: Tensor, *given: Tensor) -> list[Any]:
        moving = _distinct(given)
        output = function.result(index, moving)
        found = gradients(output, [moving[i] for i in wanted], upstream)
        return [_as_rows(each) for each in found]

    found = function.derivative(("backward", index, wanted), pullback)(g, *operands)
    by_position = dict(zip(wanted, map(_from_rows, found), strict=True))
    return tuple(by_position.get(i) for i in range(len(operands)))


def _as_rows(gradient: Tensor | None) -> Any:
    """Return the gradient of a table as its rows, so that an update costs what the rows cost."""
    if gradient is None or gradient.primitive is None or gradient.primitive.name != "add_rows":
        return gradient
    rows, ids = gradient.inputs
    return {"rows": rows, "ids": ids, **gradient.attributes}


def _from_rows(gradient: Any) -> Tensor | None:
    """Return the gradient of a table from its rows."""
    return add_rows(**gradient) if isinstance(gradient, dict) else gradient


def _forward(
    directions: Sequence[Tensor], y: Tensor, *operands: Tensor, function: CalledBody, index: int
) -> Tensor | None:
    """Return the tangent of an output, by a compiled function that computes the call again."""
    floats = [i for i, each in enumerate(operands) if is_float(each.dtype)]

    def push(along: Sequence[Tensor], *given: Tensor) -> Tensor | None:
        moving = _distinct(given)
        output = function.result(index, moving)
        seeds = {moving[i]: each for i, each in zip(floats, along, strict=True)}
        return tangents([output], seeds)[0]

    pushed = function.derivative(("forward", index), push)
    found: Tensor | None = pushed([directions[i] for i in floats], *operands)
    return found


def _batched(batch: Batch, *operands: Tensor, function: CalledBody, index: int) -> Any:
    """Return an output for a batch: the gates inside, applied to it."""
    of_one = partial(_output, function, index)
    return batch.over(of_one, batch.mapped)(*operands)


def _output(function: CalledBody, index: int, *operands: Tensor) -> Tensor:
    return function.result(index, operands)


def _description(gate: GateView) -> str:
    """Return the description of the gate."""
    function = gate.attributes["function"]
    return (
        f"runs {function!r} in native code; its backward is compiled too, and gives every argument "
        "and parameter the gradient that the gates inside would give"
    )


def _example() -> CalledBody:
    """Return the body of tanh(x w) x."""
    x, w = (Input(name, (3,), float64, None) for name in ("x", "w"))
    return CalledBody((), (), (x, w), (), (tanh(x * w) * x,), "neuron")


CALL = declare(
    Primitive(
        name="call",
        family="gate",
        accepts="any",
        promotes=(),
        infer=_infer,
        numpy=_run,
        lowering=None,
        vjp=_backward,
        jvp=_forward,
        jacobian="dense",
        notation=lambda *operands, function, index: Notation(
            f"{function.name}({', '.join('{}' for _ in operands)})"
        ),
        says=_description,
        branch=_branch,
        selective=True,
        examples=(Example((Operand((3,)), Operand((3,))), {"function": _example(), "index": 0}),),
        vmap=_batched,
    )
)


def opened(outputs: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    """Return, for all nodes that `outputs` need, nodes without calls; empty if there are none."""
    calls = [node for node in topological_order(outputs) if node.primitive is CALL]
    made: dict[Tensor, Tensor] = {}
    for node in calls:
        operands = rebuild(node.inputs, made)
        function, index = node.attributes["function"], node.attributes["index"]
        with made_for(node.origin):
            made[node] = function.result(index, [operands[each] for each in node.inputs])
    return rebuild(outputs, made) if made else {}
