"""A sample of torch's operator database as arrays, from which both frameworks compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.testing._internal.opinfo.core import SampleInput

from judges.operators.names import Unsupported

_OF_PLACEMENT = {"device", "layout", "memory_format", "pin_memory", "requires_grad", "copy"}
_KINDS = {torch.float32, torch.float64, torch.int64, torch.int32, torch.bool}
_SMALL = {torch.int8, torch.int16, torch.uint8}


@dataclass(frozen=True)
class Slot:
    """The place of a tensor among the arguments: its number among the arrays."""

    number: int


@dataclass
class Sample:
    """The arguments of one call, with its tensors taken out.

    arrays   the values of the tensors
    moving   the numbers of those with a gradient
    options  arguments by name; those about devices and memory are left out
    """

    arguments: Any
    options: dict[str, Any]
    arrays: list[np.ndarray[Any, Any]] = field(default_factory=list)
    moving: list[int] = field(default_factory=list)

    def call(self, function: Callable[..., Any], tensors: Sequence[Any]) -> Any:
        """Call a function with these tensors in their places."""
        fill = _Filling(tensors)
        return function(*fill(self.arguments), **fill(self.options))


@dataclass(frozen=True)
class _Filling:
    tensors: Sequence[Any]

    def __call__(self, value: Any) -> Any:
        if isinstance(value, Slot):
            return self.tensors[value.number]
        if isinstance(value, dict):
            return {name: self(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self(each) for each in value)
        return value


def taken_apart(given: Any) -> Sample:
    """Return a SampleInput of torch as a Sample.

    Raises Unsupported for complex numbers, sparse tensors and dtypes that chainrule lacks.
    """
    sample = Sample((), {})
    seen: dict[int, Slot] = {}
    sample.arguments = tuple(_emptied([given.input, *given.args], sample, seen))
    wanted = {name: each for name, each in given.kwargs.items() if name not in _OF_PLACEMENT}
    sample.options = _emptied(wanted, sample, seen)
    return sample


def moving_tensors(given: Any) -> list[torch.Tensor]:
    """Return the tensors of a SampleInput that have a gradient, each once, in order."""
    found: dict[int, torch.Tensor] = {}
    _map([given.input, *given.args, dict(given.kwargs)], lambda x: found.setdefault(id(x), x))
    return [each for each in found.values() if each.requires_grad]


def in_float64(given: Any) -> Any:
    """Return a SampleInput with its float32 tensors in float64."""
    known: dict[int, torch.Tensor] = {}

    def wide(x: torch.Tensor) -> torch.Tensor:
        if x.dtype != torch.float32:
            return x
        if id(x) not in known:
            known[id(x)] = x.detach().double().requires_grad_(x.requires_grad)
        return known[id(x)]

    return SampleInput(
        _map(given.input, wide),
        args=_map(tuple(given.args), wide),
        kwargs=_map(dict(given.kwargs), wide),
    )


def _map(value: Any, new: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        return new(value)
    if isinstance(value, dict):
        return {name: _map(each, new) for name, each in value.items()}
    if isinstance(value, list | tuple):
        kind = list if isinstance(value, list) else tuple
        return kind(_map(each, new) for each in value)
    return value


def _emptied(value: Any, sample: Sample, seen: dict[int, Slot]) -> Any:
    """Return a value with slots in place of tensors, whose arrays are added to the sample."""
    if isinstance(value, torch.Tensor):
        if id(value) not in seen:
            seen[id(value)] = Slot(len(sample.arrays))
            sample.arrays.append(_array(value))
            if value.requires_grad:
                sample.moving.append(seen[id(value)].number)
        return seen[id(value)]
    if isinstance(value, dict):
        return {name: _emptied(each, sample, seen) for name, each in value.items()}
    if isinstance(value, list | tuple):
        kind = list if isinstance(value, list) else tuple
        return kind(_emptied(each, sample, seen) for each in value)
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, complex):
        raise Unsupported("complex numbers")
    if isinstance(value, torch.dtype):
        if value.is_complex or value not in _KINDS | _SMALL:
            raise Unsupported(f"the dtype {str(value).removeprefix('torch.')}")
        return str(value).removeprefix("torch.")
    if isinstance(value, torch.memory_format | torch.layout | torch.device):
        raise Unsupported("devices and memory formats")
    return value


def _array(value: torch.Tensor) -> np.ndarray[Any, Any]:
    if value.layout != torch.strided:
        raise Unsupported("sparse tensors")
    if value.is_complex():
        raise Unsupported("complex numbers")
    if value.dtype not in _KINDS | _SMALL:
        raise Unsupported(f"the dtype {str(value.dtype).removeprefix('torch.')}")
    return np.array(value.numpy(force=True))
