"""Reverse sweeps from the outputs of a graph, and the gradients that they start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from chainrule.grad import Sweep, sweep
from chainrule.graph import Array, GradientError, Input, Tensor, as_tensor, is_float
from chainrule.ops import add


@dataclass(frozen=True, eq=False)
class SeededSweep:
    """A symbolic reverse sweep; its seeds are bound to numbers when it runs.

    seeds  maps every output to the input that stands for its upstream gradient
    """

    sweep: Sweep
    seeds: Mapping[Tensor, Tensor]


def seeded_sweep(outputs: Sequence[Tensor], wrt: Sequence[Tensor]) -> SeededSweep:
    """Return the sweep from all floating-point `outputs` to `wrt`, each weighted by its seed.

    Seeds are inputs without a value, so nothing is computed while the sweep is built.
    """
    seeds = {each: Input("upstream", each.shape, each.dtype, None) for each in _float(outputs)}
    if len(seeds) == 1:
        ((output, seed),) = seeds.items()
        return SeededSweep(sweep(output, wrt, seed), seeds)
    total = reduce(add, [(output * seed).sum() for output, seed in seeds.items()])
    return SeededSweep(sweep(total, wrt), seeds)


def seed_values(outputs: Sequence[Tensor], upstream: Any) -> dict[Tensor, Array]:
    """Return the gradient arriving at each output: 1 at a scalar, else the given `upstream`.

    Raises GradientError if `upstream` is missing for several outputs or an array, or if shapes
    differ.
    """
    _require_float(outputs)
    if upstream is None:
        _require_one_scalar(outputs)
        return {outputs[0]: np.ones((), outputs[0].dtype)}
    given = [upstream] if len(outputs) == 1 else list(upstream)
    if len(given) != len(outputs):
        raise GradientError(
            f"backward was given {len(given)} upstream gradients for {len(outputs)} outputs. "
            "Give a list with one per output, in their order."
        )
    pairs = zip(outputs, given, strict=True)
    return {output: _fitting(output, each) for output, each in pairs if is_float(output.dtype)}


def _float(outputs: Sequence[Tensor]) -> list[Tensor]:
    return [each for each in dict.fromkeys(outputs) if is_float(each.dtype)]


def _require_float(outputs: Sequence[Tensor]) -> None:
    if not _float(outputs):
        raise GradientError(
            f"backward was called, but {outputs[0].label} is {outputs[0].dtype}, and only floating-"
            "point values have a gradient. Build the graph of a floating-point output."
        )


def _require_one_scalar(outputs: Sequence[Tensor]) -> None:
    if len(outputs) > 1:
        raise GradientError(
            f"The graph has {len(outputs)} outputs, so backward has no default upstream gradient. "
            "Pass upstream=[...], one array per output, or build the graph of one scalar."
        )
    if outputs[0].shape != ():
        raise GradientError(
            f"The output {outputs[0].label} has shape {outputs[0].shape}, but only a scalar has a "
            "gradient. Reduce it first (sum or mean), or pass upstream=, an array of its shape "
            "that weights its elements."
        )


def _fitting(output: Tensor, upstream: Any) -> Array:
    array = as_tensor(upstream).read()
    if array.shape != output.shape:
        raise GradientError(
            f"upstream has shape {array.shape} but {output.label} has shape {output.shape}. The "
            "upstream gradient of a tensor has that tensor's shape."
        )
    return array.astype(output.dtype)
