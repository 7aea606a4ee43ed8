"""The data of a run as batches for training and validation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

from chainrule.graph import Array
from chainrule.train.data.array_batches import ArrayBatches
from chainrule.train.data.data_checks import checked_arrays
from chainrule.train.data.data_files import read_data
from chainrule.train.data.iterable_batches import TARGETS, IterableBatches, split
from chainrule.train.data.sample_order import shuffled
from chainrule.train.errors import TrainingError

Batches = ArrayBatches | IterableBatches
Data = (
    tuple[Any, ...]
    | Mapping[str, Any]
    | Iterable[Any]
    | Callable[[int], Iterable[Any]]
    | str
    | os.PathLike[str]
)

TRAINING, _HELD_OUT = "the training data", "the validation data"


def as_batches(
    data: Data,
    validate: Data | float | None,
    batch_size: int,
    seed: int | None,
    epochs: int,
    drop_last: bool = False,
) -> tuple[Batches, Batches | None]:
    """Return batches for training, shuffled by `seed`, and for validation, not shuffled."""
    given: Any = validate
    training: Batches
    held_out: Batches | None = None
    if isinstance(given, Real):
        training, held_out = _divided(data, float(given), batch_size, seed)
    else:
        training = batches_of(data, TRAINING, batch_size, seed, epochs)
        if given is not None:
            held_out = batches_of(given, _HELD_OUT, batch_size, None, epochs)
    return (_dropping(training) if drop_last else training), held_out


def batches_of(data: Data, what: str, size: int, seed: int | None, epochs: int) -> Batches:
    """Return the batches of `data`; `what` is its name in messages."""
    names, arrays = _arrays(data, what)
    if arrays is None:
        source: Any = data
        return IterableBatches(source, what, epochs)
    return ArrayBatches(arrays, names, size, seed)


def _dropping(batches: Batches) -> Batches:
    """Return batches of arrays without a smaller last batch; others are returned as they are."""
    if isinstance(batches, IterableBatches):
        return batches
    if batches.samples < batches.size:
        raise TrainingError(
            f"drop_last=True leaves no batch: there are {batches.samples} samples, and "
            f"batch_size={batches.size}. Give a smaller one."
        )
    return replace(batches, drop_last=True)


def _divided(
    data: Data, share: float, size: int, seed: int | None
) -> tuple[ArrayBatches, ArrayBatches]:
    """Hold out a share of the samples: random ones, or the last ones if seed is None."""
    names, arrays = _arrays(data, TRAINING)
    if arrays is None:
        raise TrainingError(
            f"validate={share} asks for a share of the data, but batches of an iterable cannot be "
            "divided. Give the validation data itself, or the training data as arrays."
        )
    samples = len(arrays[-1])
    held_out = round(samples * share)
    if not 0 < held_out < samples:
        raise TrainingError(
            f"validate={share} holds out {held_out} of {samples} samples. Give a share between 0 "
            "and 1 that leaves samples on both sides, or the validation data itself."
        )
    if seed is not None:
        order = shuffled(samples, seed, 0)  # epochs count from 1, no epoch uses this order
        arrays = tuple(each[order] for each in arrays)
    kept = tuple(each[:-held_out] for each in arrays)
    rest = tuple(each[-held_out:] for each in arrays)
    return ArrayBatches(kept, names, size, seed), ArrayBatches(rest, names, size, None)


def _arrays(data: Data, what: str) -> tuple[tuple[str, ...], tuple[Array, ...] | None]:
    """Return the keywords and the arrays; None instead of the arrays if the data is batches."""
    if isinstance(data, str | os.PathLike):
        named = read_data(data)
        by_position = set(named) == {"x", TARGETS}
        data = (named["x"], named[TARGETS]) if by_position else named
    if isinstance(data, tuple | Mapping):
        names, values = split(data, what)
        if len(values) < 2:
            raise TrainingError(
                f"{what.capitalize()} holds {len(values)} arrays. Give inputs and targets: (x, "
                "targets), or {'x': x, 'targets': targets}."
            )
        labels = [*(names or _positions(len(values) - 1)), TARGETS]
        return names, tuple(checked_arrays(dict(zip(labels, values, strict=True)), what).values())
    if callable(data) or isinstance(data, Iterable):
        return (), None
    raise TrainingError(
        f"{what.capitalize()} has the type {type(data).__name__}. Give a tuple of arrays (x, "
        "targets), a dict of arrays with 'targets', an iterable of batches, or the name of a file."
    )


def _positions(count: int) -> list[str]:
    return ["inputs"] if count == 1 else [f"inputs {i}" for i in range(count)]
