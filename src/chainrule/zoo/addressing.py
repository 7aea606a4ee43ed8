"""How a head of a Neural Turing Machine finds its places: by content, then by location.

Weights are distributions over the places of the memory, (batch, places). The four steps are
equations 5 to 9 of Graves, Wayne, Danihelka: Neural Turing Machines (2014).
"""

from __future__ import annotations

import chainrule as cr

SHIFTS = (-1, 0, 1)
_TINY_NORM, _TINY_WEIGHT = 1e-8, 1e-12


def by_content(memory: cr.Tensor, key: cr.Tensor, strength: cr.Tensor) -> cr.Tensor:
    """Return softmax(strength · cosine(key, place)) over the places: equations 5 and 6.

    memory    (batch, places, width)
    key       (batch, width)
    strength  (batch, 1), positive

    The cosine of a place that is nearly zero is nearly 0: k·m / sqrt(|k|² |m|² + 1e-8).
    """
    products = (memory @ key.reshape(*key.shape, 1)).reshape(memory.shape[:2])
    norms = (memory**2).sum(axis=2) * (key**2).sum(axis=1, keepdims=True)
    return cr.softmax(strength * products * cr.rsqrt(norms + _TINY_NORM))


def interpolated(found: cr.Tensor, before: cr.Tensor, gate: cr.Tensor) -> cr.Tensor:
    """Return gate · found + (1 - gate) · before, for a gate (batch, 1) in [0, 1]: equation 7."""
    return before + gate * (found - before)


def shifted(weights: cr.Tensor, shift: cr.Tensor) -> cr.Tensor:
    """Return the circular convolution of weights with a distribution over `SHIFTS`: equation 8.

    shift  (batch, 3): the probabilities of moving one place back, staying, and moving one on
    """
    moved = [
        cr.roll(weights, by, axis=1) * shift[:, i : i + 1] if by else weights * shift[:, i : i + 1]
        for i, by in enumerate(SHIFTS)
    ]
    return moved[0] + moved[1] + moved[2]


def sharpened(weights: cr.Tensor, power: cr.Tensor) -> cr.Tensor:
    """Return weights^power / Σ weights^power, for a power (batch, 1) of 1 or more: equation 9.

    Computed as softmax(power · log weights), whose slope is finite where a weight is 0.
    """
    return cr.softmax(power * cr.log(weights + _TINY_WEIGHT))
