"""Batches of sequences of similar length, so that little time is spent on padding."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.data_checks import as_array, in_tensor_dtype
from chainrule.train.data.iterable_batches import TARGETS
from chainrule.train.data.length_ladder import Bucket, buckets, ladder
from chainrule.train.data.sample_order import SEEDS, shuffled
from chainrule.train.errors import TrainingError
from chainrule.train.state.whole_number import whole_number

_WHAT = "LengthBuckets"


class LengthBuckets:
    """Batches of sequences of similar length, padded to few extents: data for `fit`.

        data = LengthBuckets({"ids": token_ids}, labels, batch_size=32, mask="mask")

    sequences   the inputs of the model by name; each holds one array (length,) per sample. The
                arrays of one sample have the same length
    targets     one entry per sample
    batch_size  samples per batch; one batch of an epoch may be smaller
    extents     the largest number of different padded lengths. Compiled functions are compiled
                once for each; they are chosen for the least padding
    multiple    padded lengths are multiples of this number
    longest     no padded length is above it, such as the number of positions of a model; None for
                no limit
    padding     the value of padded positions, by the name of the input; 0 for the others
    mask        the name of a further input, bool (batch, length): False where there is padding;
                None for no such input
    seed        of the order of samples and batches, a function of seed and epoch
    shuffle     False keeps one order in every epoch, from short to long sequences

    A batch is a dict of arrays (batch, length), with the targets as "targets". The shapes of the
    batches are the same in every epoch. Raises TrainingError for inputs of different lengths, empty
    sequences, sequences above `longest`, and invalid options.
    """

    def __init__(
        self,
        sequences: Mapping[str, Sequence[Any]],
        targets: Any,
        *,
        batch_size: int = 32,
        extents: int = 8,
        multiple: int = 8,
        longest: int | None = None,
        padding: Mapping[str, int] | None = None,
        mask: str | None = None,
        seed: int = 0,
        shuffle: bool = True,
    ) -> None:
        self.batch_size = whole_number(_WHAT, "batch_size", batch_size, 1)
        self.seed = whole_number(_WHAT, "seed", seed, 0, SEEDS)
        self.shuffle, self.mask, self.padding = shuffle, mask, dict(padding or {})
        self.targets = in_tensor_dtype(as_array(targets, "the targets"))
        self.lengths = _lengths_of(sequences, len(self.targets))
        _require_names(sequences, mask, self.padding)
        self._flat = {name: _joined(name, each) for name, each in sequences.items()}
        self._firsts = np.cumsum(self.lengths) - self.lengths
        most = whole_number(_WHAT, "extents", extents, 1)
        step = whole_number(_WHAT, "multiple", multiple, 1)
        _require_not_longer(self.lengths, longest)
        self.extents = ladder(self.lengths, most, step, longest)

    @property
    def padded_share(self) -> float:
        """The share of the tokens of an epoch that is padding, from 0 to 1."""
        computed = sum(len(samples) * extent for samples, extent in self.plan(1))
        return 1.0 - int(self.lengths.sum()) / computed

    def plan(self, epoch: int) -> list[Bucket]:
        """Return the batches of an epoch: the numbers of their samples, and their length."""
        count = len(self.lengths)
        if not self.shuffle:
            in_order = np.argsort(self.lengths, kind="stable")
            return buckets(self.lengths, self.extents, self.batch_size, in_order)
        order = shuffled(count, self.seed, 2 * epoch)
        found = buckets(self.lengths, self.extents, self.batch_size, order)
        return [found[i] for i in shuffled(len(found), self.seed, 2 * epoch + 1)]

    def settings(self) -> dict[str, Any]:
        """Return what the batches depend on, for a run that is resumed."""
        return {
            "samples": len(self.lengths),
            "content": self._digest(),
            "batch_size": self.batch_size,
            "extents": self.extents.tolist(),
            "padding": self.padding,
            "mask": self.mask,
            "seed": self.seed,
            "shuffle": self.shuffle,
        }

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return -(-len(self.lengths) // self.batch_size)

    def __call__(self, epoch: int) -> Iterator[dict[str, Array]]:
        """Yield the batches of an epoch."""
        for samples, extent in self.plan(epoch):
            yield self.batch(samples, extent)

    def batch(self, samples: Array, extent: int) -> dict[str, Array]:
        """Return the batch of some samples, padded to `extent`."""
        lengths = self.lengths[samples]
        there = np.arange(extent) < lengths[:, None]
        places = np.where(there, self._firsts[samples][:, None] + np.arange(extent), 0)
        found = {
            name: np.where(there, flat[places], flat.dtype.type(self.padding.get(name, 0)))
            for name, flat in self._flat.items()
        }
        if self.mask is not None:
            found[self.mask] = there
        return {**found, TARGETS: self.targets[samples]}

    def _digest(self) -> str:
        found = hashlib.sha256(self.lengths.tobytes() + self.targets.tobytes())
        for name, flat in self._flat.items():
            found.update(name.encode() + flat.tobytes())
        return f"sha256 {found.hexdigest()[:12]}"


def _lengths_of(sequences: Mapping[str, Sequence[Any]], samples: int) -> Array:
    """Return the lengths of the sequences; raises TrainingError unless all inputs agree."""
    if not isinstance(sequences, Mapping) or not sequences or not samples:
        raise TrainingError(
            f"{_WHAT} was given {len(sequences)} inputs and {samples} targets. Give the inputs by "
            "name, each with one sequence per sample, and one target per sample."
        )
    by_name = {name: [len(each) for each in values] for name, values in sequences.items()}
    first, own = next(iter(by_name.items()))
    for name, lengths in by_name.items():
        if len(lengths) != samples:
            raise TrainingError(
                f"{_WHAT} was given {len(lengths)} sequences of {name!r} and {samples} targets. "
                "Give one sequence per target."
            )
        if lengths != own:
            at = next(
                i for i, pair in enumerate(zip(own, lengths, strict=True)) if len({*pair}) > 1
            )
            raise TrainingError(
                f"Sample {at} has {own[at]} tokens in {first!r} and {lengths[at]} in {name!r}. The "
                "inputs of a sample need the same length."
            )
    if 0 in own:
        raise TrainingError(
            f"Sample {own.index(0)} is an empty sequence. Leave it out, or give it a token."
        )
    return np.array(own, np.int64)


def _require_names(
    sequences: Mapping[str, Any], mask: str | None, padding: Mapping[str, int]
) -> None:
    for name in (TARGETS, mask):
        if name in sequences:
            raise TrainingError(
                f"{_WHAT} was given an input {name!r}, which is the name of something else in a "
                "batch. Give it another name."
            )
    if unknown := [each for each in padding if each not in sequences]:
        raise TrainingError(
            f"{_WHAT} was given the padding of {', '.join(map(repr, unknown))}, but the inputs are "
            f"{', '.join(map(repr, sequences))}."
        )


def _require_not_longer(lengths: Array, longest: int | None) -> None:
    if longest is not None and int(lengths.max()) > longest:
        at = int(lengths.argmax())
        raise TrainingError(
            f"Sample {at} has {lengths[at]} tokens, more than longest={longest}. Cut it, or leave "
            "it out."
        )


def _joined(name: str, sequences: Sequence[Any]) -> Array:
    """Return the sequences one after the other, as one array."""
    arrays = [np.asarray(each) for each in sequences]
    wrong = {each.ndim for each in arrays} - {1}
    if wrong:
        raise TrainingError(
            f"A sequence of {name!r} has {min(wrong)} axes. Give one number per token."
        )
    flat = np.concatenate(arrays)
    return in_tensor_dtype(as_array(flat, f"the input {name!r}"))
