"""Penalties: what a regularised objective adds to the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from chainrule.graph import ChainruleError, Tensor
from chainrule.nn.module.module import Module
from chainrule.ops import abs, add

Penalised = Module | Tensor | Iterable[Tensor]


def l2(parameters: Penalised) -> Tensor:
    """Return Σ θ², a scalar: J = mean loss + λ l2(model).

    parameters  a model, whose trainable parameters are meant, or a tensor or several, such as
                [model.hidden.weight] to leave biases alone

    The gradient is 2 λ θ: the update of weight decay coupled to the gradient, at a rate of 2 λ.
    Raises ChainruleError if there is nothing to penalise.
    """
    return _summed("l2", parameters, lambda each: each * each)


def l1(parameters: Penalised) -> Tensor:
    """Return Σ |θ|, a scalar, which draws parameters to exactly 0: J = mean loss + λ l1(model).

    All else is as in `l2`. Tibshirani, Regression shrinkage and selection via the lasso (1996).
    """
    return _summed("l1", parameters, abs)


def _summed(name: str, parameters: Penalised, term: Callable[[Tensor], Tensor]) -> Tensor:
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    meant = parameters.parameters() if isinstance(parameters, Module) else list(parameters)
    if not meant:
        raise ChainruleError(
            f"nn.{name} was given nothing to penalise. Pass a model with trainable parameters, or "
            "a list of tensors."
        )
    return reduce(add, [term(each).sum() for each in meant])
