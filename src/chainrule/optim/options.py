"""The options that all optimizers share, and their checks."""

from __future__ import annotations

import inspect
from typing import Literal, TypedDict, get_args

from chainrule.optim.accumulate import require_accumulation
from chainrule.optim.checks import require_not_negative, require_one_of
from chainrule.optim.clip import Clip, require_clip
from chainrule.optim.parameter_groups import Groups

RowSemantics = Literal["touched", "caught_up", "dense", "added"]


class Options(TypedDict, total=False):
    """Options of every optimizer; see `Optimizer`."""

    weight_decay: float
    l1: float
    clip: Clip | None
    groups: Groups | None
    accumulate: int


_CALLED_ELSEWHERE = {
    "lr": "learning_rate",
    "betas": "beta1 and beta2",
    "beta_1": "beta1",
    "beta_2": "beta2",
    "eps": "epsilon",
    "lr_decay": "rate_decay",
    "initial_accumulator_value": "initial_accumulator",
    "decoupled_weight_decay": "decoupled",
}


def require_options(optimizer: type, rows: RowSemantics, options: Options) -> None:
    """Raise TypeError, ValueError or ChainruleError for invalid options."""
    name = optimizer.__name__
    require_known(optimizer, options)
    decay, l1 = options.get("weight_decay", 0.0), options.get("l1", 0.0)
    require_not_negative(name, weight_decay=decay, l1=l1)
    require_clip(name, options.get("clip"))
    require_one_of(name, get_args(RowSemantics), rows=rows)
    require_accumulation(name, options.get("accumulate", 1), rows)


def not_plain(optimizer: str) -> ValueError:
    """Return the error for rows="added" where an update is not the gradient times the rate."""
    return ValueError(
        f"{optimizer} was given rows='added' with transforms or with other options. Equal ids can "
        "be added one after the other only if an update is the gradient times the rate. Use "
        "cr.optim.SGD without momentum, decay, clipping, groups and accumulation, or "
        "rows='touched'."
    )


def require_known(optimizer: type, options: Options) -> None:
    """Raise TypeError for an option that is neither shared nor in the signature of `optimizer`."""
    if unknown := [each for each in options if each not in Options.__annotations__]:
        hints = [
            f" Other frameworks' {each!r} is called {_CALLED_ELSEWHERE[each]} here."
            for each in unknown
            if each in _CALLED_ELSEWHERE
        ]
        raise TypeError(
            f"{optimizer.__name__} was given {', '.join(map(repr, unknown))}, which is not an "
            f"option of it.{''.join(hints)} It takes {', '.join(_taken(optimizer))}."
        )


def _taken(optimizer: type) -> list[str]:
    """Return the names of all options: those of this optimizer and the shared ones."""
    parameters = inspect.signature(optimizer).parameters.items()
    own = [name for name, each in parameters if each.kind is not inspect.Parameter.VAR_KEYWORD]
    return list(dict.fromkeys([*own, *Options.__annotations__]))
