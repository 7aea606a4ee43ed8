"""Exact conversion of states and outputs to the dtype of the result of a scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.graph import DType, Input, Tensor, int32, int64, uint32

_BITS = {(int64, 4): 22, (int64, 8): 32, (int32, 4): 16, (uint32, 4): 16}
"""The bits of one digit, by integer dtype and float size in bytes; floats represent it exactly."""


@dataclass(frozen=True)
class Carrier:
    """The conversion of a state or output to the dtype of the result of a scan.

    dtype   the dtype of the state or output
    loop    the dtype of the result of the scan, to which `dtype` promotes

    A dtype whose values the result represents exactly is converted. Wider integers are split into
    digits, the lowest first; the last digit has the sign.
    """

    dtype: DType
    loop: DType

    @property
    def is_plain(self) -> bool:
        """Whether no conversion is needed."""
        return self.dtype == self.loop

    @property
    def digits(self) -> int:
        """The number of tensors that represent the state or output in the scan."""
        return -(-8 * self.dtype.itemsize // self._bits) if self._bits else 1

    @property
    def _bits(self) -> int:
        if self.loop.kind != "f":
            return 0
        return _BITS.get((self.dtype, self.loop.itemsize), 0)

    def placeholders(self, state: Tensor) -> list[Tensor]:
        """Return the placeholders of a state in the scan: the state itself if it is plain."""
        if self.is_plain:
            return [state]
        name = state.name or "state"
        return [Input(name, state.shape, self.loop, None) for _ in range(self.digits)]

    def packed(self, x: Tensor) -> list[Tensor]:
        """Return the tensors that represent `x` in the scan."""
        if not self._bits:
            return [x.astype(self.loop)]
        wide, last = x.astype(int64), self.digits - 1
        shifted = [wide >> (self._bits * i) if i else wide for i in range(self.digits)]
        cut = [each % (1 << self._bits) for each in shifted[:last]] + shifted[last:]
        return [each.astype(self.loop) for each in cut]

    def unpacked(self, parts: Sequence[Tensor]) -> Tensor:
        """Return the tensor that `parts` represent."""
        if not self._bits:
            return parts[0].astype(self.dtype)
        total = parts[0].astype(int64)
        for i, each in enumerate(parts[1:], start=1):
            total = total + each.astype(int64) * (1 << (self._bits * i))
        return total.astype(self.dtype)
