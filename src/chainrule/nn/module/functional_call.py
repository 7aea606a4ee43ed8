"""A call of a model with other weights than its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.grad.argument_trees import mapped
from chainrule.graph import (
    ChainruleError,
    DTypeError,
    Parameter,
    ShapeError,
    Tensor,
    as_tensor,
    is_float,
    read_for,
    replaced,
)
from chainrule.nn.module.module import Module


def functional_call(
    model: Module, parameters: Mapping[str, Any], /, *arguments: Any, **keywords: Any
) -> Any:
    """Return `model(*arguments, **keywords)`, computed with other weights than those of the model.

    model       a model, also a compiled one
    parameters  tensors or arrays by path, as in `model.named_parameters()`; of the same shapes,
                converted to the dtypes of the model. Parameters that are not listed are those of
                the model. A parameter with several paths (tied weights) is given under one of them,
                or under several with the same tensor
    returns     what the model returns, differentiable with respect to the given tensors

    The model is not changed: gates read the given tensors in place of its parameters, in this
    thread only. State that is not trained, such as the running statistics of `BatchNorm`, is part
    of `parameters` too. If it is given, the call reads the given state and drops its updates. If it
    is not, the call reads and updates that of the model, as `model(...)` does.

    Raises ChainruleError for a name that the model does not have, for different tensors for one
    parameter, and if the model reads the value of a replaced parameter; ShapeError or DTypeError
    for a tensor that does not fit.
    """
    paths = {path: each for path, each in model._walk() if isinstance(each, Parameter)}
    _require_known(model, paths, parameters)
    others: dict[Parameter, tuple[str, Any]] = {}
    for path, given in parameters.items():
        before = others.setdefault(paths[path], (path, given))
        if before[1] is not given:
            raise ChainruleError(
                f"functional_call was given different tensors for {before[0]!r} and {path!r}, "
                "which are one parameter (tied weights). Give one of them."
            )
    fitted = {each: _fitted(path, each, given) for each, (path, given) in others.items()}
    with replaced(fitted):
        output = model(*arguments, **keywords)
        return mapped(lambda leaf: read_for(leaf) if isinstance(leaf, Tensor) else leaf, output)


def _require_known(
    model: Module, paths: Mapping[str, Parameter], parameters: Mapping[str, Any]
) -> None:
    """Raise ChainruleError for names that the model does not have."""
    unknown = [path for path in parameters if path not in paths]
    if unknown:
        raise ChainruleError(
            f"functional_call was given {', '.join(map(repr, unknown))}, but no parameter of the "
            f"model {type(model).__name__} has that path. It has {', '.join(paths) or 'none'}."
        )


def _fitted(path: str, to: Parameter, given: Any) -> Tensor:
    """Return a given tensor in the dtype of its parameter."""
    found = as_tensor(given)
    if found.shape != to.shape:
        raise ShapeError(
            f"functional_call was given {path!r} of shape {found.shape}, but the parameter has "
            f"shape {to.shape}. Reshape it, or build the model with other extents."
        )
    if is_float(found.dtype) != is_float(to.dtype):
        raise DTypeError(
            f"functional_call was given {path!r} of dtype {found.dtype}, but the parameter is "
            f"{to.dtype}. Convert it with astype({str(to.dtype)!r})."
        )
    return found if found.dtype == to.dtype else found.astype(to.dtype)
