"""Quantiles of the standard normal distribution.

Wichura: Algorithm AS 241: The percentage points of the normal distribution. Applied Statistics 37
(1988), 477-484: PPND7 for float32, PPND16 for float64. Coefficients begin with that of the power 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.graph import Tensor, float32
from chainrule.ops.elementary import log, sqrt
from chainrule.ops.where import where

Ratio = tuple[tuple[float, ...], tuple[float, ...]]

_CENTRAL_7: Ratio = (
    (3.3871327179, 50.434271938, 159.29113202, 59.109374720),
    (1.0, 17.895169469, 78.757757664, 67.187563600),
)
_TAIL_7: Ratio = (
    (1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103),
    (1.0, 0.73700164250, 0.12021132975),
)
_CENTRAL_16: Ratio = (
    (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727),
    (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
     21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610),
)  # fmt: skip
_TAIL_16: Ratio = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
     3.64784832476320460504, 1.27045825245236838258, 0.241780725177450611770,
     0.0227238449892691845833, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
     0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4,
     1.05075007164441684324e-9),
)  # fmt: skip
_FAR_16: Ratio = (
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
     0.296560571828504891230, 0.0265321895265761230930, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)  # fmt: skip


def normal_quantile(tail: Tensor) -> Tensor:
    """Return the x >= 0 that a standard normal number exceeds with probability `tail`.

    tail  float32 from 2^-33 to 1/2, or float64 from 1e-300 to 1/2
    """
    middle = 0.5 - tail
    square = 0.180625 - middle * middle
    root = sqrt(-log(tail))
    if tail.dtype == float32:
        outside = _ratio(_TAIL_7, root - 1.6)
        return where(middle <= 0.425, middle * _ratio(_CENTRAL_7, square), outside)
    outside = where(root <= 5, _ratio(_TAIL_16, root - 1.6), _ratio(_FAR_16, root - 5))
    return where(middle <= 0.425, middle * _ratio(_CENTRAL_16, square), outside)


def _ratio(coefficients: Ratio, x: Tensor) -> Tensor:
    above, below = coefficients
    return _polynomial(above, x) / _polynomial(below, x)


def _polynomial(coefficients: Sequence[float], x: Tensor) -> Tensor:
    total = x * coefficients[-1] + coefficients[-2]
    for each in coefficients[-3::-1]:
        total = total * x + each
    return total
