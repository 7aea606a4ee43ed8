"""Packing: tensors of several shapes and dtypes as one flat result of a gate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.grad.scan_dtypes import Carrier
from chainrule.graph import Shape, Tensor, promote
from chainrule.ops import concat


@dataclass(frozen=True, eq=False)
class Packing:
    """The conversion of tensors to parts of one dtype, and of a flat result to these tensors."""

    carriers: tuple[Carrier, ...]
    shapes: tuple[Shape, ...]

    def packed(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Return the parts that represent the tensors, in order."""
        pairs = zip(self.carriers, tensors, strict=True)
        return [part for carrier, each in pairs for part in carrier.packed(each)]

    def tangents(self, moved: Sequence[Tensor | None], parts: Sequence[Tensor]) -> list[Tensor]:
        """Return the tangents of the parts: of floats those of the tensors, else zeros."""
        found, start = [], 0
        for carrier, each in zip(self.carriers, moved, strict=True):
            mine = parts[start : start + carrier.digits]
            zeros = [part * 0 for part in mine]
            found += zeros if each is None else [each.astype(carrier.loop)]
            start += carrier.digits
        return found

    def unpacked(self, flat: Tensor) -> list[Tensor]:
        """Return the tensors that a flat result holds."""
        found, start = [], 0
        for carrier, shape in zip(self.carriers, self.shapes, strict=True):
            size, parts = math.prod(shape), []
            for _ in range(carrier.digits):
                parts.append(flat[start : start + size].reshape(shape))
                start += size
            found.append(carrier.unpacked(parts))
        return found


def packing_of(tensors: Sequence[Tensor]) -> Packing:
    """Return the packing of tensors of these shapes and dtypes."""
    common = promote(*(each.dtype for each in tensors))
    carriers = tuple(Carrier(each.dtype, common) for each in tensors)
    return Packing(carriers, tuple(each.shape for each in tensors))


def flattened(parts: Sequence[Tensor]) -> Tensor:
    """Return the elements of all parts, as one flat tensor."""
    return concat([each.reshape(-1) for each in parts])
