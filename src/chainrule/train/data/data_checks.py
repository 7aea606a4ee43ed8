"""Checks of data before training: dtypes, numbers of samples, NaN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array, DType, DTypeError, Tensor, as_dtype, float32
from chainrule.train.errors import TrainingError

_HALF = np.dtype("float16")
_ELEMENTS_AT_ONCE = 1 << 20


def checked_arrays(named: Mapping[str, Any], what: str) -> dict[str, Array]:
    """Return the values as arrays with the same number of samples.

    named  arrays by the names that messages use
    what   a name of the data for messages, such as "the training data"

    Raises TrainingError for other dtypes than numbers, different numbers of samples, and NaN.
    """
    arrays = {name: as_array(value, f"{name} of {what}") for name, value in named.items()}
    _require_one_length(arrays, what)
    for name, each in arrays.items():
        _require_no_nan(each, f"{name} of {what}")
    return arrays


def as_array(value: Any, what: str) -> Array:
    """Return a value as an array of numbers with at least one axis; else raises TrainingError."""
    try:
        array = value.read() if isinstance(value, Tensor) else np.asarray(value)
    except ValueError as error:
        raise TrainingError(
            f"{_capital(what)} is not an array: {error}. Its samples need one shape; pad them."
        ) from error
    try:
        _kept_as(array.dtype)
    except DTypeError as error:
        raise TrainingError(
            f"{_capital(what)} has the dtype {array.dtype}. Give floats, or integers such as "
            "labels and ids. uint64 is not supported; cast to int64. Convert text to ids first."
        ) from error
    if array.ndim == 0:
        raise TrainingError(f"{_capital(what)} is a single number. Give one entry per sample.")
    return array


def in_tensor_dtype(array: Array) -> Array:
    """Return an array in a dtype of tensors: float16 as float32."""
    return array.astype(_kept_as(array.dtype), copy=False)


def _kept_as(dtype: DType) -> DType:
    return float32 if dtype == _HALF else as_dtype(dtype)


def _require_one_length(arrays: Mapping[str, Array], what: str) -> None:
    lengths = {name: len(each) for name, each in arrays.items()}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} has {count}" for name, count in lengths.items())
        raise TrainingError(
            f"The arrays of {what} have different numbers of samples: {counts}. The first axis of "
            "every array is that of the samples."
        )
    if not any(lengths.values()):
        raise TrainingError(f"{_capital(what)} is empty: it has no sample.")


def _require_no_nan(array: Array, what: str) -> None:
    if array.dtype.kind != "f":
        return
    rows = max(1, _ELEMENTS_AT_ONCE // max(1, array[0].size))
    for first in range(0, len(array), rows):
        missing = np.isnan(array[first : first + rows])
        if missing.any():
            place = np.argwhere(missing)[0]
            place[0] += first
            raise TrainingError(
                f"{_capital(what)} is NaN at {place.tolist()}, and so would be everything "
                "computed from it. Remove such samples, or fill in the values."
            )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
