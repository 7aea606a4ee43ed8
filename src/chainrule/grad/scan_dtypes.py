"""One dtype for all that a loop carries: integers and bools travel in it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import DType, Input, Tensor, int32, int64

_BITS = {(int64, 4): 22, (int64, 8): 32, (int32, 4): 16}
"""Bits of one digit, by the integer and the bytes of the float, which holds it exactly."""


@dataclass(frozen=True)
class Carrier:
    """How a state or output of one dtype is carried by a loop whose result is of another.

    dtype   of the state or output
    loop    of the loop's result, which ranks at least as high

    What the loop's dtype holds exactly is converted; longer integers are cut into digits, the
    lowest first, of which the last has the sign.
    """

    dtype: DType
    loop: DType

    @property
    def is_plain(self) -> bool:
        """Whether nothing has to be done."""
        return self.dtype == self.loop

    @property
    def digits(self) -> int:
        """How many tensors of the loop carry it."""
        return -(-8 * self.dtype.itemsize // self._bits) if self._bits else 1

    @property
    def _bits(self) -> int:
        if self.loop.kind != "f":
            return 0
        return _BITS.get((self.dtype, self.loop.itemsize), 0)

    def placeholders(self, state: Tensor) -> list[Tensor]:
        """Return the placeholders that stand for a state in the loop: itself if it is plain."""
        if self.is_plain:
            return [state]
        name = state.name or "state"
        return [Input(name, state.shape, self.loop, None) for _ in range(self.digits)]

    def packed(self, x: Tensor) -> list[Tensor]:
        """Return what carries `x`."""
        if not self._bits:
            return [x.astype(self.loop)]
        wide, last = x.astype(int64), self.digits - 1
        shifted = [wide >> (self._bits * i) if i else wide for i in range(self.digits)]
        cut = [each % (1 << self._bits) for each in shifted[:last]] + shifted[last:]
        return [each.astype(self.loop) for each in cut]

    def unpacked(self, parts: Sequence[Tensor]) -> Tensor:
        """Return what `parts` carry."""
        if not self._bits:
            return parts[0].astype(self.dtype)
        total = parts[0].astype(int64)
        for i, each in enumerate(parts[1:], start=1):
            total = total + each.astype(int64) * (1 << (self._bits * i))
        return total.astype(self.dtype)
