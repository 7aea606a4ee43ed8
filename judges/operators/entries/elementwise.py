"""Entries that work element by element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from judges.operators.names import cr, unless

Entry = str | Callable[..., Any]


def _rounded(x: Any, decimals: int = 0) -> Any:
    return cr.round(x) if decimals == 0 else cr.round(x * 10.0**decimals) / 10.0**decimals


def _divided(x: Any, y: Any, rounding_mode: str | None = None) -> Any:
    quotient = cr.divide(x, y)
    return {None: lambda z: z, "trunc": cr.trunc, "floor": cr.floor}[rounding_mode](quotient)


def _clamped(x: Any, min: Any = None, max: Any = None) -> Any:
    return cr.clip(x, min=min, max=max)


def _logit(x: Any, eps: float | None = None) -> Any:
    p = x if eps is None else cr.clip(x, eps, 1 - eps)
    return cr.log(p / (1 - p))


def _nan_to_num(x: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    return cr.nan_to_num(x, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


def _softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    return cr.where(x * beta > threshold, x, cr.softplus(x * beta) / beta)


def _same(x: Any, **options: Any) -> Any:
    return cr.identity(x)


def _cast(dtype: str) -> Entry:
    return lambda x, **options: cr.astype(x, dtype)


def _to(x: Any, *given: Any, **options: Any) -> Any:
    wanted = [each for each in (*given, *options.values()) if isinstance(each, str)]
    dtypes = [each for each in wanted if each in ("float32", "float64", "int64", "int32", "bool")]
    unless(dtypes or not given, "moves to a device or to the dtype of another tensor")
    return cr.astype(x, dtypes[0]) if dtypes else x


SAME_NAME = (
    "abs acos acosh add asin asinh atan atan2 atanh ceil copysign cos cosh erf erfc exp exp2 expm1 "
    "floor fmax fmin fmod frexp hypot i0 ldexp lgamma log log10 log1p log2 logaddexp "
    "logaddexp2 maximum minimum nextafter positive pow reciprocal remainder sign sin sinc sinh "
    "sqrt square tan tanh trunc xlogy digamma erfinv sigmoid deg2rad rad2deg"
)

ENTRIES: dict[str, Entry] = {
    **{name: name for name in SAME_NAME.split()},
    "__radd__": lambda x, y: y + x,
    "__rdiv__": lambda x, y: y / x,
    "__rmod__": lambda x, y: y % x,
    "__rmul__": lambda x, y: y * x,
    "__rpow__": lambda x, y: y**x,
    "__rsub__": lambda x, y: y - x,
    "add": lambda x, y, alpha=1: x + (y if alpha == 1 else y * alpha),
    "addcdiv": lambda x, y, z, value=1: x + value * (y / z),
    "addcmul": lambda x, y, z, value=1: x + value * (y * z),
    "alias_copy": _same,
    "clamp": _clamped,
    "clamp_max": lambda x, high: cr.clip(x, max=high),
    "clamp_min": lambda x, low: cr.clip(x, min=low),
    "clone": _same,
    "conj": _same,
    "conj_physical": _same,
    "contiguous": _same,
    "div.floor_rounding": _divided,
    "div.no_rounding_mode": _divided,
    "div.trunc_rounding": _divided,
    "double": _cast("float64"),
    "float": _cast("float32"),
    "float_power": lambda x, y: cr.pow(cr.astype(x, "float64"), y),
    "frac": lambda x: x - cr.trunc(x),
    "lerp": lambda x, y, weight: x + weight * (y - x),
    "logit": _logit,
    "max.binary": "maximum",
    "min.binary": "minimum",
    "mul": "multiply",
    "nan_to_num": _nan_to_num,
    "neg": "negative",
    "nn.functional.celu": lambda x, alpha=1.0, **o: cr.celu(x, alpha),
    "nn.functional.elu": lambda x, alpha=1.0, **o: cr.elu(x, alpha),
    "nn.functional.gelu": lambda x, approximate="none": cr.gelu(x, approximate),
    "nn.functional.hardshrink": lambda x, lambd=0.5: cr.hard_shrink(x, lambd),
    "nn.functional.hardsigmoid": lambda x, **o: cr.hard_sigmoid(x),
    "nn.functional.hardswish": lambda x, **o: cr.hard_swish(x),
    "nn.functional.hardtanh": lambda x, min_val=-1.0, max_val=1.0, **o: cr.clip(
        x, min_val, max_val
    ),
    "nn.functional.leaky_relu": lambda x, slope=0.01, **o: cr.leaky_relu(x, slope),
    "nn.functional.logsigmoid": "log_sigmoid",
    "nn.functional.mish": lambda x, **o: cr.mish(x),
    "nn.functional.relu": lambda x, **o: cr.relu(x),
    "nn.functional.relu6": lambda x, **o: cr.relu6(x),
    "nn.functional.rrelu": lambda x, lower=1 / 8, upper=1 / 3, training=False, **o: _leaky(
        x, (lower + upper) / 2, training
    ),
    "nn.functional.selu": lambda x, **o: cr.selu(x),
    "nn.functional.silu": lambda x, **o: cr.silu(x),
    "nn.functional.softplus": _softplus,
    "nn.functional.softshrink": lambda x, lambd=0.5: cr.soft_shrink(x, lambd),
    "nn.functional.softsign": "softsign",
    "nn.functional.tanhshrink": lambda x: x - cr.tanh(x),
    "nn.functional.threshold": lambda x, threshold, value, **o: cr.where(x > threshold, x, value),
    "real": _same,
    "resolve_conj": _same,
    "resolve_neg": _same,
    "round": _rounded,
    "round.decimals_0": _rounded,
    "round.decimals_3": _rounded,
    "round.decimals_neg_3": _rounded,
    "rsqrt": lambda x: 1 / cr.sqrt(x),
    "rsub": lambda x, y, alpha=1: y - x * alpha,
    "sgn": "sign",
    "special.entr": "entr",
    "special.erfcx": "erfcx",
    "special.log_ndtr": "log_ndtr",
    "special.ndtr": "ndtr",
    "special.ndtri": "ndtri",
    "special.xlog1py": "xlog1py",
    "sub": lambda x, y, alpha=1: x - (y if alpha == 1 else y * alpha),
    "to": _to,
    "true_divide": "divide",
    "where": lambda x, condition, y: cr.where(condition, x, y),
    "zero_": lambda x: x * 0,
    "fill": lambda x, value: cr.full_like(x, value),
    "angle": lambda x: cr.where(x < 0, math.pi, x * 0),
    "nn.functional.prelu": lambda x, weight: cr.prelu(
        x, weight.reshape() if weight.size == 1 else weight.reshape(-1, *[1] * (x.ndim - 2))
    ),
    "nn.functional.glu": lambda x, dim=-1: cr.glu(x) if dim in (-1, x.ndim - 1) else _glu(x, dim),
}


def _leaky(x: Any, slope: float, training: bool) -> Any:
    unless(not training, "random slopes")
    return cr.leaky_relu(x, slope)


def _glu(x: Any, axis: int) -> Any:
    order = [i for i in range(x.ndim) if i != axis % x.ndim]
    order.insert(x.ndim, axis % x.ndim)
    back = sorted(range(x.ndim), key=order.__getitem__)
    return cr.permute_dims(cr.glu(cr.permute_dims(x, order)), back)
