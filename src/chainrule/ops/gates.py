"""User-defined gates: operations under one name, optionally with a custom backward."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, overload

from chainrule.graph import (
    Batch,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    PrimitiveError,
    Shape,
    Tensor,
    apply,
    as_tensor,
    declare,
    scope,
)

Backward = Callable[..., Any]
P = ParamSpec("P")
B = TypeVar("B", bound=Backward)


def _bypass(
    g: Tensor, y: Tensor, result: Tensor, *inputs: Tensor, name: str, backward: Backward, kept: Any
) -> tuple[Tensor | None, ...]:
    operands = inputs[: len(inputs) - len(kept)]
    keeps = dict(zip(kept, inputs[len(operands) :], strict=True))
    downstream = backward(g, y, *operands, **keeps)
    gradients = downstream if isinstance(downstream, tuple | list) else (downstream,)
    if len(gradients) != len(operands):
        raise PrimitiveError(
            f"The backward of gate {name!r} returned {len(gradients)} gradients for "
            f"{len(operands)} inputs. Return one per input, None where there is no path."
        )
    lifted = tuple(None if each is None else as_tensor(each) for each in gradients)
    return (None, *lifted, *(None for _ in kept))


def _infer(result: Tensor, *inputs: Tensor, **_: Any) -> tuple[Shape, DType]:
    return result.shape, result.dtype


def _batched(
    batch: Batch, result: Tensor, *inputs: Tensor, name: str, backward: Backward, kept: Any
) -> Tensor:
    """Return the gate of a batch, whose backward is that of one example for all of them."""

    def of_one(g: Tensor, y: Tensor, *operands: Tensor) -> list[Tensor | None]:
        found = _bypass(g, y, y, *operands, name=name, backward=backward, kept=kept)
        pairs = zip(found[1:], operands, strict=True)
        return [None if g is None else _summed_to(g, x.shape) for g, x in pairs]

    def of_all(g: Tensor, y: Tensor, *operands: Tensor, **keeps: Tensor) -> list[Any]:
        found = batch.over(of_one, (True, True, *batch.mapped[1:]))
        returned: list[Any] = found(g, y, *operands, *keeps.values())
        return returned[: len(operands)]

    whole = batch.spread((result, *inputs))[0]
    return apply(OWN_BACKWARD, whole, *inputs, name=name, backward=of_all, kept=kept)


def _summed_to(gradient: Tensor, shape: Shape) -> Tensor:
    """Return a gradient summed over the axes along which an operand of `shape` broadcasts."""
    extra = gradient.ndim - len(shape)
    if gradient.shape == shape or extra < 0:
        return gradient
    stretched = [
        extra + i for i, size in enumerate(shape) if size == 1 != gradient.shape[extra + i]
    ]
    return gradient.sum([*range(extra), *stretched]).reshape(shape)


OWN_BACKWARD = declare(
    Primitive(
        name="gate",
        family="gate",
        accepts="any",
        promotes=(),
        infer=_infer,
        numpy=lambda result, *inputs, **_: result.view(),
        lowering="pass through",
        vjp=_bypass,
        jvp="transpose",
        jacobian="dense",
        notation=lambda result, *inputs, name, **_: Notation("{}"),
        says=lambda gate: (
            f"passes to the inputs of {gate.attributes['name']} what its own backward computes, "
            "bypassing the operations inside"
        ),
        branch=None,
        examples=(
            Example(
                (Operand((3,)), Operand((3,))),
                {"name": "double", "backward": lambda g, y, x: g * 1.0, "kept": ()},
            ),
        ),
        vmap=_batched,
    )
)


class NamedGate(Generic[P]):
    """A function of tensors whose operations form one named gate; made by the decorator `gate`.

    `@name.backward` declares a custom backward.
    """

    def __init__(self, forward: Callable[P, Any], says: str | None = None) -> None:
        self.forward: Callable[..., Any] = forward
        self.says = says
        self.name = self.forward.__name__
        self._backward: Backward | None = None
        self._inputs = _positional(forward)
        functools.update_wrapper(self, forward)

    def backward(self, function: B) -> B:
        """Declare `function(upstream, output, *inputs, **kept)` as the backward of this gate.

        It returns one gradient per input as a tuple, or a single gradient for one input.
        Keyword-only arguments are tensors that the forward keeps: it then returns
        `output, {"name": tensor}`. Raises PrimitiveError if the arguments do not fit the forward.
        """
        wanted = ("upstream", "output", *self._inputs)
        found = _positional(function)
        if len(found) != len(wanted):
            raise PrimitiveError(
                f"The backward of gate {self.name!r} takes ({', '.join(found)}), but the gate has "
                f"the inputs ({', '.join(self._inputs)}). "
                f"Declare it as backward({', '.join(wanted)})."
            )
        self._backward = function
        return function

    def __reduce__(self) -> str:
        """Pickle by qualified name, as functions are pickled."""
        return self.forward.__qualname__

    def _in_order(self, operands: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """Return all operands by position; raises PrimitiveError for an unknown name."""
        wanted = self._inputs[len(operands) :]
        if unknown := [each for each in named if each not in wanted]:
            raise PrimitiveError(
                f"The gate {self.name!r} was given {', '.join(unknown)} by name, but its inputs "
                f"are ({', '.join(self._inputs)}), each of them given once."
            )
        return (*operands, *(named[each] for each in wanted if each in named))

    def _require_kept(self, kept: dict[str, Tensor]) -> None:
        assert self._backward is not None
        named, takes_any = _keywords(self._backward)
        if not takes_any and set(named) != set(kept):
            raise PrimitiveError(
                f"The forward of gate {self.name!r} keeps ({', '.join(kept)}), but its backward "
                f"takes ({', '.join(named)}) by keyword. Name the same ones after a '*'."
            )

    def __call__(self, *args: P.args, **named: P.kwargs) -> Tensor:
        operands = self._in_order(args, named)
        if len(operands) != len(self._inputs):
            raise PrimitiveError(
                f"The gate {self.name!r} has the inputs ({', '.join(self._inputs)}) but was given "
                f"{len(operands)} operands."
            )
        inputs = tuple(as_tensor(each) for each in operands)
        with scope(self.name, self.says):
            result, kept = _split(self.name, self.forward(*inputs))
            if self._backward is None:
                return result
            self._require_kept(kept)
            return apply(
                OWN_BACKWARD,
                result,
                *inputs,
                *kept.values(),
                name=self.name,
                backward=self._backward,
                kept=tuple(kept),
            )


@overload
def gate(function: Callable[P, Any]) -> NamedGate[P]: ...
@overload
def gate(*, says: str) -> Callable[[Callable[P, Any]], NamedGate[P]]: ...
def gate(function: Callable[..., Any] | None = None, *, says: str | None = None) -> Any:
    """Make a function of tensors one named gate (decorator).

    function  of tensors, to a tensor
    says      the effect on the gradient, as a sentence for explanations
    returns   a callable that takes tensors, arrays and numbers, and returns a tensor

    Gradients flow through the operations inside, unless a backward is declared:

        @cr.gate
        def cube(x):
            return x * x * x

        @cube.backward
        def cube_backward(upstream, output, x):
            return upstream * 3 * x * x

    Raises PrimitiveError if the function has no positional argument.
    """
    if function is None:
        return functools.partial(NamedGate, says=says)
    return NamedGate(function, says)


def _positional(function: Callable[..., Any]) -> tuple[str, ...]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(
        name for name, each in inspect.signature(function).parameters.items() if each.kind in kinds
    )
    if not names:
        raise PrimitiveError(
            f"The gate {getattr(function, '__name__', function)!r} has no positional argument, so "
            "it has no input. Give it one argument per input."
        )
    return names


def _keywords(function: Callable[..., Any]) -> tuple[tuple[str, ...], bool]:
    """Return the names of the keyword-only arguments, and whether there is a **kwargs."""
    parameters = inspect.signature(function).parameters
    kinds = {name: each.kind for name, each in parameters.items()}
    named = tuple(name for name in kinds if kinds[name] is inspect.Parameter.KEYWORD_ONLY)
    return named, inspect.Parameter.VAR_KEYWORD in kinds.values()


def _split(name: str, returned: Any) -> tuple[Tensor, dict[str, Tensor]]:
    result, kept = (
        returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, {})
    )
    if not isinstance(result, Tensor) or not isinstance(kept, dict):
        raise PrimitiveError(
            f"The forward of gate {name!r} returned {type(returned).__name__}. Return one tensor, "
            "or a tensor and a dict of what is kept for the backward."
        )
    return result, kept
