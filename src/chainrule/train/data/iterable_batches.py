"""Batches from an iterable or from a function of the epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from inspect import signature
from itertools import islice
from typing import Any, Self

from chainrule.train.data.array_batches import Batch
from chainrule.train.data.data_checks import as_array, in_tensor_dtype
from chainrule.train.errors import TrainingError

TARGETS = "targets"


class IterableBatches:
    """Batches from an iterable, or from a function that returns the iterable of an epoch.

    Every batch is a tuple (inputs..., targets), or a dict with "targets" whose other entries are
    passed to the model by name. `names` is set by the first batch. All arrays of a batch have the
    same number of samples, except the inputs that `source.unpaired_inputs` lists, by number or
    name: the first axis of those is another one.
    """

    def __init__(
        self, source: Iterable[Any] | Callable[[int], Iterable[Any]], what: str, epochs: int
    ) -> None:
        self.names: tuple[str, ...] = ()
        self._source, self._what, self._seen = source, what, False
        self._unpaired = _unpaired_of(source, what)
        if callable(source):
            _require_takes_epoch(source, what)
        self.repeats = callable(source) or iter(source) is not source
        if epochs > 1 and not self.repeats:
            raise TrainingError(
                f"{what.capitalize()} is an iterator, which serves one epoch only, but {epochs} "
                "epochs were requested. Give a list, an object that can be iterated again, or a "
                "function that returns the batches of an epoch: lambda epoch: ..."
            )

    @property
    def samples(self) -> int | None:
        """Samples per epoch: unknown."""
        return None

    @property
    def count(self) -> int | None:
        """Batches per epoch, None if the source has no length."""
        return len(self._source) if isinstance(self._source, Sized) else None

    @property
    def described(self) -> dict[str, Any]:
        """The settings that must be the same when the run is resumed, with those of the source."""
        own = getattr(self._source, "settings", None)
        return {"batches": self.count, **(own() if callable(own) else {})}

    def in_order(self) -> Self:
        """Return these batches."""
        return self

    def block_of(self, batch: Batch, rows: slice) -> Batch:
        """Return some samples of a batch, by `source.block_of` or as slices of all arrays.

        Raises TrainingError for unpaired inputs, if the source does not say which belong to what.
        """
        own = getattr(self._source, "block_of", None)
        if own is not None:
            return tuple(own(batch, rows))
        if self._unpaired and len(batch[-1]) > rows.stop - rows.start:
            raise TrainingError(
                f"A batch of {self._what} was to be divided among processes, but its inputs "
                f"{sorted(self._unpaired, key=str)} have another first axis than the samples. "
                "Define block_of(batch, rows) beside unpaired_inputs: it returns the samples "
                "rows.start to rows.stop - 1 of a batch, with what belongs to them, as a batch."
            )
        return tuple([each[rows] for each in batch])

    def batches(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, from number `first` on; earlier ones are skipped."""
        source = self._source(epoch) if callable(self._source) else self._source
        number = first
        for batch in islice(iter(source), first, None):
            number += 1
            yield self._read(batch, f"batch {number} of {self._what}")
        if number == 0:
            raise TrainingError(
                f"{self._what.capitalize()} gave no batch in epoch {epoch}. "
                "Give an iterable that yields tuples (inputs..., targets)."
            )

    def _read(self, batch: Any, what: str) -> Batch:
        names, values = split(batch, what)
        if self._seen and names != self.names:
            raise TrainingError(f"{what.capitalize()} has inputs {names}, not {self.names}.")
        self.names, self._seen = names, True
        arrays = tuple(in_tensor_dtype(as_array(each, what)) for each in values)
        lengths = self._samples(names, arrays, what)
        if len(arrays) < 2 or not lengths[0] or len(set(lengths)) > 1:
            raise TrainingError(
                f"{what.capitalize()} holds arrays of {lengths} samples. Give inputs and targets "
                "of the same number of samples, one at least."
            )
        return arrays

    def _samples(self, names: tuple[str, ...], arrays: tuple[Any, ...], what: str) -> list[int]:
        """Return the extent of the first axis of every array that has one entry per sample."""
        inputs = names or range(len(arrays) - 1)
        unknown = self._unpaired.difference(inputs)
        if unknown:
            raise TrainingError(
                f"{what.capitalize()} has the inputs {list(inputs)}, but unpaired_inputs of the "
                f"data also lists {sorted(unknown, key=str)}. List the numbers of inputs of "
                "tuples, from 0, or the names of inputs of dicts."
            )
        labels = (*inputs, TARGETS)
        paired = [
            each for label, each in zip(labels, arrays, strict=False) if label not in self._unpaired
        ]
        return [len(each) for each in paired]


def _unpaired_of(source: Any, what: str) -> frozenset[int | str]:
    given = getattr(source, "unpaired_inputs", ())
    if not isinstance(given, list | tuple) or not all(isinstance(e, int | str) for e in given):
        raise TrainingError(
            f"{what.capitalize()} has the unpaired_inputs {given!r}, of the type "
            f"{type(given).__name__}. Give a tuple of the numbers or names of inputs."
        )
    return frozenset(given)


def _require_takes_epoch(source: Callable[[int], Any], what: str) -> None:
    try:
        signature(source).bind(1)
    except TypeError as error:
        raise TrainingError(
            f"{what.capitalize()} is a function that cannot be called with the number of an epoch: "
            f"{error}. If it takes no argument, give lambda epoch: function()."
        ) from error
    except ValueError:  # functions in C may have no signature
        return


def split(data: Any, what: str) -> tuple[tuple[str, ...], list[Any]]:
    """Return the keywords of the inputs, if any, and the inputs followed by the targets."""
    if isinstance(data, Mapping):
        if TARGETS not in data:
            known = ", ".join(map(repr, data)) or "nothing"
            raise TrainingError(
                f"{what.capitalize()} holds {known}, but no {TARGETS!r}. Name the targets so; the "
                "other entries are passed to the model by their names."
            )
        names = tuple(name for name in data if name != TARGETS)
        return names, [*(data[name] for name in names), data[TARGETS]]
    if isinstance(data, tuple | list):
        return (), list(data)
    raise TrainingError(
        f"{what.capitalize()} has the type {type(data).__name__}. Give a tuple (inputs..., "
        "targets), or a dict with 'targets'."
    )
