"""The gradients that a page puts at the outputs, checked for their number and their extents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.explore.record import Record
from chainrule.graph import Array, Tensor, is_float
from chainrule.http.refusal import RefusedRequest

Seeds = Sequence[float | Sequence[float]]


def seeds_of(record: Record, given: Seeds | None) -> Mapping[Tensor, Array]:
    """Return the gradient arriving at each output: the given ones, else those of the record.

    given  an entry per floating-point output: a number for a scalar, all elements in row-major
           order for an array

    Raises RefusedRequest (422) for entries that do not fit.
    """
    if given is None:
        return record.seeds
    outputs = [each for each in record.outputs if is_float(each.dtype)]
    if record.backward is None:
        raise _refused("A seed was given, and the graph was not run backward. Run it first.")
    if len(given) != len(outputs):
        raise _refused(
            f"{len(given)} seeds were given, and the graph has {len(outputs)} floating-point "
            f"output{'s' * (len(outputs) != 1)}. Give one per output."
        )
    return {each: _array(record, each, seed) for each, seed in zip(outputs, given, strict=True)}


def _array(record: Record, output: Tensor, seed: float | Sequence[float]) -> Array:
    numbers = np.ravel(np.asarray(seed, np.float64))
    name = record.names[output]
    if numbers.size != output.size:
        raise _refused(
            f"The seed of {name!r} has {numbers.size} numbers, and {name!r} has {output.size} "
            f"elements, of shape {output.shape}. Give one per element."
        )
    if (np.abs(numbers) > np.finfo(output.dtype).max).any():
        raise _refused(f"The seed of {name!r} has a number beyond {output.dtype}.")
    return numbers.reshape(output.shape).astype(output.dtype)


def _refused(sentence: str) -> RefusedRequest:
    return RefusedRequest(422, "wrong_seed", sentence)
