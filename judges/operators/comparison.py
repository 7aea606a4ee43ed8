"""What chainrule computes for a sample, compared with the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from judges.operators.reference import Reference, flat
from judges.operators.samples import Sample

TOLERANCES = {"float32": (2e-3, 2e-4), "float64": (1e-6, 1e-7)}
_DERIVATIVES = ("vjp", "jvp", "second order")


class Different(Exception):
    """A result is not that of torch; the message says which and how far."""


def compare(entry: Callable[..., Any], sample: Sample, reference: Reference, dtype: str) -> None:
    """Raise Different unless value, vjp, jvp, second order and the compiled results agree.

    dtype  the dtype of the sample; that of the reference may be wider
    """
    check = _Check(*TOLERANCES[dtype])
    function = _of_inputs(entry, sample)
    arrays = [sample.arrays[i] for i in sample.moving]
    inputs = [cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)]
    outputs = function(*inputs)
    check("value", outputs, reference.values)
    if reference.vjp is None:
        _compare_compiled(check, function, arrays, reference.values)
        return
    gradients = _gradients(outputs, inputs, reference)
    check("vjp", gradients, reference.vjp)
    if reference.jvp is not None:
        check("jvp", _jvp(function, arrays, reference), reference.jvp)
    if reference.second is not None:
        check("second order", _second(gradients, inputs, reference), reference.second)

    def both(*xs: Any) -> Any:
        results = function(*xs)
        return [*results, *_gradients(results, xs, reference)]

    eager = [np.asarray(each) for each in (*outputs, *gradients)]
    _compare_compiled(check, both, arrays, eager)


class _Check:
    """Compares lists of results."""

    def __init__(self, rtol: float, atol: float) -> None:
        self.rtol, self.atol = rtol, atol

    def __call__(self, what: str, found: Any, wanted: Any) -> None:
        if len(found) != len(wanted):
            raise Different(f"{what}: {len(found)} results in place of {len(wanted)}")
        for ours, theirs in zip(found, wanted, strict=True):
            self._one(what, np.asarray(ours), np.asarray(theirs))

    def _one(self, what: str, ours: Any, theirs: Any) -> None:
        if ours.shape != theirs.shape:
            raise Different(f"{what}: shape {ours.shape} in place of {theirs.shape}")
        if not _same_kind(ours, theirs):
            raise Different(f"{what}: {ours.dtype} in place of {theirs.dtype}")
        near = np.isclose(ours, theirs, self.rtol, self.atol, equal_nan=True)
        if what in _DERIVATIVES:  # where torch gives NaN it has no derivative to compare with
            near |= np.isnan(theirs)
        if not near.all():
            place = tuple(int(each) for each in np.argwhere(~near)[0])
            raise Different(f"{what}: {ours[place]} in place of {theirs[place]} at {place}")


def _same_kind(ours: Any, theirs: Any) -> bool:
    """Return whether dtypes agree: those of floats exactly, unless the reference is a wider one."""
    if theirs.dtype.kind != "f":
        return bool(ours.dtype.kind != "f")
    return bool(ours.dtype == theirs.dtype or (ours.dtype, theirs.dtype) == ("float32", "float64"))


def _of_inputs(entry: Callable[..., Any], sample: Sample) -> Callable[..., list[Any]]:
    """Return the entry as a function of the tensors that have a gradient."""

    def function(*moving: Any) -> list[Any]:
        tensors = [cr.asarray(each) for each in sample.arrays]
        for number, tensor in zip(sample.moving, moving, strict=True):
            tensors[number] = tensor
        return [cr.asarray(each) for each in flat(sample.call(entry, tensors))]

    return function


def _gradients(outputs: list[Any], inputs: Any, reference: Reference) -> list[Any]:
    pairs = zip(reference.moving, reference.upstream, strict=True)
    total = sum((outputs[i] * each).sum() for i, each in pairs)
    return _of(total, inputs)


def _of(total: Any, inputs: Any) -> list[Any]:
    """Return gradients, with zeros where there is no path."""
    found = cr.gradients(total, list(inputs))
    return [_zeros(x) if each is None else each for each, x in zip(found, inputs, strict=True)]


def _zeros(x: Any) -> Any:
    return cr.asarray(np.zeros(x.shape, str(x.dtype)))


def _second(gradients: list[Any], inputs: Any, reference: Reference) -> list[Any]:
    pairs = zip(gradients, reference.directions, strict=True)
    return _of(sum((each * direction).sum() for each, direction in pairs), inputs)


def _jvp(function: Callable[..., Any], arrays: Any, reference: Reference) -> list[Any]:
    def one(*xs: Any) -> Any:
        outputs = function(*xs)
        return cr.concat([outputs[i].reshape(-1) for i in reference.moving])

    _, joined = cr.jvp(one, arrays, reference.directions)
    sizes = np.cumsum([each.size for each in reference.upstream])[:-1]
    parts = np.split(np.asarray(joined), sizes)
    return [part.reshape(each.shape) for part, each in zip(parts, reference.upstream, strict=True)]


def _compare_compiled(check: _Check, function: Any, arrays: Any, wanted: Any) -> None:
    check("compiled", cr.compile(function)(*arrays), wanted)
