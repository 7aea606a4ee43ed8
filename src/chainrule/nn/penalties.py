"""Penalties of parameters, for regularisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from chainrule.graph import ChainruleError, Tensor
from chainrule.nn.module.module import Module
from chainrule.ops import abs, add

Penalised = Module | Tensor | Iterable[Tensor]


def l2(parameters: Penalised) -> Tensor:
    """Return the L2 penalty Σ θ², a scalar, for an objective J = mean loss + λ l2(model).

    parameters  a model, for its trainable parameters, or one or more tensors, such as
                [model.hidden.weight] to leave biases out

    The gradient of λ l2 is 2 λ θ: that of coupled weight decay 2 λ.
    Raises ChainruleError if there is nothing to penalise.
    """
    return _summed("l2", parameters, lambda each: each * each)


def l1(parameters: Penalised) -> Tensor:
    """Return the L1 penalty Σ |θ|, a scalar, which makes parameters sparse.

    Arguments and errors are those of `l2`. Tibshirani: Regression shrinkage and
    selection via the lasso (1996).
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
