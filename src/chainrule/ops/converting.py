"""Conversion between dtypes, and of arrays to tensors."""

from __future__ import annotations

from typing import Any

from chainrule.graph import (
    PRIMITIVES,
    DType,
    Example,
    Notation,
    Operand,
    Primitive,
    Tensor,
    TensorLike,
    apply,
    as_tensor,
    declare,
    float64,
    int64,
    is_float,
)
from chainrule.graph.device import require_cpu
from chainrule.graph.dtypes import promote
from chainrule.graph.promotion import number_type
from chainrule.ops.scalars import convert


def _astype_rule(g: Tensor, y: Tensor, x: Tensor, *, dtype: DType) -> Tensor | None:
    return g.astype(x.dtype) if is_float(dtype) else None


declare(
    Primitive(
        name="astype",
        family="elementwise",
        accepts="any",
        promotes=(),
        infer=lambda x, *, dtype: (x.shape, dtype),
        numpy=lambda x, *, dtype: x.astype(dtype),
        lowering=convert,
        vjp=(_astype_rule,),
        jvp="linear",
        jacobian="diagonal",
        notation=Notation("{}"),
        says="converts the dtype: the upstream gradient passes, converted back",
        branch=None,
        examples=(
            Example((Operand((2, 3)),), {"dtype": float64}),
            Example((Operand((0, 2), dtype="float32"),), {"dtype": float64}),
            Example((Operand((), 0, 9, "int64"),), {"dtype": float64}),
            Example((Operand((3,)),), {"dtype": int64}),
        ),
    )
)


def astype(x: TensorLike, dtype: Any, *, copy: bool = True, device: Any = None) -> Tensor:
    """Return `x` converted to `dtype`, or `x` itself if it has this dtype.

    dtype   a dtype, a type or a name such as "float32"
    copy    without effect, since tensors never change
    device  "cpu", the only device

    The gradient passes between floating-point dtypes only. Floats that an integer dtype cannot hold
    give what NumPy gives. Raises DTypeError for an unsupported dtype.
    """
    return as_tensor(x).astype(dtype, copy=copy, device=device)


def asarray(
    value: TensorLike, dtype: Any = None, *, device: Any = None, copy: bool | None = None
) -> Tensor:
    """Return `value` as a tensor: the tensor itself, or a constant with a copy.

    value   a tensor, an array, a number or a nested list of numbers
    dtype   that of the value unless given; Python floats become float64, integers int64
    device  "cpu", the only device
    copy    True for a new tensor in any case; False for an error where a copy is necessary

    Raises DTypeError for values that are not numbers or have an unsupported dtype, ValueError for a
    copy that was ruled out.
    """
    require_cpu(device)
    found = as_tensor(value) if dtype is None else as_tensor(value).astype(dtype)
    if copy is False and found is not value:
        raise ValueError(
            f"asarray was asked not to copy a {type(value).__name__}, but tensors never change, so "
            "that arrays are copied. Leave copy=False out; cr.from_dlpack(x) shares the memory."
        )
    return apply(PRIMITIVES["identity"], found) if copy and found is value else found


def as_floats(*operands: TensorLike) -> list[Tensor]:
    """Return operands as tensors of their common dtype, in floating point; numbers are weak."""
    strong = [as_tensor(each).dtype for each in operands if not _is_weak(each)]
    common = promote(*strong) if strong else float64
    wanted = common if is_float(common) else float64
    return [as_tensor(each).astype(wanted) for each in operands]


def _is_weak(operand: TensorLike) -> bool:
    return operand.weak if isinstance(operand, Tensor) else number_type(operand) is not None


def as_float(x: TensorLike) -> Tensor:
    """Return `x` in floating point: unchanged, or integers and bools as float64."""
    x = as_tensor(x)
    return x if is_float(x.dtype) else x.astype(float64)
