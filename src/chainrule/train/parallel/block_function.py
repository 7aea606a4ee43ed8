"""The function of one block of a batch: its part of the loss, of the gradients and of the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chainrule.distributed.items import Item, Key, OfFirst, Rows, Summed, started
from chainrule.grad import gradients
from chainrule.graph import DType, GradientError, Parameter, Tensor, is_float, withheld
from chainrule.ops import shifted_keys
from chainrule.optim import Optimizer
from chainrule.optim.row_updates import is_rows
from chainrule.train.errors import TrainingError

LOSS: Key = ("loss", "")
Part = tuple[Key, Tensor]


@dataclass(frozen=True)
class BlockFunction:
    """The function of a block, whose gates hand its results to the step.

    objective     the function of a batch that returns its loss
    optimizer     updates the parameters whose gradients are computed
    paths         the paths of all parameters that a run changes
    bucket_bytes  results are handed over together until they have so many bytes
    """

    objective: Callable[..., Tensor]
    optimizer: Optimizer
    paths: Mapping[Parameter, str]
    bucket_bytes: int

    def __call__(self, share: Tensor, shift: Tensor, *batch: Tensor) -> tuple[Tensor, ...]:
        """Compute a block, and return the gates that hand over its results.

        share  its part of the batch, by which its loss is weighted: float64 ()
        shift  is added to the keys of random numbers: int64 (2,)
        batch  its examples
        """
        with shifted_keys(shift), withheld() as states:
            value = self.objective(*batch)
        loss = value * share.astype(value.dtype)
        found = self._gradients(loss)
        dense = [(key, each) for key, each in found if not self._is_rows(each)]
        tables = [(key, each) for key, each in found if self._is_rows(each)]
        moments, counts = self._states(states, share)
        groups: list[Summed | OfFirst | Rows] = []
        parts: list[Sequence[Tensor]] = []

        def add(item: Item, own: Sequence[Tensor]) -> None:
            groups.append(item)
            parts.append(own)

        if counts:
            add(_of_first(len(groups), counts), [each for _, each in counts])
        for bucket in _buckets([(LOSS, loss), *moments, *dense], self.bucket_bytes):
            add(_summed(len(groups), bucket), [each for _, each in bucket])
        for key, each in tables:
            add(self._rows(len(groups), key, each), each.inputs)
        return tuple(started(item, own) for item, own in zip(groups, parts, strict=True))

    def _gradients(self, loss: Tensor) -> list[Part]:
        """Return the gradients in the order in which they are ready."""
        optimizer = self.optimizer
        found = gradients(loss, optimizer.parameters)
        parts: list[Part] = [
            (("gradient", i), each) for i, each in enumerate(found) if each is not None
        ]
        if not parts:
            raise GradientError(
                f"{type(optimizer).__name__} was asked to minimize {loss.label}, which depends on "
                "none of its parameters. Compute the loss with the model that the optimizer was "
                "made for."
            )
        return sorted(parts, key=lambda part: part[1].serial)

    def _is_rows(self, gradient: Tensor) -> bool:
        return is_rows(gradient)

    def _rows(self, number: int, key: Key, gradient: Tensor) -> Rows:
        rows, ids = gradient.inputs
        keeps = self.optimizer.settings["rows"] != "dense"
        return Rows(number, key, gradient.shape, (rows.dtype, ids.dtype), keeps)

    def _states(
        self, states: Mapping[Parameter, Tensor], share: Tensor
    ) -> tuple[list[Part], list[Part]]:
        """Return new values of other parameters: weighted floats, and others."""
        moments: list[Part] = []
        others: list[Part] = []
        for each, new in states.items():
            if each not in self.paths:
                raise TrainingError(
                    f"The loss updates the parameter {each.name!r}, which is neither part of the "
                    "model nor of the optimizer, so that processes cannot share it. Make it an "
                    "attribute of the model."
                )
            key = ("state", self.paths[each])
            if is_float(each.dtype):
                moments.append((key, new * share.astype(each.dtype)))
            else:
                others.append((key, new))
        return moments, others


def _buckets(parts: Sequence[Part], size: int) -> Iterator[list[Part]]:
    """Yield parts that are handed over together: of one dtype, in order, of about `size` bytes."""
    filling: dict[DType, list[Part]] = {}
    for part in parts:
        bucket = filling.setdefault(part[1].dtype, [])
        bucket.append(part)
        if sum(each.size * each.dtype.itemsize for _, each in bucket) >= size:
            yield filling.pop(part[1].dtype)
    yield from filling.values()


def _summed(number: int, bucket: Sequence[Part]) -> Summed:
    keys, tensors = zip(*bucket, strict=True)
    return Summed(number, keys, tuple(each.shape for each in tensors), tensors[0].dtype)


def _of_first(number: int, parts: Sequence[Part]) -> OfFirst:
    keys, tensors = zip(*parts, strict=True)
    shapes = tuple(each.shape for each in tensors)
    return OfFirst(number, keys, shapes, tuple(each.dtype for each in tensors))
