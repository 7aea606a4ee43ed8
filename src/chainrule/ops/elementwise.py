"""The family of elementwise primitives, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from itertools import zip_longest
from typing import Any, Literal

from chainrule.graph import (
    Array,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Shape,
    ShapeError,
    Tensor,
    apply,
    declare,
)
from chainrule.graph.lowering import Lowering
from chainrule.graph.primitive import Accepts, GateView, Rule, Structure

Domain = tuple[float, float]

_UNARY_SHAPES: list[tuple[Shape, ...]] = [((),), ((3,),), ((2, 3),), ((0, 3),)]
_BINARY_SHAPES: list[tuple[Shape, ...]] = [
    ((), ()),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2,)),
    ((0, 3), (3,)),
]
_TERNARY_SHAPES: list[tuple[Shape, ...]] = [
    ((), (), ()),
    ((2, 3), (3,), ()),
    ((2, 1), (1, 3), (2, 3)),
    ((0,), (0,), (1,)),
]
_WITH_ONE = {"where": " The positions of true elements are cr.nonzero(condition)."}
_NAMES = {1: ("x",), 2: ("x1", "x2"), 3: ("condition", "x1", "x2")}
_SHAPES = {1: _UNARY_SHAPES, 2: _BINARY_SHAPES, 3: _TERNARY_SHAPES}


class Elementwise(Primitive):
    """A callable primitive whose output element depends on one element of each input."""

    @property
    def __signature__(self) -> Signature:
        """The operands under the names of the Array API standard: by position only."""
        names = _NAMES[len(self.examples[0].operands)]
        return Signature([Parameter(each, Parameter.POSITIONAL_ONLY) for each in names])

    def __call__(self, *operands: Any, **named: Any) -> Tensor:
        arity = len(self.examples[0].operands)
        if named:
            raise TypeError(
                f"{self.name} was given {', '.join(named)} by name, but takes its {arity} operands "
                "by position, as NumPy's elementwise functions do."
            )
        if len(operands) != arity:
            hint = _WITH_ONE.get(self.name, "") if len(operands) == 1 else ""
            raise TypeError(
                f"{self.name} takes {arity} operands but was given {len(operands)}.{hint}"
            )
        return apply(self, *operands)


def elementwise(
    name: str,
    numpy: Callable[..., Any],
    *,
    lowering: Lowering,
    vjp: tuple[Rule | None, ...],
    domains: Sequence[Domain],
    notation: Notation,
    says: str | Callable[[GateView], str],
    accepts: Accepts = "float",
    promotes: tuple[int, ...] | Literal["all"] = "all",
    dtypes: Sequence[str] | None = None,
    result: DType | None = None,
    branch: Callable[..., Array] | None = None,
    detaches: bool = False,
) -> Elementwise:
    """Declare an elementwise primitive; the fields that the family shares are filled in.

    domains  an interval per operand on which it is differentiable, for the values of examples
    dtypes   a dtype per operand for the examples; float64 unless given
    result   the dtype of the output, if it differs from that of the promoted operands
    """
    kinds = dtypes or ["float64"] * len(domains)
    first = promotes[0] if isinstance(promotes, tuple) and promotes else 0

    def infer(*inputs: Tensor, **_: Any) -> tuple[Shape, DType]:
        return broadcast_shapes(name, inputs), result or inputs[first].dtype

    differentiable = any(rule is not None for rule in vjp)
    structure: Structure = "diagonal" if differentiable else "none"
    examples = tuple(
        Example(
            tuple(
                Operand(shape, *domain, dtype)
                for shape, domain, dtype in zip(shapes, domains, kinds, strict=True)
            )
        )
        for shapes in _SHAPES[len(domains)]
    )
    return declare(  # type: ignore[return-value]
        Elementwise(
            name=name,
            family="elementwise",
            accepts=accepts,
            promotes=promotes,
            infer=infer,
            numpy=numpy,
            lowering=lowering,
            vjp=vjp,
            jvp="diagonal",
            jacobian=structure,
            notation=notation,
            says=says,
            branch=branch,
            detaches=detaches,
            examples=examples,
        )
    )


def broadcast_shapes(name: str, inputs: Sequence[Tensor]) -> Shape:
    """Return the shape to which `inputs` broadcast under NumPy's rules.

    Raises ShapeError, which names the operands, their shapes and the axis.
    """
    shape = inputs[0].shape
    for each in inputs[1:]:
        if each.shape != shape:
            break
    else:
        return shape
    extents = []
    reversed_shapes = [each.shape[::-1] for each in inputs]
    for axis, sizes in enumerate(zip_longest(*reversed_shapes, fillvalue=1), start=1):
        distinct = set(sizes) - {1}
        if len(distinct) > 1:
            operands = " and ".join(f"{each.label} {list(each.shape)}" for each in inputs)
            raise ShapeError(
                f"{name} cannot broadcast {operands}: counted from the end, axis -{axis} has "
                f"sizes {' and '.join(str(size) for size in sizes)}. "
                "Sizes must be equal, or 1; reshape one of the operands."
            )
        extents.append(distinct.pop() if distinct else 1)
    return tuple(reversed(extents))
