"""Which function of ours a NumPy function stands for: by its name, an alias, or in a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from chainrule.ops.exports import functions
from chainrule.ops.numpy_names.arguments import called_as_numpy, on_elements
from chainrule.ops.numpy_names.other_arguments import OTHER_ARGUMENTS, REDUCTIONS

ALIASES = {
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "concatenate": "concat",
    "conjugate": "identity",
    "cumprod": "cumulative_prod",
    "cumsum": "cumulative_sum",
    "fabs": "abs",
    "fix": "trunc",
    "float_power": "pow",
    "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift",
    "linalg.matmul": "matmul",
    "linalg.outer": "outer",
    "linalg.vecdot": "vecdot",
    "linalg.vector_norm": "norm",
    "mod": "remainder",
    "positive": "identity",
    "power": "pow",
    "right_shift": "bitwise_right_shift",
    "rint": "round",
    "true_divide": "divide",
}
OTHERS = frozenset(
    (
        *("convolve", "copyto", "fill_diagonal", "place"),
        *("put", "put_along_axis", "putmask"),
    )
)
"""NumPy functions that do something else than ours of the same name, such as write in place."""


def found_call(function: Any, method: str) -> Callable[..., Any] | None:
    """Return the function of tensors with the arguments of a NumPy function, None if there is none.

    method  "__call__", or a method of a ufunc such as "reduce"
    """
    if method != "__call__":
        return REDUCTIONS.get((function.__name__, method))
    name = name_of(function)
    if name in OTHER_ARGUMENTS:
        return OTHER_ARGUMENTS[name]
    ours = vars(functions).get(ALIASES.get(name, name))
    if ours is None or name in OTHERS or name.startswith("_"):
        return None
    call = on_elements if hasattr(function, "nin") else called_as_numpy
    return partial(call, function, ours)


def name_of(function: Any) -> str:
    """Return the name of a NumPy function below `numpy`, such as "linalg.norm"."""
    folder = str(getattr(function, "__module__", None) or "numpy").removeprefix("numpy")
    return f"{folder}.{function.__name__}".removeprefix(".")
