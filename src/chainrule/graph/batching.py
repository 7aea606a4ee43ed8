"""Batching: how a primitive is applied to a batch, operands with one more axis in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

Word = Literal["elementwise", "axis", "leading", "scan"]
WORDS: tuple[str, ...] = get_args(Word)
Batching = Word | Callable[..., Any]
"""A word, or a rule (batch, *inputs, **attributes) -> result of the batch."""

OverExamples = Callable[[Callable[..., Any], Sequence[bool]], Callable[..., Any]]


@dataclass(frozen=True)
class Batch:
    """The batch that a gate is applied to. Mapped operands have its axis in front, others do not.

    size    the number of examples
    mapped  per operand, whether it has the axis of the batch
    over    (function of one example, mapped) -> the function of the batch
    """

    size: int
    mapped: tuple[bool, ...]
    over: OverExamples

    def spread(self, operands: Sequence[Any]) -> list[Any]:
        """Return the operands, each with the axis of the batch: others are repeated along it."""
        pairs = zip(operands, self.mapped, strict=True)
        return [each if is_mapped else self.repeated(each) for each, is_mapped in pairs]

    def repeated(self, x: Any) -> Any:
        """Return `x` of one example, repeated for every example."""
        return x._gate("broadcast_to", x, shape=(self.size, *x.shape))

    def aligned(self, x: Any, ndim: int) -> Any:
        """Return `x` of the batch with axes of extent 1, so that an example has `ndim` axes."""
        return x.reshape(x.shape[0], *(1,) * (ndim + 1 - x.ndim), *x.shape[1:])


class Declared(Protocol):
    """The part of a primitive that its batching is derived from."""

    @property
    def family(self) -> str: ...
    @property
    def examples(self) -> Sequence[Any]: ...


def derived_batching(primitive: Declared) -> Word | None:
    """Return the batching that follows from the family of a primitive, or None."""
    if primitive.family == "elementwise":
        return "elementwise"
    if primitive.family == "random":
        return "scan"
    has_axis = all("axis" in each.attributes for each in primitive.examples)
    return "axis" if primitive.family == "reduction" and has_axis else None
